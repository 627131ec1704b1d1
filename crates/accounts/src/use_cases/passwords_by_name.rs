//! New passwords for accounts whose owner is not logged in but named: by the present password, or by what a reset asks for.

use std::borrow::Cow;

use super::{
    LoginName, OwnSessions, PasswordChange, PasswordProof,
    password_check::{CHECKS, PasswordAttempt},
};
use dragoman_passwords::{Presented, Secret};

use crate::{
    AccountError, AccountNumber, Accounts, Member, NameMatching, Origin, Realm, Role,
    identity::{IdentityKind, compared},
    queries::members,
    refuse,
    throttle::{Counters, Target},
};

/// A change on the word of a name and the present password (medusa 3.4).
pub struct NamedPasswordChange {
    /// By what the account is meant.
    pub name: LoginName,
    /// Its present password.
    pub presented: Presented,
    /// The new one.
    pub new: Secret,
    /// What happens to the sessions of the dialect it is changed in.
    pub own_sessions: OwnSessions,
    /// From where.
    pub origin: Origin,
}

/// A reset on the word of a name and the address that belongs to it, after the dialect has checked a secret of its own
/// (medusa 3.7).
#[derive(Clone)]
pub struct NamedPasswordReset {
    /// The login name.
    pub username: String,
    /// The address the account shows, byte for byte; the empty one is nobody's (one-domain.md E4).
    pub email: String,
    /// The new password.
    pub new: Secret,
    /// What happens to the sessions of the dialect it is reset in.
    pub own_sessions: OwnSessions,
    /// From where.
    pub origin: Origin,
}

impl Accounts {
    /// Replaces the password of an account that is named, not logged in; gives whose it is. Errors as for [`Accounts::log_in`]; unknown
    /// names and wrong passwords take the same time.
    pub async fn change_password_by_name(
        &self,
        realm: &Realm,
        change: NamedPasswordChange,
    ) -> Result<AccountNumber, AccountError> {
        let NamedPasswordChange { name, presented, new, own_sessions, origin } = change;
        let attempt = PasswordAttempt {
            whose: name.into_whose(),
            presented: presented.clone(),
            facet: "",
            origin: origin.clone(),
        };
        for _ in 0..CHECKS {
            let checked = self.check_password(realm, attempt.clone(), false).await?;
            let change = PasswordChange {
                account: checked.member.account.number,
                proof: PasswordProof::Present(presented.clone()),
                new: new.clone(),
                own_sessions: own_sessions.clone(),
                origin: origin.clone(),
            };
            let fresh = self.hash_for(change.account, new.clone(), &change.origin).await?;
            if self.store_password(realm, &change, Some(checked), fresh).await? {
                return Ok(change.account);
            }
        }
        Err(AccountError::Busy)
    }

    /// Resets the password of an ordinary user (one-domain.md R3); gives whose it is. A wrong pair counts as a failed login.
    ///
    /// Errors: `UnknownAccount` for a wrong pair, `Forbidden` for a higher role, `Locked`, `Throttled`, `Busy`.
    pub async fn reset_password_by_name(
        &self,
        realm: &Realm,
        reset: NamedPasswordReset,
    ) -> Result<AccountNumber, AccountError> {
        let account = self.account_of_pair(realm, &reset).await?;
        let NamedPasswordReset { new, own_sessions, origin, .. } = reset;
        let proof = PasswordProof::Reset { highest: Role::User };
        self.change_password(realm, PasswordChange { account, proof, new, own_sessions, origin }).await?;
        Ok(account)
    }

    /// The account a name and an address belong to; a wrong pair is counted.
    async fn account_of_pair(&self, realm: &Realm, reset: &NamedPasswordReset) -> Result<AccountNumber, AccountError> {
        let (realm, reset, now) = (realm.clone(), reset.clone(), self.inner.clock.now());
        // The refusal is an inner `Err`: it was counted, so the write must commit.
        self.write(move |connection| {
            let member = members::find_by_shown_name(connection, &realm, &reset.username, "")?;
            let counters = counters(&realm, &reset, member.as_ref());
            let verdict = judge(member, &reset.email);
            let Some(counters) = counters else { return Ok(verdict) };
            if counters.is_over(connection, now)? {
                return refuse(AccountError::Throttled);
            }
            if verdict.is_err() {
                counters.fail(connection, now)?;
            }
            Ok(verdict)
        })
        .await?
    }
}

fn judge(member: Option<Member>, email: &str) -> Result<AccountNumber, AccountError> {
    let account = member.ok_or(AccountError::UnknownAccount)?.account;
    if email.is_empty() || account.email.as_deref() != Some(email) {
        return Err(AccountError::UnknownAccount);
    }
    if account.role > Role::User {
        return Err(AccountError::Forbidden);
    }
    if account.locked {
        return Err(AccountError::Locked { password_right: false });
    }
    Ok(account.number)
}

/// Those of a login with the same name.
fn counters(realm: &Realm, reset: &NamedPasswordReset, member: Option<&Member>) -> Option<Counters> {
    let policy = realm.throttle?;
    let name = match realm.names {
        NameMatching::CaseBlind => compared(IdentityKind::Username, &reset.username),
        NameMatching::Exact => Cow::Borrowed(reset.username.as_str()),
    };
    let target = match member {
        Some(member) => Target::Account(member.account.number),
        None => Target::Unknown { dialect: realm.dialect, name: &name },
    };
    Some(Counters::of(policy, &target, &reset.origin))
}
