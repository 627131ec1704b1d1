//! Signing in with a second factor: a code by time, or one of a few recovery codes. Only super administrators do.

use dragoman_passwords::SealingKey;
use dragoman_store::{Aborted, Connection};
use std::time::Duration;
use zeroize::Zeroizing;

use crate::{
    AccountError, AccountNumber, Accounts, Authority, LoginOutcome, NewSession, Origin, Realm, Role,
    clock::Timestamp,
    identity::digest_of,
    queries::{accounts, audit, failures, second_factors, throttles},
    refuse,
    throttle::second_factor_key,
    totp,
    use_cases::sessions,
};

/// What an account has beside its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// Nothing, or a secret that no code has confirmed yet.
    Missing,
    /// A secret that codes are made from.
    Confirmed,
}

/// A sign-in whose password was right.
#[derive(Clone)]
pub struct SignIn {
    /// Whose.
    pub account: AccountNumber,
    /// The code, or a recovery code, as typed.
    pub code: String,
    /// The session that begins if the code is right.
    pub session: NewSession,
    /// The one that begins where no second factor is set up: good for setting it up and nothing else.
    pub set_up: NewSession,
    /// From where.
    pub origin: Origin,
}

/// Which session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedIn {
    /// The whole one.
    Fully,
    /// The one for setting up a second factor.
    ToSetUp,
}

/// Wrong codes borne, and how long after the latest they are remembered: whoever knows the password has about one chance in a
/// thousand a day.
const WRONG_CODES: i64 = 10;
const REMEMBERED: Duration = Duration::from_secs(60 * 60);
/// Recovery codes of an account, and their letters: 60 bits each.
const RECOVERY_CODES: usize = 10;
const RECOVERY_LETTERS: usize = 12;

impl Accounts {
    /// Whether an account has a second factor.
    pub async fn second_factor(&self, account: AccountNumber) -> Result<SecondFactor, AccountError> {
        let found = self.read(move |connection| second_factors::find(connection, account)).await?;
        Ok(match found {
            Some((_, Some(_))) => SecondFactor::Confirmed,
            Some((_, None)) | None => SecondFactor::Missing,
        })
    }

    /// Ends a sign-in whose password was right. Errors: `Forbidden` (no super administrator), `Locked`, `WrongAnswer`, `Throttled`.
    pub async fn sign_in(&self, realm: &Realm, sign_in: SignIn) -> Result<SignedIn, AccountError> {
        let (account, network) = (sign_in.account, sign_in.origin.network.clone());
        let outcome = self.try_to_sign_in(realm, sign_in).await;
        if matches!(outcome, Err(AccountError::WrongAnswer | AccountError::Throttled)) {
            // Who gets so far knows the password.
            tracing::warn!(account = account.0, network, "a right password came with a wrong second factor");
        }
        self.inner.activity.count_login(realm.dialect, LoginOutcome::of(&outcome));
        outcome
    }

    async fn try_to_sign_in(&self, realm: &Realm, sign_in: SignIn) -> Result<SignedIn, AccountError> {
        let (realm, now, key) = (realm.clone(), self.inner.clock.now(), self.sealing_key());
        self.write(move |connection| {
            let SignIn { account, code, session, set_up, origin } = &sign_in;
            hold_super_administrator(connection, *account)?;
            let Some((secret, Some(_))) = second_factors::find(connection, *account)? else {
                sessions::begin(connection, &realm, Some(*account), set_up, now)?;
                return Ok(Ok(SignedIn::ToSetUp));
            };
            if let Err(refusal) = weigh(connection, *account, &secret, code, key.as_ref(), now)? {
                return Ok(Err(refusal));
            }
            sessions::begin(connection, &realm, Some(*account), session, now)?;
            record(connection, &realm, *account, "signed in", origin, now)?;
            Ok(Ok(SignedIn::Fully))
        })
        .await?
    }

    /// The secret that a second factor is to be set up with; the same until a code confirms it.
    pub async fn begin_second_factor(&self, account: AccountNumber) -> Result<Zeroizing<String>, AccountError> {
        let (now, key) = (self.inner.clock.now(), self.sealing_key());
        let fresh = Zeroizing::new(self.inner.randomness.text(totp::BASE32, totp::SECRET_DIGITS));
        let stored = match &key {
            Some(key) => key.seal_text(&fresh, &*self.inner.randomness),
            None => fresh.to_string(),
        };
        self.write(move |connection| {
            hold_super_administrator(connection, account)?;
            match second_factors::find(connection, account)? {
                Some((_, Some(_))) => return refuse(AccountError::Forbidden),
                Some((pending, None)) => {
                    if let Ok(secret) = SealingKey::open_text(key.as_ref(), &pending) {
                        return Ok(secret);
                    }
                    second_factors::delete(connection, account)?;
                }
                None => {}
            }
            second_factors::insert(connection, account, &stored, now)?;
            Ok(fresh.clone())
        })
        .await
    }

