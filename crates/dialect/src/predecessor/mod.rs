//! The old server that still lives behind a mount, as the mount's own dialect asks it: who may log in, and what it shows of
//! them. How a request gets there and back is the `upstream` room's; what its dialect says, its crate's `upstream.rs`.

mod background;
mod old_session;
mod pictures;
mod probe;
mod refusals;
mod reply;

use std::{sync::Arc, time::Duration};

use dragoman_accounts::{
    AccountError, AccountNumber, Accounts, Holding, LoginName, Origin, ProvenAccount, Realm, Takeover,
};
use dragoman_passwords::Secret;
use dragoman_upstream::{BreakerState, Upstream};
use tokio::sync::Semaphore;

pub use dragoman_upstream::Request;
pub use old_session::{Entry, OldSession, There};
pub use probe::{Ask, Probe};
pub use reply::{Reply, post_form, post_json, query};

use crate::{OldServer, PasswordChanges, UpstreamMode};
use background::Background;
use refusals::Refusals;

/// Longest token that is tried, in bytes.
const TOKEN: usize = 4_096;
/// How long a refused login is remembered: short, for the password may be set anew over there.
const REFUSED: Duration = Duration::from_secs(3);
/// How long a password that is right here is not tried again over there, where it was wrong: old servers lock accounts.
const PARTED: Duration = Duration::from_secs(24 * 60 * 60);

/// Why an old server's answer decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// It is away, or slow, or answers what no old server would: the dialect's own "unavailable".
    Away,
    /// It wants a captcha solved before it looks at the password (v1).
    Puzzle,
    /// It refuses for a reason of its own, which is told as it stands: locked there, a captcha that is wrong.
    Refused(AccountError),
    /// What the gateway itself found: a limit reached, its database away.
    Here(AccountError),
}

impl Undecided {
    /// For a dialect whose old server asks for no puzzle in between.
    pub fn as_account_error(self) -> AccountError {
        match self {
            Self::Away | Self::Puzzle => AccountError::Unavailable,
            Self::Refused(error) | Self::Here(error) => error,
        }
    }
}

/// What an old server says to a login.
pub enum Verdict {
    /// The password is right; what its profile calls show, and the session it began there.
    Proven(Box<ProvenAccount>, OldSession),
    /// No such account, or a wrong password.
    Wrong,
}

/// A login that may be the old server's to judge.
pub struct Claim<'a> {
    /// By what the account is meant.
    pub name: LoginName,
    /// The password as the client sent it; what tells two tries apart.
    pub sent: &'a [u8],
    /// The password, if it came in plain text.
    pub plain: Option<Secret>,
    /// From where.
    pub origin: &'a Origin,
}

/// A login that the old server has been asked about, where it is its to judge.
pub struct Settled {
    /// The name under which it is tried here.
    pub name: LoginName,
    /// What the old server said.
    pub there: There,
}

impl Settled {
    /// One that is ours alone.
    pub fn here(name: LoginName) -> Self {
        Self { name, there: There::NotAsked }
    }
}

/// The old server that a mount takes its accounts over from.
#[derive(Clone)]
pub struct Predecessor {
    upstream: Upstream,
    /// `mode = "all"`: it decides about accounts that are here as well, until the operator ends that.
    decides: bool,
    refusals: Arc<Refusals>,
    /// Paths are passed to it, for which a login here needs one there.
    passes: bool,
    password_changes: PasswordChanges,
    /// Passwords that are right here and wrong there.
    parted: Arc<Refusals>,
    background: Background,
    /// Places to fetch pictures.
    pictures: Arc<Semaphore>,
}

impl Predecessor {
    /// What a mount is given, if logins go there.
    pub fn of(old: Option<OldServer>, accounts: &Accounts) -> Option<Self> {
        let old = old.filter(|old| old.mode != UpstreamMode::Off)?;
        let OldServer { client, mode, passes, password_changes } = old;
        let remembering = |life| Arc::new(Refusals::new(accounts.randomness(), life));
        Some(Self {
            upstream: client,
            decides: mode == UpstreamMode::All,
            refusals: remembering(REFUSED),
            passes,
            password_changes,
            parted: remembering(PARTED),
            background: Background::default(),
            pictures: Arc::new(Semaphore::new(pictures::MOST)),
        })
    }

    /// Whether a call would leave now: the circuit breaker does not keep it back.
    pub fn is_reachable(&self) -> bool {
        self.upstream.breaker() != BreakerState::Open
    }

