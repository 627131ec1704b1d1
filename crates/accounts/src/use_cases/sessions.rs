//! Token sessions: begun by a login, resolved at each request, ended one by one or all at once.

use dragoman_store::Connection;
use std::time::Duration;

use crate::{
    AccountError, AccountNumber, Accounts, Member, Realm,
    clock::Timestamp,
    queries::{
        accounts, members,
        sessions::{self, SessionRow, token_digest},
    },
};

/// How long an expired token whose life matters to its client stays known, so that "expired" is not "unknown" (R9).
const NO_AFTERLIFE: Duration = Duration::ZERO;
/// An idle clock is restarted at most this often (one-domain.md R10), a short one in proportion: no session dies more
/// than a 48th of its life early.
const TOUCH_EVERY: Duration = Duration::from_secs(30);
const TOUCHES_IN_A_LIFE: u32 = 48;

/// One token of a session that begins.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for, in the dialect's words, e.g. `access_tokens`.
    pub purpose: &'static str,
    /// Its text; only a digest is stored.
    pub token: String,
    /// How long it works; `None`: without end.
    pub life: Option<Duration>,
    /// How long after its end it is still told apart from an unknown one.
    pub remembered: Duration,
}

impl NewToken {
    /// A token that is unknown once its life is over.
    pub fn new(purpose: &'static str, token: String, life: Option<Duration>) -> Self {
        Self { purpose, token, life, remembered: NO_AFTERLIFE }
    }
}

/// How many sessions an account may have within one mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionLimit {
    /// Any number.
    None,
    /// One: a new one ends the older.
    One,
    /// When `live` are found, all but the newest `kept` end before the new one begins (v1: 3 and 1).
    Trim {
        /// How many live sessions are one too many.
        live: usize,
        /// How many of them stay.
        kept: usize,
    },
}

/// A session to begin: the tokens that live and die together.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its tokens.
    pub tokens: Vec<NewToken>,
    /// How many the account may have.
    pub limit: SessionLimit,
    /// A token whose session ends as this one begins (php changes the id at login).
    pub replaces: Option<String>,
}

/// What a token leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the token is for.
    pub purpose: String,
    /// Its life is over, but it is remembered.
    pub expired: bool,
    /// When its session began.
    pub begun_at: Timestamp,
    /// Whose it is; `None` for a visitor who has not logged in.
    pub member: Option<Member>,
}

/// Begins a session within a write that has made sure of the account.
pub(crate) fn begin(
    connection: &mut Connection,
    realm: &Realm,
    account: Option<AccountNumber>,
    new: &NewSession,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    if let Some(replaced) = &new.replaces
        && let Some(old) = find_own(connection, realm, &token_digest(realm.dialect, replaced))?
    {
        sessions::delete_family(connection, &old.family)?;
    }
    if let Some(account) = account {
        make_room(connection, realm, account, new.limit, now)?;
    }
    rows_of(realm, account, new, now).iter().try_for_each(|row| sessions::insert(connection, row))
}

/// As [`begin`] for tokens that were given elsewhere, which may be shown more than once, and by two at once: a session that goes on already
/// stays as it is, and what is left of one that is over gives way.
pub(crate) fn begin_given(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    new: &NewSession,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    for token in &new.tokens {
        let Some(held) = sessions::find(connection, &token_digest(realm.dialect, &token.token))? else { continue };
        if held.expires_at.is_none_or(|end| end > now.millis()) {
            return Ok(());
        }
        sessions::delete_family(connection, &held.family)?;
    }
    begin(connection, realm, Some(account), new, now)
}

