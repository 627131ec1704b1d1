//! What a mailed code entitles to. A wrong code costs a try; a right one is spent in the write it entitles to, so that
//! neither a busy server nor a refusal takes a code without giving anything for it.

use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, LoginName, Member, NewSession, Realm, Registration,
    clock::Timestamp,
    queries::{accounts, facets, members},
    refuse,
    use_cases::{
        challenges::{answer, challenge_key, weigh},
        facets::check_storable,
        password_check::Whose,
        sessions,
    },
};

/// A code as a client typed it, and the challenge it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAnswer {
    /// See [`crate::Challenge::purpose`].
    pub purpose: &'static str,
    /// See [`crate::Challenge::handle`].
    pub handle: String,
    /// What was typed.
    pub code: String,
}

impl CodeAnswer {
    fn key(&self, realm: &Realm) -> Vec<u8> {
        challenge_key(realm, self.purpose, &self.handle)
    }

    /// Within a write: spends the code, or refuses. Whoever tries it first has been counted before, by
    /// [`Accounts::try_code`].
    pub(super) fn spend(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<(), Aborted<AccountError>> {
        answer(connection, &self.key(realm), now, |right| right == self.code)?.map_err(Aborted::Refused)
    }
}

impl Accounts {
    /// Whether a code is right, which does not spend it; a wrong one costs a try.
    ///
    /// Errors: `UnknownChallenge`, `ExpiredChallenge`, `WrongAnswer`.
    pub async fn try_code(&self, realm: &Realm, code: &CodeAnswer) -> Result<(), AccountError> {
        let (key, typed, now) = (code.key(realm), code.code.clone(), self.inner.clock.now());
        self.write(move |connection| Ok(weigh(connection, &key, now, |right| right == typed)?)).await?
    }

    /// As [`Accounts::register`] for an address that its owner proves with a code. A taken name or address is told
    /// before the code is looked at.
    ///
    /// Errors: those of [`Accounts::register`] and of [`Accounts::try_code`].
    pub async fn register_with_code(
        &self,
        realm: &Realm,
        registration: Registration,
        code: CodeAnswer,
    ) -> Result<AccountNumber, AccountError> {
        self.check_free(realm, &registration).await?;
        self.try_code(realm, &code).await?;
        let (realm, prepared, now) = (realm.clone(), self.prepare(registration).await?, self.inner.clock.now());
        self.write(move |connection| {
            code.spend(connection, &realm, now)?;
            prepared.write(connection, &realm)
        })
        .await
    }

    /// Begins a session for an account whose owner has a code; one without the facet gets `first_facet`. The code is
    /// looked at before the account, and spent only if there is one.
    ///
    /// Errors: those of [`Accounts::try_code`], `UnknownAccount`, `Locked`.
    pub async fn log_in_with_code(
        &self,
        realm: &Realm,
        name: LoginName,
        code: CodeAnswer,
        session: NewSession,
        (facet, first_facet): (&'static str, String),
    ) -> Result<Member, AccountError> {
        check_storable(&first_facet)?;
        self.try_code(realm, &code).await?;
        let (realm, now, whose) = (realm.clone(), self.inner.clock.now(), name.into_whose());
        self.write(move |connection| {
            let mut member = hold_member(connection, &realm, &whose, facet)?;
            let number = member.account.number;
            code.spend(connection, &realm, now)?;
            accounts::set_last_login(connection, number, now)?;
            sessions::begin(connection, &realm, Some(number), &session, now)?;
            if member.facet.is_none() {
                facets::put(connection, number, facet, &first_facet)?;
                member.facet = Some(first_facet.clone());
            }
            Ok(member)
        })
        .await
    }
}

/// The unlocked account that is meant, held until the write ends.
fn hold_member(
    connection: &mut Connection,
    realm: &Realm,
    whose: &Whose,
    facet: &str,
) -> Result<Member, Aborted<AccountError>> {
    let found = match whose {
        Whose::Number(number) => members::find(connection, realm, *number, facet)?,
        Whose::Identity(kind, value) => members::find_by_identity(connection, realm, *kind, value, facet)?,
    };
    let Some(number) = found.map(|member| member.account.number) else { return refuse(AccountError::UnknownAccount) };
    accounts::hold(connection, number)?;
    // Read again, now that nobody can lock or delete it.
    match members::find(connection, realm, number, facet)? {
        None => refuse(AccountError::UnknownAccount),
        Some(member) if member.account.locked => refuse(AccountError::Locked { password_right: true }),
        Some(member) => Ok(member),
    }
}