    /// Sets the second factor up if the code is right, begins a whole session, and gives the recovery codes: nobody can read them
    /// again. Errors: `Forbidden` (there is one, or none was begun), `WrongAnswer`, `Throttled`, `Locked`.
    pub async fn confirm_second_factor(
        &self,
        realm: &Realm,
        account: AccountNumber,
        code: String,
        session: NewSession,
        origin: Origin,
    ) -> Result<Vec<String>, AccountError> {
        let (realm, now, key) = (realm.clone(), self.inner.clock.now(), self.sealing_key());
        let fresh = || self.inner.randomness.text(totp::BASE32, RECOVERY_LETTERS);
        let recovery: Vec<String> = std::iter::repeat_with(fresh).take(RECOVERY_CODES).collect();
        let digests: Vec<Vec<u8>> = recovery.iter().map(|code| recovery_digest(account, code)).collect();
        self.write(move |connection| {
            hold_super_administrator(connection, account)?;
            let Some((secret, None)) = second_factors::find(connection, account)? else {
                return refuse(AccountError::Forbidden);
            };
            if let Err(refusal) = weigh(connection, account, &secret, &code, key.as_ref(), now)? {
                return Ok(Err(refusal));
            }
            for digest in &digests {
                second_factors::insert_recovery(connection, account, digest)?;
            }
            sessions::begin(connection, &realm, Some(account), &session, now)?;
            record(connection, &realm, account, "second factor set up", &origin, now)?;
            Ok(Ok(()))
        })
        .await??;
        Ok(recovery)
    }

    /// Forgets an account's second factor: the next sign-in sets up another one.
    pub async fn forget_second_factor(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        origin: Origin,
    ) -> Result<(), AccountError> {
        self.change(realm, authority, target, "second factor forgotten", origin, move |connection| {
            throttles::clear(connection, &second_factor_key(target))?;
            Ok(second_factors::delete(connection, target).map(drop)?)
        })
        .await
    }
}

fn hold_super_administrator(connection: &mut Connection, account: AccountNumber) -> Result<(), Aborted<AccountError>> {
    if !accounts::hold(connection, account)? {
        return refuse(AccountError::UnknownAccount);
    }
    match accounts::find(connection, account)? {
        None => refuse(AccountError::UnknownAccount),
        Some(found) if found.locked => refuse(AccountError::Locked { password_right: true }),
        Some(found) if found.role != Role::SuperAdministrator => refuse(AccountError::Forbidden),
        Some(_) => Ok(()),
    }
}

/// Whether a code is right; it is spent, or counted.
fn weigh(
    connection: &mut Connection,
    account: AccountNumber,
    secret: &str,
    code: &str,
    key: Option<&SealingKey>,
    now: Timestamp,
) -> diesel::QueryResult<Result<(), AccountError>> {
    let counter = second_factor_key(account);
    if failures::count(connection, &counter, now)? >= WRONG_CODES {
        return Ok(Err(AccountError::Throttled));
    }
    let step = match SealingKey::open_text(key, secret) {
        Ok(secret) => totp::step_of(&secret, code, now),
        Err(error) => {
            tracing::error!(account = account.0, %error, "a second factor cannot be opened: only recovery codes work");
            None
        }
    };
    let right = match step {
        Some(step) => second_factors::use_step(connection, account, step)?,
        None => second_factors::take_recovery(connection, account, &recovery_digest(account, code))?,
    };
    if right {
        throttles::clear(connection, &counter)?;
        return Ok(Ok(()));
    }
    failures::add_below(connection, &counter, WRONG_CODES, now, now.plus(REMEMBERED))?;
    Ok(Err(AccountError::WrongAnswer))
}

/// Of a recovery code however it is typed: in groups, in small letters.
fn recovery_digest(account: AccountNumber, typed: &str) -> Vec<u8> {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    let code: String = letters.take(RECOVERY_LETTERS + 1).collect();
    digest_of(&[b"recovery code", &account.0.to_be_bytes(), code.as_bytes()])
}

fn record(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    action: &'static str,
    origin: &Origin,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    let network = origin.network.as_deref();
    let entry = audit::AuditEntry { at: now, account, actor: Some(account), action, dialect: realm.dialect, network };
    audit::append(connection, &entry)
}
