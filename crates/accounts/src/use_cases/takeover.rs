//! One account at a time from a living old server: its owner has just proven its password there.

use dragoman_passwords::{Presented, Secret, Standing};
use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, ImportedAccount, LoginName, Origin, Realm,
    clock::Timestamp,
    identity::IdentityKind,
    queries::{
        accounts,
        audit::{self, AuditEntry},
        bulk_inserts, credentials, facets, identities,
        import_entries::{self, EntryKind, EntryRow, key_of},
    },
    refuse,
    use_cases::{
        import::{Prepared, TakenOver, take_over},
        import_aside::{aside_entry, is_aside},
        import_merge::merge,
        import_snapshot::Snapshot,
        password_check::PasswordAttempt,
        takeover_counts::{self, TakeoverEvent, deployment_tag},
    },
};

/// Whether the gateway can judge a login itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// It holds the account and its password.
    Here,
    /// It holds the account; no password came along with it.
    WithoutPassword,
    /// Nobody here has that name or address.
    Nobody,
}

/// An account whose owner an old server let in.
pub struct ProvenAccount {
    /// What the old server calls it, for ever: as an import's [`crate::ForeignAccount::key`], so that the two know each
    /// other's accounts.
    pub key: String,
    /// What the old server shows of it, with the password that was just proven.
    pub account: ImportedAccount,
}

/// What became of a proven account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// It was made.
    Created,
    /// It was here without a password, and has one now.
    Completed,
    /// It was here without a password, and still has none: what came along was added, a session too.
    Joined,
    /// The gateway holds it already: what it has decides.
    Held,
}

impl Accounts {
    /// Whether a login is the gateway's own to judge. Errors: `Throttled`, so that nobody is asked about a name that is
    /// guessed at.
    pub async fn holding(&self, realm: &Realm, name: &LoginName, origin: &Origin) -> Result<Holding, AccountError> {
        let candidate = self.candidate(realm, name.clone().into_whose(), "", origin.clone()).await?;
        Ok(match candidate.member {
            None => Holding::Nobody,
            Some(_) if candidate.credentials.is_empty() => Holding::WithoutPassword,
            Some(_) => Holding::Here,
        })
    }

    /// Takes a proven account over, in one transaction. Of two first logins at once one makes it, the other finds it
    /// `Held`.
    ///
    /// Errors: `UnknownAccount` if it was taken over before and deleted since: it does not come back. `NotStorable`,
    /// `NameTaken` as for [`Accounts::import`].
    pub async fn take_over_proven(&self, realm: &Realm, proven: ProvenAccount) -> Result<Takeover, AccountError> {
        let ProvenAccount { key, account } = proven;
        let arrival = Arrival { key: key_of("", &key), prepared: self.prepare_import(account).await? };
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| arrival.settle(connection, &realm, now)).await
    }

    /// A login that the old server refused and that is not judged here: counted like a wrong password. The error it is.
    pub async fn count_refused_login(&self, realm: &Realm, name: &LoginName, origin: &Origin) -> AccountError {
        let counted = async {
            let candidate = self.candidate(realm, name.clone().into_whose(), "", origin.clone()).await?;
            self.settle_failure(&candidate.counters).await?;
            Ok(if candidate.member.is_some() { AccountError::WrongPassword } else { AccountError::UnknownAccount })
        };
        counted.await.unwrap_or_else(|error: AccountError| error)
    }

    /// Keeps the password that an old server, which still decides, has just let in, if the account here has another.
    ///
    /// Errors: `UnknownAccount`, `Busy`.
    pub async fn adopt_password(&self, realm: &Realm, name: &LoginName, proven: Secret) -> Result<(), AccountError> {
        let realm = Realm { throttle: None, ..realm.clone() };
        let attempt = PasswordAttempt {
            whose: name.clone().into_whose(),
            presented: Presented::Plain(proven.clone()),
            facet: "",
            origin: Origin::default(),
        };
        match self.check_password(&realm, attempt, true).await {
            Ok(_) => return Ok(()),
            Err(AccountError::WrongPassword) => {}
            Err(error) => return Err(error),
        }
        let candidate = self.candidate(&realm, name.clone().into_whose(), "", Origin::default()).await?;
        let member = candidate.member.ok_or(AccountError::UnknownAccount)?;
        let (account, known) = (member.account.number, candidate.credentials);
        let caller = Origin::default().caller(Standing::Ordinary);
        let fresh = self.hash(proven, Some(member.username), &caller).await?;
        let now = self.inner.clock.now();
        self.write(move |connection| {
            let is_held = accounts::hold(connection, account)?;
            // Changed by somebody else meanwhile: the next login asks again.
            if is_held && credentials::of_account(connection, account)? == known {
                credentials::replace(connection, account, &fresh, now)?;
                record(connection, &realm, account, "password adopted from the old server", now)?;
            }
            Ok(())
        })
        .await
    }
}

