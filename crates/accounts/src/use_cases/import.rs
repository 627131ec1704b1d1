//! Accounts that existed elsewhere before: old deployments, and the seeds of tests.

use dragoman_passwords::{Scheme, Secret, Standing, View};
use dragoman_store::{Aborted, Connection};

use crate::{
    Account, AccountError, AccountNumber, Accounts, NameMatching, NewEmail, NewSession, Origin, Realm, Role,
    account::is_storable,
    address::is_acceptable,
    clock::Timestamp,
    identity::{EVERYWHERE, IdentityKind},
    queries::{
        accounts,
        counters::{self, ACCOUNT_NUMBER, LIVE_ACCOUNTS},
        credentials::{self, StoredCredential},
        facets,
        identities::{self, Claim, NewIdentity},
    },
    realm::Admission,
    refuse,
    use_cases::{registration::check_texts, sessions},
};

/// The password an imported account brings along.
pub enum ImportedPassword {
    /// Its plain text (tests).
    Plain(Secret),
    /// Verifiers of the old system.
    Verifiers(Vec<(View, Scheme)>),
    /// None: nobody can log in until one is set.
    None,
}

/// An account as another system knew it. It may break every rule a registration keeps.
pub struct ImportedAccount {
    /// The number its clients know; kept as the account's own number if that is free, else shown in its place.
    pub id: Option<i64>,
    /// Kept, or made if absent.
    pub uuid: Option<String>,
    /// Its name.
    pub username: String,
    /// Its address as shown, and whether a code or its old system proved it.
    pub email: Option<NewEmail>,
    /// Whether it may log in with that address; else the address is only shown.
    pub address_logs_in: bool,
    /// Its password.
    pub password: ImportedPassword,
    /// What it may do.
    pub role: Role,
    /// Whether it can log in.
    pub locked: bool,
    /// See [`Account::display_name`].
    pub display_name: Option<String>,
    /// See [`Account::bio`].
    pub bio: Option<String>,
    /// Unknown for some.
    pub created_at: Option<Timestamp>,
    /// A facet: name and body.
    pub facet: Option<(&'static str, String)>,
    /// A session it still has.
    pub session: Option<NewSession>,
}

impl ImportedAccount {
    /// An ordinary user of which nothing else is known.
    pub fn named(username: String) -> Self {
        Self {
            id: None,
            uuid: None,
            username,
            email: None,
            address_logs_in: true,
            password: ImportedPassword::None,
            role: Role::User,
            locked: false,
            display_name: None,
            bio: None,
            created_at: None,
            facet: None,
            session: None,
        }
    }

    /// Whether all its texts can be stored.
    ///
    /// # Errors
    /// [`AccountError::NotStorable`].
    pub fn check(&self) -> Result<(), AccountError> {
        let Self { username, email, display_name, bio, facet, uuid, .. } = self;
        check_texts(username, email.as_ref(), [display_name, bio], facet.as_ref().map(|(_, body)| body.as_str()))?;
        let storable = uuid.iter().all(|uuid| is_storable(uuid, UUID_BYTES));
        if storable { Ok(()) } else { Err(AccountError::NotStorable) }
    }
}

/// The highest old number that becomes an account's own; those above leave no room for new ones below 2^53, and are
/// shown in its own realm only.
pub const HIGHEST_KEPT: i64 = 1 << 52;
/// Longest uuid in bytes.
const UUID_BYTES: usize = 64;

/// An imported account with everything made that a transaction must not make.
pub(crate) struct Prepared {
    pub id: Option<i64>,
    /// Without its number.
    pub account: Account,
    pub username: String,
    /// The address it logs in with.
    pub login_address: Option<NewEmail>,
    pub credentials: Vec<StoredCredential>,
    pub facet: Option<(&'static str, String)>,
    pub session: Option<NewSession>,
}

/// What taking an account over did.
pub(crate) struct TakenOver {
    pub number: AccountNumber,
    pub aside: Option<SteppedAside>,
}

/// An account that was here before and shows another number in the realm from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SteppedAside {
    pub account: AccountNumber,
    /// The number, which nobody else has.
    pub shown: i64,
}

impl Accounts {
    /// Takes over an account. Its names count everywhere where they are free, else in the realm's scope only.
    ///
    /// Errors: `NotStorable`; `NameTaken` if the realm's own scope has that name or number already.
    pub async fn import(&self, realm: &Realm, imported: ImportedAccount) -> Result<AccountNumber, AccountError> {
        let prepared = self.prepare_import(imported).await?;
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| Ok(take_over(connection, &realm, &prepared, false, now)?.number)).await
    }

