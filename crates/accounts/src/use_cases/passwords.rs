//! Changing and resetting passwords, and what that does to sessions (one-domain.md R8).

use dragoman_passwords::{Presented, Secret, Standing};
use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, Authority, Origin, Realm, Role,
    queries::{
        accounts, audit, challenges,
        credentials::{self, StoredCredential},
    },
    refuse,
    use_cases::{
        authorisation::authorise,
        challenges::challenge_key,
        codes::CodeAnswer,
        password_check::{CHECKS, CheckedPassword, PasswordAttempt, Whose},
        session_ends::{OwnSessions, end_everything, end_sessions},
    },
};

/// What entitles the caller to set a new password.
#[derive(Clone)]
pub enum PasswordProof {
    /// The present password.
    Present(Presented),
    /// A right to manage the account.
    Authority(Authority),
    /// A secret that the dialect has checked.
    Reset {
        /// Accounts with a higher role are refused (one-domain.md R3).
        highest: Role,
    },
    /// A mailed code, spent by the change together with the permit that it needs, if it needs one (v1 8).
    Code {
        /// What the client typed.
        answer: CodeAnswer,
        /// Purpose and handle of the permit.
        permit: Option<(&'static str, String)>,
    },
}

/// A new password for an account.
#[derive(Clone)]
pub struct PasswordChange {
    /// Whose.
    pub account: AccountNumber,
    /// By what right.
    pub proof: PasswordProof,
    /// The new password.
    pub new: Secret,
    /// What happens to the sessions of the dialect it is changed in.
    pub own_sessions: OwnSessions,
    /// From where.
    pub origin: Origin,
}

impl Accounts {
    /// Whether this is the account's present password, locked or not. Errors as for a login.
    pub async fn verify_password(
        &self,
        realm: &Realm,
        account: AccountNumber,
        presented: Presented,
        origin: Origin,
    ) -> Result<(), AccountError> {
        for _ in 0..CHECKS {
            let checked = self.check_present(realm, account, presented.clone(), origin.clone()).await?;
            let now = self.inner.clock.now();
            if self.write(move |connection| checked.confirm(connection, now)).await?.is_some() {
                return Ok(());
            }
        }
        Err(AccountError::Busy)
    }

    /// Replaces a password. Errors: `WrongPassword`, `UnknownAccount`, `Forbidden`, `Throttled`, `Busy`; for a code those of
    /// [`Accounts::try_code`].
    pub async fn change_password(&self, realm: &Realm, change: PasswordChange) -> Result<(), AccountError> {
        for _ in 0..CHECKS {
            let checked = match &change.proof {
                PasswordProof::Present(presented) => {
                    Some(self.check_present(realm, change.account, presented.clone(), change.origin.clone()).await?)
                }
                PasswordProof::Code { answer, .. } => {
                    self.try_code(realm, answer).await?;
                    None
                }
                PasswordProof::Authority(_) | PasswordProof::Reset { .. } => None,
            };
            let fresh = self.hash_for(change.account, change.new.clone(), &change.origin).await?;
            if self.store_password(realm, &change, checked, fresh).await? {
                return Ok(());
            }
        }
        Err(AccountError::Busy)
    }

    /// Every view of a new password for an account that exists.
    pub(super) async fn hash_for(
        &self,
        account: AccountNumber,
        new: Secret,
        origin: &Origin,
    ) -> Result<Vec<StoredCredential>, AccountError> {
        let digests = self.digest_views();
        let name = self.read(move |connection| digests.username(connection, account)).await?;
        self.hash(new, name, &origin.caller(Standing::Ordinary)).await
    }

    /// The write of a change; `false`: the present password is to be checked again.
    pub(super) async fn store_password(
        &self,
        realm: &Realm,
        change: &PasswordChange,
        checked: Option<CheckedPassword>,
        fresh: Vec<StoredCredential>,
    ) -> Result<bool, AccountError> {
        let PasswordChange { account, proof, own_sessions, origin, .. } = change.clone();
        let proof = match proof {
            PasswordProof::Code { answer, permit } => PasswordProof::Code { answer: self.seal_code(answer), permit },
            proof => proof,
        };
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| {
            match (&proof, &checked) {
                (_, Some(checked)) => {
                    if checked.confirm(connection, now)?.is_none() {
                        return Ok(false);
                    }
                }
                (PasswordProof::Authority(authority), None) => authorise(connection, *authority, account)?,
                (PasswordProof::Present(_), None) => return refuse(AccountError::Internal),
                (PasswordProof::Reset { highest }, None) => check_reset(connection, account, *highest)?,
                (PasswordProof::Code { answer, permit }, None) => {
                    check_reset(connection, account, answer.opens)?;
                    if answer.holder(connection, &realm)? != Some(account) {
                        return refuse(AccountError::UnknownAccount);
                    }
                    answer.spend(connection, &realm, now)?;
                    if let Some((purpose, handle)) = permit {
                        let permit = challenge_key(&realm, purpose, handle);
                        if !challenges::delete(connection, &permit)? {
                            return refuse(AccountError::UnknownChallenge);
                        }
                    }
                }
            }
            credentials::replace(connection, account, &fresh, now)?;
            end_sessions(connection, &realm, account, &own_sessions, now)?;
            let entry = audit::AuditEntry {
                at: now,
                account,
                actor: match &proof {
                    PasswordProof::Present(_) => Some(account),
                    PasswordProof::Authority(authority) => authority.actor(),
                    PasswordProof::Reset { .. } | PasswordProof::Code { .. } => None,
                },
                action: "password changed",
                dialect: realm.dialect,
                network: origin.network.as_deref(),
            };
            audit::append(connection, &entry)?;
            Ok(true)
        })
        .await
    }

    async fn check_present(
        &self,
        realm: &Realm,
        account: AccountNumber,
        presented: Presented,
        origin: Origin,
    ) -> Result<CheckedPassword, AccountError> {
        let attempt = PasswordAttempt { whose: Whose::Number(account), presented, facet: "", origin };
        self.check_password(realm, attempt, true).await
    }

    /// Sets a password on the operator's word and ends every session of the account, of every dialect.
    pub async fn set_password(
        &self,
        realm: &Realm,
        account: AccountNumber,
        new: Secret,
        origin: Origin,
    ) -> Result<(), AccountError> {
        let fresh = self.hash_for(account, new, &origin).await?;
        let (dialect, now) = (realm.dialect, self.inner.clock.now());
        self.write(move |connection| {
            if !end_everything(connection, account, now)? {
                return refuse(AccountError::UnknownAccount);
            }
            credentials::replace(connection, account, &fresh, now)?;
            let network = origin.network.as_deref();
            let entry = audit::AuditEntry { at: now, account, actor: None, action: "password set", dialect, network };
            Ok(audit::append(connection, &entry)?)
        })
        .await
    }
}

fn check_reset(
    connection: &mut Connection,
    account: AccountNumber,
    highest: Role,
) -> Result<(), Aborted<AccountError>> {
    if !accounts::hold(connection, account)? {
        return refuse(AccountError::UnknownAccount);
    }
    let target = accounts::find(connection, account)?;
    if target.is_some_and(|target| target.role > highest) {
        return refuse(AccountError::Forbidden);
    }
    Ok(())
}