/// The rows of a session's tokens.
pub(crate) fn rows_of(
    realm: &Realm,
    account: Option<AccountNumber>,
    new: &NewSession,
    now: Timestamp,
) -> Vec<SessionRow> {
    let family = new.tokens.first().map(|token| token_digest(realm.dialect, &token.token)).unwrap_or_default();
    let row = |token: &NewToken| {
        let expires_at = token.life.map(|life| now.plus(life));
        SessionRow {
            token_digest: token_digest(realm.dialect, &token.token),
            account: account.map(|account| account.0),
            dialect: realm.dialect.to_owned(),
            scope: realm.scope.to_string(),
            purpose: token.purpose.to_owned(),
            family: family.clone(),
            created_at: now.millis(),
            touched_at: now.millis(),
            expires_at: expires_at.map(Timestamp::millis),
            purge_at: expires_at.map(|end| end.plus(token.remembered).millis()),
        }
    };
    new.tokens.iter().map(row).collect()
}

/// The session of a token, if it is one of this mount.
fn find_own(connection: &mut Connection, realm: &Realm, digest: &[u8]) -> diesel::QueryResult<Option<SessionRow>> {
    Ok(sessions::find(connection, digest)?.filter(|session| *session.scope == *realm.scope))
}

/// As [`find_own`] for a write; holds the account, so that what ends its sessions comes before or after.
pub(super) fn hold_own(
    connection: &mut Connection,
    realm: &Realm,
    digest: &[u8],
) -> diesel::QueryResult<Option<SessionRow>> {
    match find_own(connection, realm, digest)?.and_then(|session| session.account) {
        Some(account) if !accounts::hold(connection, AccountNumber(account))? => Ok(None),
        _ => find_own(connection, realm, digest),
    }
}

fn make_room(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    limit: SessionLimit,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    let (live_limit, kept) = match limit {
        SessionLimit::None => return Ok(()),
        SessionLimit::One => (1, 0),
        SessionLimit::Trim { live, kept } => (live, kept),
    };
    let rows = sessions::of_account(connection, account, realm.dialect, &realm.scope)?;
    let mut families: Vec<&Vec<u8>> = Vec::new();
    for row in rows.iter().filter(|row| row.purge_at.is_none_or(|end| end > now.millis())) {
        if !families.contains(&&row.family) {
            families.push(&row.family);
        }
    }
    if families.len() < live_limit {
        return Ok(());
    }
    families.iter().skip(kept).try_for_each(|family| sessions::delete_family(connection, family))
}