/// A proven account with everything made that a transaction must not make.
struct Arrival {
    key: Vec<u8>,
    prepared: Prepared,
}

impl Arrival {
    fn settle(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<Takeover, Aborted<AccountError>> {
        let Some((holder, is_of_the_deployment)) = self.holder(connection, realm)? else {
            let taken = take_over(connection, realm, &self.prepared, true, now)?;
            self.enter(connection, realm, &taken, EntryKind::Created)?;
            record(connection, realm, taken.number, "taken over from the old server", now)?;
            takeover_counts::count(connection, realm, TakeoverEvent::Created, now)?;
            return Ok(Takeover::Created);
        };
        if !accounts::hold(connection, holder)? {
            return refuse(AccountError::UnknownAccount);
        }
        // Somebody else's account of that name, without a password: this one proves nothing for it.
        if !is_of_the_deployment || !credentials::of_account(connection, holder)?.is_empty() {
            return Ok(Takeover::Held);
        }
        merge(connection, realm, holder, &self.prepared, now)?;
        if self.prepared.credentials.is_empty() {
            return Ok(Takeover::Joined);
        }
        record(connection, realm, holder, "password taken over from the old server", now)?;
        takeover_counts::count(connection, realm, TakeoverEvent::Completed, now)?;
        Ok(Takeover::Completed)
    }

    /// Who is this account here, by what the old server calls it, else by its name; and whether it came from that server.
    fn holder(&self, connection: &mut Connection, realm: &Realm) -> diesel::QueryResult<Option<(AccountNumber, bool)>> {
        let known = import_entries::find_many(connection, &realm.scope, std::slice::from_ref(&self.key))?;
        if let Some(number) = known.first().and_then(|entry| entry.account) {
            return Ok(Some((AccountNumber(number), true)));
        }
        let named = identities::find(connection, realm, IdentityKind::Username, &self.prepared.username)?;
        let Some(number) = named.map(|identity| AccountNumber(identity.account)) else { return Ok(None) };
        let came_along = match &self.prepared.facet {
            Some((name, _)) => facets::find(connection, number, name)?.is_some(),
            None => false,
        };
        Ok(Some((number, came_along)))
    }

    /// The map that imports keep, so that an import of the same deployment knows the account.
    fn enter(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        taken: &TakenOver,
        kind: EntryKind,
    ) -> Result<(), Aborted<AccountError>> {
        let entry = |entry_key: Vec<u8>, kind: EntryKind, account: AccountNumber, digest: Vec<u8>| EntryRow {
            scope: realm.scope.to_string(),
            entry_key,
            import: deployment_tag(&realm.scope),
            kind: kind.to_stored(),
            account: Some(account.0),
            digest,
            previous: None,
        };
        let state = Snapshot::state_of_one(connection, realm, taken.number)?;
        let mut entries = vec![entry(self.key.clone(), kind, taken.number, state.digest())];
        if let Some(aside) = taken.aside
            && !is_aside(connection, realm, aside.account)?
        {
            entries.push(aside_entry(realm, &deployment_tag(&realm.scope), aside));
        }
        Ok(bulk_inserts::insert_entries(connection, entries)?)
    }
}

fn record(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    action: &'static str,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    let entry = AuditEntry { at: now, account, actor: Some(account), action, dialect: realm.dialect, network: None };
    audit::append(connection, &entry)
}