    /// Whether the old server is the one to judge a login. Errors: as [`Accounts::holding`].
    pub async fn judges(
        &self,
        accounts: &Accounts,
        realm: &Realm,
        name: &LoginName,
        origin: &Origin,
    ) -> Result<bool, AccountError> {
        Ok(self.decides(accounts, realm).await? || accounts.holding(realm, name, origin).await? != Holding::Here)
    }

    /// Whether it still decides about accounts that are here as well.
    async fn decides(&self, accounts: &Accounts, realm: &Realm) -> Result<bool, AccountError> {
        Ok(self.decides && !accounts.is_taken_over(realm).await?)
    }

    /// Before a login is judged here: asks the old server, if it is its to judge, and takes over an account that it proves.
    /// Gives the name under which the login is then tried here. One request to log in leaves for one that came, or none;
    /// a name and password that were just refused are not tried there again.
    ///
    /// # Errors
    /// What keeps the login from being tried here. A wrong password does not: it fails here, and is counted here, once.
    pub async fn settle<F>(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        claim: Claim<'_>,
        ask: impl FnOnce() -> F,
    ) -> Result<Settled, Undecided>
    where
        F: Future<Output = Result<Verdict, Undecided>>,
    {
        let Claim { name, sent, plain, origin } = claim;
        let here = accounts.holding(realm, &name, origin).await.map_err(Undecided::Here)? == Holding::Here;
        if here && !self.decides(accounts, realm).await.map_err(Undecided::Here)? {
            return Ok(Settled::here(name));
        }
        let now = accounts.clock().now();
        let verdict = match self.refusals.knows(&name, sent, now) {
            true => Verdict::Wrong,
            false => ask().await?,
        };
        let Verdict::Proven(proven, session) = verdict else {
            self.refusals.note(&name, sent, now);
            accounts.count_upstream_refusal(realm).await.map_err(Undecided::Here)?;
            if here {
                return Err(Undecided::Here(accounts.count_refused_login(realm, &name, origin).await));
            }
            return Ok(Settled { name, there: There::Refused });
        };
        let known_as = LoginName::Username(proven.account.username.clone());
        match accounts.take_over_proven(realm, *proven).await {
            Ok(Takeover::Created | Takeover::Completed) => {
                Ok(Settled { name: known_as, there: There::Entered(session) })
            }
            Ok(Takeover::Held | Takeover::Joined) => {
                if let Some(plain) = plain.filter(|_| here) {
                    accounts.adopt_password(realm, &known_as, plain).await.map_err(Undecided::Here)?;
                }
                Ok(Settled { name: known_as, there: There::Entered(session) })
            }
            // Deleted here since: the gateway's word.
            Err(AccountError::UnknownAccount) => Ok(Settled::here(name)),
            Err(error @ (AccountError::NameTaken | AccountError::NotStorable)) => {
                tracing::error!(%error, scope = &*realm.scope, "an account that the old server proved cannot be taken over");
                Err(Undecided::Away)
            }
            Err(error) => Err(Undecided::Here(error)),
        }
    }

    /// Tries a token that is unknown here at the old server, and adopts it with its account: the two go on together. The
    /// account has no password here until its owner proves one. `false`: it is not the old server's either, or its account
    /// is here already, where the gateway's own tokens count.
    pub async fn adopt<F>(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        token: &str,
        ask: impl FnOnce() -> F,
    ) -> Result<bool, AccountError>
    where
        F: Future<Output = Result<Option<ProvenAccount>, Undecided>>,
    {
        let (about, now) = (LoginName::Username("a token".to_owned()), accounts.clock().now());
        if token.len() > TOKEN || self.refusals.knows(&about, token.as_bytes(), now) {
            return Ok(false);
        }
        let Some(shown) = ask().await.map_err(Undecided::as_account_error)? else {
            self.refusals.note(&about, token.as_bytes(), now);
            return Ok(false);
        };
        match accounts.take_over_proven(realm, shown).await {
            Ok(Takeover::Created | Takeover::Joined) => {
                // The two are one: it goes on there as well, whether paths are passed already or later.
                accounts.note_own_old_token(realm, token).await?;
                Ok(true)
            }
            Ok(Takeover::Completed | Takeover::Held) | Err(AccountError::UnknownAccount) => {
                self.refusals.note(&about, token.as_bytes(), now);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Does something over there after a client has its answer; not at all, if too much of that is under way.
    pub fn run_in_background<F>(&self, account: AccountNumber, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.background.run(account, work(self.clone()));
    }

    /// Forgets what it refused about a name: a password has been set there.
    pub fn forget_refusals(&self, name: &LoginName) {
        self.refusals.forget(name);
    }
}