    /// Checks an account and makes its uuid and, from a plain password, its verifiers.
    pub(crate) async fn prepare_import(&self, imported: ImportedAccount) -> Result<Prepared, AccountError> {
        imported.check()?;
        let ImportedAccount { id, uuid, username, email, address_logs_in, password, facet, session, .. } = imported;
        let credentials = match password {
            ImportedPassword::Plain(secret) => {
                self.hash(secret, Some(username.clone()), &Origin::default().caller(Standing::Ordinary)).await?
            }
            ImportedPassword::Verifiers(views) => self.to_rest(views).await?,
            ImportedPassword::None => Vec::new(),
        };
        let account = Account {
            number: AccountNumber(0),
            uuid: uuid.unwrap_or_else(|| self.inner.randomness.uuid()),
            role: imported.role,
            locked: imported.locked,
            display_name: imported.display_name,
            bio: imported.bio,
            email: email.as_ref().map(|email| email.address.clone()),
            created_at: imported.created_at,
            tokens_not_before: None,
        };
        // One that nobody could be mailed at is shown as it was; it opens nothing (one-domain.md E9).
        let logs_in = |address: &str| address_logs_in && !address.is_empty() && is_acceptable(address);
        let login_address = email.filter(|email| logs_in(&email.address));
        Ok(Prepared { id, account, username, login_address, credentials, facet, session })
    }
}

/// Takes one account over within a write. `is_mapped`: the map of its import knows whether it came before, so that a number
/// in use is somebody else's.
pub(crate) fn take_over(
    connection: &mut Connection,
    realm: &Realm,
    prepared: &Prepared,
    is_mapped: bool,
    now: Timestamp,
) -> Result<TakenOver, Aborted<AccountError>> {
    let deployment = prepared.facet.as_ref().map(|(name, _)| *name);
    let taken = number_for(connection, realm, deployment.filter(|_| !is_mapped), prepared.id)?;
    let number = taken.number;
    let tokens_not_before = may_be_in_tokens(connection, number, prepared.id)?.then(|| now.seconds() + 1);
    accounts::insert(connection, &Account { number, tokens_not_before, ..prepared.account.clone() })?;
    counters::add(connection, LIVE_ACCOUNTS, 1)?;
    credentials::replace(connection, number, &prepared.credentials, now)?;
    // A facet tells dialects apart, not two deployments of one: only that in the dialect's own scope has siblings.
    let siblings = deployment.filter(|_| !is_mapped || *realm.scope == *realm.dialect);
    let mut claimed = claim_name(connection, realm, siblings, (number, &prepared.username))?;
    if claimed == Claim::Taken && is_mapped && siblings.is_some() {
        // Somebody's of another deployment, which came first: each keeps it in its own scope.
        claimed = claim_name(connection, realm, None, (number, &prepared.username))?;
    }
    if claimed == Claim::Taken {
        return refuse(AccountError::NameTaken);
    }
    if let Some(email) = &prepared.login_address {
        claim_address(connection, realm, number, email)?;
    }
    if let Some((name, body)) = &prepared.facet {
        facets::put(connection, number, name, body)?;
    }
    if let Some(session) = &prepared.session {
        sessions::begin_given(connection, realm, number, session, now)?;
    }
    Ok(taken)
}

/// Keeps the number of an account that its old deployment deleted: nobody else is ever shown by it there. It has no names.
pub(crate) fn bury_imported(
    connection: &mut Connection,
    realm: &Realm,
    id: i64,
    dead: Account,
    deleted_at: Timestamp,
) -> Result<TakenOver, Aborted<AccountError>> {
    let taken = number_for(connection, realm, None, Some(id))?;
    accounts::insert(connection, &Account { number: taken.number, ..dead })?;
    accounts::bury(connection, taken.number, deleted_at)?;
    Ok(taken)
}

/// The number of an account that its old clients know as `id`; the counter stays above every imported one (N10).
fn number_for(
    connection: &mut Connection,
    realm: &Realm,
    deployment: Option<&str>,
    id: Option<i64>,
) -> Result<TakenOver, Aborted<AccountError>> {
    let Some(id) = id else {
        return Ok(TakenOver { number: AccountNumber(counters::add(connection, ACCOUNT_NUMBER, 1)?), aside: None });
    };
    if (1..=HIGHEST_KEPT).contains(&id) {
        counters::raise(connection, ACCOUNT_NUMBER, id)?;
        if !accounts::was_ever(connection, AccountNumber(id))? {
            return Ok(TakenOver { number: AccountNumber(id), aside: None });
        }
    }
    let number = AccountNumber(counters::add(connection, ACCOUNT_NUMBER, 1)?);
    if is_kept(connection, realm, deployment, AccountNumber(id))? {
        return refuse(AccountError::NameTaken);
    }
    let aside = claim_number(connection, realm, number, id)?;
    Ok(TakenOver { number, aside })
}

/// Shows an account with an old number in the realm; gives the account that steps aside for it.
pub(crate) fn claim_number(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    id: i64,
) -> Result<Option<SteppedAside>, Aborted<AccountError>> {
    if claim_id(connection, realm, account, id)? == Claim::Taken {
        return refuse(AccountError::NameTaken);
    }
    Ok(step_aside(connection, realm, AccountNumber(id))?)
}

