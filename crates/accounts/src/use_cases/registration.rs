//! Making accounts.

use dragoman_passwords::{Caller, Secret, Standing, digest_only};
use dragoman_store::{Aborted, Connection};

use crate::{
    Account, AccountError, AccountNumber, Accounts, Authority, Inner, Origin, Realm, Role,
    account::{BODY_BYTES, IDENTITY_BYTES, TEXT_BYTES, is_storable},
    address::is_acceptable,
    clock::Timestamp,
    identity::IdentityKind,
    queries::{
        accounts, audit,
        counters::{self, ACCOUNT_NUMBER, LIVE_ACCOUNTS},
        credentials::{self, StoredCredential},
        facets,
        identities::{self, Claim, NewIdentity},
    },
    refuse,
    use_cases::{authorisation::allow_role, credentials::to_stored},
};

/// The password an account begins with.
pub enum NewPassword {
    /// Its plain text.
    Plain(Secret),
    /// Only a digest of it, of a scheme the client does not tell (php section 9).
    Digest(String),
}

/// An address an account begins with.
#[derive(Debug, Clone)]
pub struct NewEmail {
    /// The address.
    pub address: String,
    /// Whether its owner proved it; an unproven one counts in its own scope only (one-domain.md E2).
    pub verified: bool,
}

/// An account to be made.
pub struct Registration {
    /// Its login name.
    pub username: String,
    /// Its password.
    pub password: NewPassword,
    /// What it may do.
    pub role: Role,
    /// On whose word; `None`: anybody registers an ordinary user. An actor makes only accounts below or at its own role.
    pub authority: Option<Authority>,
    /// See [`Account::display_name`].
    pub display_name: Option<String>,
    /// See [`Account::bio`].
    pub bio: Option<String>,
    /// Its address.
    pub email: Option<NewEmail>,
    /// A facet it begins with: name and body.
    pub facet: Option<(&'static str, String)>,
    /// From where.
    pub origin: Origin,
}

/// A registration that only has to be written: its password is hashed.
pub(super) struct PreparedRegistration {
    account: Account,
    username: String,
    credentials: Vec<StoredCredential>,
    authority: Option<Authority>,
    email: Option<NewEmail>,
    facet: Option<(&'static str, String)>,
    origin: Origin,
    now: Timestamp,
}

impl Accounts {
    /// Makes an account. Its name counts everywhere, or in the realm's scope if the realm admits only its own.
    ///
    /// Errors: `NameTaken`, `EmailTaken`, `NotStorable`, `Forbidden`, `Busy`. Of two at once with one name, one wins.
    pub async fn register(&self, realm: &Realm, registration: Registration) -> Result<AccountNumber, AccountError> {
        check_storable(&registration)?;
        // Before the hash, so that a taken name costs none; the write decides.
        self.check_free(realm, &registration).await?;
        let (realm, prepared) = (realm.clone(), self.prepare(registration).await?);
        self.write(move |connection| prepared.write(connection, &realm)).await
    }

    /// Hashes the password of a registration. Errors: `NotStorable`, `Busy`.
    pub(super) async fn prepare(&self, registration: Registration) -> Result<PreparedRegistration, AccountError> {
        check_storable(&registration)?;
        let Registration { username, password, role, authority, display_name, bio, email, facet, origin } =
            registration;
        let standing = if authority.is_none() { Standing::Newcomer } else { Standing::Ordinary };
        let credentials = self.begin_credentials(password, &username, &origin.caller(standing)).await?;
        let now = self.inner.clock.now();
        let account = Account {
            number: AccountNumber(0),
            uuid: self.inner.randomness.uuid(),
            role,
            locked: false,
            display_name,
            bio,
            email: email.as_ref().map(|email| email.address.clone()),
            created_at: Some(now),
            tokens_not_before: None,
        };
        Ok(PreparedRegistration { account, username, credentials, authority, email, facet, origin, now })
    }

    /// Whether the realm finds nobody by this name.
    pub async fn is_free(&self, realm: &Realm, name: &str) -> Result<bool, AccountError> {
        let (realm, name) = (realm.clone(), name.to_owned());
        let holder =
            self.read(move |connection| identities::find(connection, &realm, IdentityKind::Username, &name)).await?;
        Ok(holder.is_none())
    }

    /// Whether the realm finds nobody by this address.
    pub async fn is_email_free(&self, realm: &Realm, address: &str) -> Result<bool, AccountError> {
        let (realm, address) = (realm.clone(), address.to_owned());
        let holder =
            self.read(move |connection| identities::find(connection, &realm, IdentityKind::Email, &address)).await?;
        Ok(holder.is_none())
    }

    pub(super) async fn check_free(&self, realm: &Realm, registration: &Registration) -> Result<(), AccountError> {
        let (realm, name) = (realm.clone(), registration.username.clone());
        let email = registration.email.as_ref().map(|email| email.address.clone());
        let taken = self.read(move |connection| find_taken(connection, &realm, &name, email.as_deref())).await?;
        taken.map_or(Ok(()), Err)
    }