impl Accounts {
    /// Begins a session for a visitor who has not logged in.
    pub async fn begin_visit(&self, realm: &Realm, session: NewSession) -> Result<(), AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| Ok(begin(connection, &realm, None, &session, now)?)).await
    }

    /// What a token of this realm leads to, with the account as it is now, locked or not. `None`: unknown, ended, of
    /// another mount, or its account is gone.
    pub async fn resolve_token(
        &self,
        realm: &Realm,
        token: &str,
        facet: &'static str,
    ) -> Result<Option<Session>, AccountError> {
        Ok(self.find_session(realm, token, facet).await?.map(|(session, _)| session))
    }

    /// As [`Accounts::resolve_token`] for a session with an idle clock, which this restarts, at most every 30 seconds.
    pub async fn resolve_idle_token(
        &self,
        realm: &Realm,
        token: &str,
        idle: Duration,
        facet: &'static str,
    ) -> Result<Option<Session>, AccountError> {
        let Some((session, touched_at)) = self.find_session(realm, token, facet).await? else { return Ok(None) };
        if !session.expired {
            self.restart_idle_clock(token_digest(realm.dialect, token), touched_at, idle).await?;
        }
        Ok(Some(session))
    }

    async fn restart_idle_clock(&self, digest: Vec<u8>, touched_at: i64, idle: Duration) -> Result<(), AccountError> {
        let now = self.inner.clock.now();
        if touched_at > now.minus(TOUCH_EVERY.min(idle / TOUCHES_IN_A_LIFE)).millis() {
            return Ok(());
        }
        self.write(move |connection| Ok(sessions::touch(connection, &digest, now, now.plus(idle))?)).await
    }

    /// The session of a token, and when it was last touched.
    async fn find_session(
        &self,
        realm: &Realm,
        token: &str,
        facet: &'static str,
    ) -> Result<Option<(Session, i64)>, AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let digest = token_digest(realm.dialect, token);
        self.read(move |connection| {
            let (row, member) = match members::find_by_session(connection, &realm, &digest, facet)? {
                Some((row, member)) => (row, Some(member)),
                None => match sessions::find(connection, &digest)? {
                    // A visitor's; one of an account that is gone or not shown here is no session.
                    Some(row) if row.account.is_none() => (row, None),
                    _ => return Ok(None),
                },
            };
            if *row.scope != *realm.scope || row.purge_at.is_some_and(|end| end <= now.millis()) {
                return Ok(None);
            }
            // One dated by a clock that has been set back since would live longer than it was given.
            let is_over = |end: i64| end <= now.millis() || row.touched_at > now.latest_present().millis();
            let expired = row.expires_at.is_some_and(is_over);
            let begun_at = Timestamp::from_millis(row.created_at);
            Ok(Some((Session { purpose: row.purpose, expired, begun_at, member }, row.touched_at)))
        })
        .await
    }

    /// Ends the session a token belongs to, with all its tokens; gives whether there was one.
    pub async fn end_session(&self, realm: &Realm, token: &str) -> Result<bool, AccountError> {
        let (realm, digest) = (realm.clone(), token_digest(realm.dialect, token));
        self.write(move |connection| {
            let Some(session) = find_own(connection, &realm, &digest)? else { return Ok(false) };
            sessions::delete_family(connection, &session.family)?;
            Ok(true)
        })
        .await
    }

    /// Ends every session an account has in this realm's mount.
    pub async fn end_own_sessions(&self, realm: &Realm, account: AccountNumber) -> Result<(), AccountError> {
        let realm = realm.clone();
        self.write(move |connection| {
            for session in sessions::of_account(connection, account, realm.dialect, &realm.scope)? {
                sessions::delete(connection, &session.token_digest)?;
            }
            Ok(())
        })
        .await
    }

    /// Adds a fresh token of one purpose to the session of `token` (v1's refresh). The earlier ones live on to their own
    /// end, for two renewals at once must not end each other; the newest `kept` stay, the fresh one among them.
    pub async fn renew_token(
        &self,
        realm: &Realm,
        token: &str,
        fresh: NewToken,
        kept: usize,
    ) -> Result<(), AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let digest = token_digest(realm.dialect, token);
        self.write(move |connection| {
            let Some(session) = hold_own(connection, &realm, &digest)? else {
                return crate::refuse(AccountError::UnknownAccount);
            };
            sessions::keep_newest_in_family(connection, &session.family, fresh.purpose, kept.saturating_sub(1))?;
            let expires_at = fresh.life.map(|life| now.plus(life));
            // Remembered as long as the token that renewed it lives: what is only remembered is no live session (R9).
            let remembered = |end: Timestamp| match session.purge_at {
                Some(own_end) => own_end.max(end.millis()),
                None => end.plus(fresh.remembered).millis(),
            };
            let row = SessionRow {
                token_digest: token_digest(realm.dialect, &fresh.token),
                purpose: fresh.purpose.to_owned(),
                touched_at: now.millis(),
                expires_at: expires_at.map(Timestamp::millis),
                purge_at: expires_at.map(remembered),
                ..session
            };
            Ok(sessions::insert(connection, &row)?)
        })
        .await
    }

    /// Makes every live token of a purpose expired: known, but past its life. For the testing API only.
    pub async fn expire_tokens(&self, purpose: String) -> Result<(), AccountError> {
        let now = self.inner.clock.now();
        self.write(move |connection| Ok(sessions::expire_purpose(connection, &purpose, now)?)).await
    }

    /// The sessions of an account, newest first, as dialect, purpose and begin (operator).
    pub async fn sessions_of(&self, account: AccountNumber) -> Result<Vec<(String, String, Timestamp)>, AccountError> {
        let rows = self.read(move |connection| sessions::all_of_account(connection, account)).await?;
        Ok(rows.into_iter().map(|row| (row.dialect, row.purpose, Timestamp::from_millis(row.created_at))).collect())
    }
}