/// Whether a stateless token that is out may hold the number an account is now shown with, and mean whoever had it before
/// as its own: such tokens are refused, or they would lead to the new one (one-domain.md R6, N10).
fn may_be_in_tokens(
    connection: &mut Connection,
    number: AccountNumber,
    shown: Option<i64>,
) -> diesel::QueryResult<bool> {
    match shown {
        Some(shown) if shown != number.0 => accounts::may_have_logged_in(connection, AccountNumber(shown)),
        _ => Ok(false),
    }
}

/// Whether an account of the same deployment kept this number as its own, as when an import is run twice.
fn is_kept(
    connection: &mut Connection,
    realm: &Realm,
    deployment: Option<&str>,
    number: AccountNumber,
) -> diesel::QueryResult<bool> {
    let shown = identities::of_account(connection, number, IdentityKind::ExternalId, &realm.scope)?;
    Ok(shown.is_none() && is_sibling(connection, deployment, number)?)
}

/// The account whose own number this realm now shows for somebody else is shown there by a number nobody has, or an
/// administrator who picks it from a list would hit the other.
fn step_aside(
    connection: &mut Connection,
    realm: &Realm,
    number: AccountNumber,
) -> diesel::QueryResult<Option<SteppedAside>> {
    let shown = identities::of_account(connection, number, IdentityKind::ExternalId, &realm.scope)?;
    if shown.is_none() && accounts::find(connection, number)?.is_some() {
        let shown = counters::add(connection, ACCOUNT_NUMBER, 1)?;
        claim_id(connection, realm, number, shown)?;
        return Ok(Some(SteppedAside { account: number, shown }));
    }
    Ok(None)
}

/// Gives an account a number in the realm.
pub(crate) fn claim_id(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    id: i64,
) -> diesel::QueryResult<Claim> {
    let (kind, value) = (IdentityKind::ExternalId, id.to_string());
    let external =
        NewIdentity { account, kind, scope: &realm.scope, value: &value, verified: true, names: realm.names };
    identities::claim(connection, &external)
}

/// Gives an account its name: everywhere if it is free, else in the realm's scope. Beside an account of the same old
/// `deployment`, known by its facet, it may have one that differs in letter case only: an exact look-up tells the two
/// apart, any other means the first (frp 4).
fn claim_name(
    connection: &mut Connection,
    realm: &Realm,
    deployment: Option<&str>,
    (account, name): (AccountNumber, &str),
) -> diesel::QueryResult<Claim> {
    let holder = identities::find(connection, realm, IdentityKind::Username, name)?;
    let sibling = match &holder {
        Some(holder) => is_sibling(connection, deployment, AccountNumber(holder.account))?,
        None => false,
    };
    // A name of the realm's own would hide the new one, even if it is free everywhere else.
    if holder.as_ref().is_some_and(|holder| *holder.scope == *realm.scope) && !sibling {
        return Ok(Claim::Taken);
    }
    let new = NewIdentity {
        account,
        kind: IdentityKind::Username,
        scope: realm.scope_of_new_names(),
        value: name,
        verified: true,
        names: realm.names,
    };
    if let Some(holder) = holder.filter(|_| sibling) {
        let beside = NewIdentity { scope: &holder.scope, names: NameMatching::Exact, ..new };
        return identities::claim(connection, &beside);
    }
    match identities::claim(connection, &new)? {
        Claim::Held => Ok(Claim::Held),
        Claim::Taken => identities::claim(connection, &NewIdentity { scope: &realm.scope, ..new }),
    }
}

/// Whether an account came from the same old deployment, which is known by its facet.
fn is_sibling(
    connection: &mut Connection,
    deployment: Option<&str>,
    account: AccountNumber,
) -> diesel::QueryResult<bool> {
    match deployment {
        Some(facet) => Ok(facets::find(connection, account, facet)?.is_some()),
        None => Ok(false),
    }
}

/// Gives an account its address, in the realm's scope and, if it is proven, everywhere: so that each of two deployments
/// knows its own holder, and the second holder within one simply lacks it (one-domain.md E1), unless letter case tells the
/// two apart.
fn claim_address(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    email: &NewEmail,
) -> diesel::QueryResult<()> {
    let new = NewIdentity {
        account,
        kind: IdentityKind::Email,
        scope: &realm.scope,
        value: &email.address,
        verified: email.verified,
        names: realm.names,
    };
    let own = NewIdentity { names: NameMatching::Exact, ..new.clone() };
    if identities::claim(connection, &own)? == Claim::Held && email.verified && realm.admits == Admission::Everywhere {
        identities::claim(connection, &NewIdentity { scope: EVERYWHERE, ..new })?;
    }
    Ok(())
}