    async fn begin_credentials(
        &self,
        password: NewPassword,
        username: &str,
        caller: &Caller,
    ) -> Result<Vec<StoredCredential>, AccountError> {
        match password {
            NewPassword::Plain(secret) => self.hash(secret, Some(username.to_owned()), caller).await,
            NewPassword::Digest(digest) => {
                let domain = self.clone();
                let make = move || {
                    let Inner { hasher, randomness, .. } = &*domain.inner;
                    let made = digest_only(&digest, hasher.cost(), &**randomness);
                    made.inspect(|views| hasher.note(views))
                };
                let made = self.inner.hashing.run(caller, make).await.map_err(|_| AccountError::Busy)?;
                made.map(|views| to_stored(&views)).map_err(|_| AccountError::NotStorable)
            }
        }
    }
}

impl PreparedRegistration {
    /// Within a write: makes the account with all it begins with.
    pub fn write(&self, connection: &mut Connection, realm: &Realm) -> Result<AccountNumber, Aborted<AccountError>> {
        allow(connection, self.authority, self.account.role)?;
        let number = insert_account(connection, &self.account, self.now, &self.credentials)?;
        claim_name(connection, realm, number, &self.username)?;
        if let Some(email) = &self.email {
            claim_email(connection, realm, number, email)?;
        }
        if let Some((name, body)) = &self.facet {
            facets::put(connection, number, name, body)?;
        }
        let entry = audit::AuditEntry {
            at: self.now,
            account: number,
            actor: self.authority.and_then(Authority::actor),
            action: "registered",
            dialect: realm.dialect,
            network: self.origin.network.as_deref(),
        };
        audit::append(connection, &entry)?;
        Ok(number)
    }
}

/// Whether the realm finds somebody by the name or, if not, by the address.
pub(super) fn find_taken(
    connection: &mut Connection,
    realm: &Realm,
    name: &str,
    email: Option<&str>,
) -> diesel::QueryResult<Option<AccountError>> {
    if identities::find(connection, realm, IdentityKind::Username, name)?.is_some() {
        return Ok(Some(AccountError::NameTaken));
    }
    let holder = match email {
        Some(email) => identities::find(connection, realm, IdentityKind::Email, email)?,
        None => None,
    };
    Ok(holder.map(|_| AccountError::EmailTaken))
}

fn check_storable(registration: &Registration) -> Result<(), AccountError> {
    let Registration { username, email, display_name, bio, facet, .. } = registration;
    if email.as_ref().is_some_and(|email| !is_acceptable(&email.address)) {
        return Err(AccountError::NotStorable);
    }
    check_texts(username, email.as_ref(), [display_name, bio], facet.as_ref().map(|(_, body)| body.as_str()))
}

/// Whether every database can keep the texts an account begins with, made here or taken over (one-domain.md N4, N5).
pub(crate) fn check_texts(
    username: &str,
    email: Option<&NewEmail>,
    texts: [&Option<String>; 2],
    facet: Option<&str>,
) -> Result<(), AccountError> {
    let address = email.map(|email| email.address.as_str());
    let storable = [Some(username), address].into_iter().flatten().all(|text| is_storable(text, IDENTITY_BYTES))
        && texts.into_iter().flatten().all(|text| is_storable(text, TEXT_BYTES))
        && facet.is_none_or(|body| is_storable(body, BODY_BYTES));
    if storable { Ok(()) } else { Err(AccountError::NotStorable) }
}

/// Whether this authority may make an account of that role.
fn allow(connection: &mut Connection, authority: Option<Authority>, role: Role) -> Result<(), Aborted<AccountError>> {
    let Some(authority) = authority else {
        return if role == Role::User { Ok(()) } else { refuse(AccountError::Forbidden) };
    };
    allow_role(connection, authority, role)
}

/// Gives the account its number and stores it with its password.
pub(crate) fn insert_account(
    connection: &mut Connection,
    account: &Account,
    now: Timestamp,
    credentials: &[StoredCredential],
) -> Result<AccountNumber, Aborted<AccountError>> {
    let number = AccountNumber(counters::add(connection, ACCOUNT_NUMBER, 1)?);
    counters::add(connection, LIVE_ACCOUNTS, 1)?;
    accounts::insert(connection, &Account { number, ..account.clone() })?;
    credentials::replace(connection, number, credentials, now)?;
    Ok(number)
}

/// Gives a new or renamed account its name, if the realm would find nobody else by it.
pub(crate) fn claim_name(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    name: &str,
) -> Result<(), Aborted<AccountError>> {
    let holder = identities::find(connection, realm, IdentityKind::Username, name)?;
    if holder.is_some_and(|holder| holder.account != account.0) {
        return refuse(AccountError::NameTaken);
    }
    let new = NewIdentity {
        account,
        kind: IdentityKind::Username,
        scope: realm.scope_of_new_names(),
        value: name,
        verified: true,
        names: realm.names,
    };
    match identities::claim(connection, &new)? {
        Claim::Held => Ok(()),
        Claim::Taken => refuse(AccountError::NameTaken),
    }
}

/// Gives an account its address: everywhere if it is proven, else in the realm's scope (one-domain.md E2). The empty one
/// logs nobody in (E4).
pub(crate) fn claim_email(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    email: &NewEmail,
) -> Result<(), Aborted<AccountError>> {
    if email.address.is_empty() {
        return Ok(());
    }
    let holder = identities::find(connection, realm, IdentityKind::Email, &email.address)?;
    if holder.is_some_and(|holder| holder.account != account.0) {
        return refuse(AccountError::EmailTaken);
    }
    let scope = if email.verified { realm.scope_of_new_names() } else { &*realm.scope };
    let new = NewIdentity {
        account,
        kind: IdentityKind::Email,
        scope,
        value: &email.address,
        verified: email.verified,
        names: realm.names,
    };
    match identities::claim(connection, &new)? {
        Claim::Held => Ok(()),
        Claim::Taken => refuse(AccountError::EmailTaken),
    }
}
