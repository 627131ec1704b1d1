//! Registration with a mailed code that is looked at last (frp 7).

use dragoman_store::Connection;
use std::sync::Arc;

use crate::{
    AccountError, AccountNumber, Accounts, Realm, Registration,
    clock::Timestamp,
    queries::challenges,
    use_cases::{
        challenges::weigh,
        codes::CodeAnswer,
        registration::{PreparedRegistration, find_taken},
    },
};

impl Accounts {
    /// As [`Accounts::register_with_code`], in another order: whether there is a live code, whether name and address are
    /// free, and only then whether it is the right one. An expired code is forgotten, a taken name or address spends it, a
    /// wrong answer costs a try.
    ///
    /// Errors: `UnknownChallenge`, `ExpiredChallenge`, `NameTaken`, `EmailTaken`, `WrongAnswer` in this order, and those of
    /// [`Accounts::register`].
    pub async fn register_proven(
        &self,
        realm: &Realm,
        registration: Registration,
        code: CodeAnswer,
    ) -> Result<AccountNumber, AccountError> {
        let wanted = Wanted {
            code: self.seal_code(code),
            username: registration.username.clone(),
            email: registration.email.as_ref().map(|email| email.address.clone()),
        };
        // Before the hash, so that nobody gets one for a guess; the second time it stands in the write that it entitles to.
        let (first, within, now) = (wanted.clone(), realm.clone(), self.inner.clock.now());
        self.write(move |connection| Ok(first.weigh(connection, &within, now)?)).await??;
        let entitled = Arc::new((wanted, self.prepare(registration).await?));
        match self.register_entitled(realm, &entitled).await {
            // Taken by somebody between two statements of the write, which rolled everything back: now it is seen at once,
            // and spends the code.
            Err(AccountError::NameTaken | AccountError::EmailTaken) => self.register_entitled(realm, &entitled).await?,
            outcome => outcome?,
        }
    }

    /// The write of a registration. A refusal that must be committed, with what it does to the code, is an inner `Err`.
    async fn register_entitled(
        &self,
        realm: &Realm,
        entitled: &Arc<(Wanted, PreparedRegistration)>,
    ) -> Result<Result<AccountNumber, AccountError>, AccountError> {
        let (entitled, realm, now) = (Arc::clone(entitled), realm.clone(), self.inner.clock.now());
        self.write(move |connection| {
            let (wanted, prepared) = &*entitled;
            if let Err(refusal) = wanted.weigh(connection, &realm, now)? {
                return Ok(Err(refusal));
            }
            let key = wanted.code.key(connection, &realm)?;
            challenges::delete(connection, &key)?;
            prepared.write(connection, &realm).map(Ok)
        })
        .await
    }
}

/// What is asked for, and the code it is asked with.
#[derive(Clone)]
struct Wanted {
    code: CodeAnswer,
    username: String,
    email: Option<String>,
}

impl Wanted {
    /// Holds the code and checks everything in order, with the effects of each refusal on the code. A right code stays.
    fn weigh(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        now: Timestamp,
    ) -> diesel::QueryResult<Result<(), AccountError>> {
        let key = self.code.key(connection, realm)?;
        if let Err(refusal) = weigh(connection, &key, now, |_| true)? {
            challenges::delete(connection, &key)?;
            return Ok(Err(refusal));
        }
        if let Some(taken) = find_taken(connection, realm, &self.username, self.email.as_deref())? {
            challenges::delete(connection, &key)?;
            return Ok(Err(taken));
        }
        self.code.weigh(connection, realm, now)
    }
}
