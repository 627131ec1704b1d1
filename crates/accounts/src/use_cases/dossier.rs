//! What an operator sees of accounts: found over all scopes, page by page; and one of them with all that is kept of it.

use dragoman_passwords::AtRest;
use dragoman_store::Connection;

use crate::{
    Account, AccountError, AccountNumber, Accounts, SecondFactor,
    clock::Timestamp,
    identity::IdentityKind,
    queries::{
        accounts, bulk_reads, dossiers,
        identities::{self, IdentityRow},
        second_factors, sessions,
    },
    throttle::keys_of_account,
};

/// A name, address or number that leads to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldIdentity {
    /// Which of them.
    pub kind: IdentityKind,
    /// Where it counts; empty: everywhere.
    pub scope: String,
    /// The text, as stored.
    pub value: String,
    /// Its owner proved it, or an operator said so.
    pub verified: bool,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The account.
    pub account: Account,
    /// All its identities: those that count everywhere first.
    pub identities: Vec<HeldIdentity>,
}

impl Summary {
    /// The name to call it by.
    pub fn name(&self) -> Option<&str> {
        let of = |kind| self.identities.iter().find(move |held| held.kind == kind);
        of(IdentityKind::Username).or_else(|| of(IdentityKind::Email)).map(|held| held.value.as_str())
    }
}

/// One page of a list of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryPage {
    /// By ascending number.
    pub accounts: Vec<Summary>,
    /// The number to go on after; `None`: this was the last page.
    pub next: Option<AccountNumber>,
}

/// A view of a password, and how it rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldView {
    /// The view's name.
    pub view: String,
    /// How it rests; `None`: no version of ours wrote it.
    pub at_rest: Option<AtRest>,
    /// When it was stored.
    pub changed_at: Timestamp,
}

/// A token of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSession {
    /// The dialect it was given out by.
    pub dialect: String,
    /// The mount's scope.
    pub scope: String,
    /// What it is for.
    pub purpose: String,
    /// When its session began.
    pub begun_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// Everything that is kept of an account, but no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The account and its identities.
    pub summary: Summary,
    /// When it last logged in.
    pub last_login_at: Option<Timestamp>,
    /// The views of its password.
    pub views: Vec<HeldView>,
    /// Its tokens, newest first, at most [`SESSIONS`].
    pub sessions: Vec<HeldSession>,
    /// How many tokens it has.
    pub session_count: usize,
    /// Failed attempts, each with the end of its window; the most first.
    pub failures: Vec<(i64, Timestamp)>,
    /// Whether it has a second factor.
    pub second_factor: SecondFactor,
}

/// Tokens that a dossier shows.
pub const SESSIONS: usize = 100;

impl Accounts {
    /// Live accounts after a number, by ascending number.
    pub async fn summaries_after(&self, after: AccountNumber, limit: usize) -> Result<SummaryPage, AccountError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let found = dossiers::after(connection, after, limit)?;
            let next = next_after(found.iter().map(|account| account.number.0), limit);
            Ok(SummaryPage { accounts: summaries(connection, found)?, next })
        })
        .await
    }

    /// All that is kept of a live account.
    pub async fn dossier(&self, number: AccountNumber) -> Result<Option<Dossier>, AccountError> {
        let now = self.inner.clock.now();
        self.read(move |connection| {
            let Some(account) = accounts::find(connection, number)? else { return Ok(None) };
            let (first, last) = keys_of_account(number);
            let failures = dossiers::failures_between(connection, (&first, &last), now)?;
            let sessions = sessions::all_of_account(connection, number)?;
            let factor = second_factors::find(connection, number)?;
            Ok(Some(Dossier {
                summary: summary(connection, account)?,
                last_login_at: dossiers::last_login(connection, number)?.map(Timestamp::from_millis),
                views: dossiers::credentials(connection, number)?.into_iter().map(held_view).collect(),
                session_count: sessions.len(),
                sessions: sessions.into_iter().take(SESSIONS).map(held_session).collect(),
                failures: failures.into_iter().map(|(count, end)| (count, Timestamp::from_millis(end))).collect(),
                second_factor: match factor {
                    Some((_, Some(_))) => SecondFactor::Confirmed,
                    Some((_, None)) | None => SecondFactor::Missing,
                },
            }))
        })
        .await
    }
}

fn next_after(numbers: impl ExactSizeIterator<Item = i64>, limit: i64) -> Option<AccountNumber> {
    let full = i64::try_from(numbers.len()).is_ok_and(|length| length == limit);
    numbers.last().filter(|_| full).map(AccountNumber)
}

/// An account with its identities.
pub(super) fn summary(connection: &mut Connection, account: Account) -> diesel::QueryResult<Summary> {
    let rows = identities::all_of_account(connection, account.number)?;
    Ok(summary_of(account, rows))
}

/// Each of a page's accounts with its identities, in one query.
pub(super) fn summaries(connection: &mut Connection, accounts: Vec<Account>) -> diesel::QueryResult<Vec<Summary>> {
    let numbers: Vec<i64> = accounts.iter().map(|account| account.number.0).collect();
    let mut rows = bulk_reads::identities_of(connection, &numbers)?;
    let with_rows = |account: Account| {
        let rows = rows.remove(&account.number.0).unwrap_or_default();
        summary_of(account, rows)
    };
    Ok(accounts.into_iter().map(with_rows).collect())
}

fn summary_of(account: Account, mut rows: Vec<IdentityRow>) -> Summary {
    rows.sort_by(|left, right| (left.kind, &left.scope, &left.value).cmp(&(right.kind, &right.scope, &right.value)));
    Summary { account, identities: rows.into_iter().map(held_identity).collect() }
}

fn held_identity(row: IdentityRow) -> HeldIdentity {
    let kinds = [IdentityKind::Username, IdentityKind::Email, IdentityKind::ExternalId];
    let kind = kinds.into_iter().find(|kind| kind.to_stored() == row.kind).unwrap_or(IdentityKind::ExternalId);
    HeldIdentity { kind, scope: row.scope, value: row.value, verified: row.verified }
}

fn held_view((view, verifier, changed_at): (String, String, i64)) -> HeldView {
    HeldView { view, at_rest: AtRest::of(&verifier).ok(), changed_at: Timestamp::from_millis(changed_at) }
}

fn held_session(row: sessions::SessionRow) -> HeldSession {
    HeldSession {
        dialect: row.dialect,
        scope: row.scope,
        purpose: row.purpose,
        begun_at: Timestamp::from_millis(row.created_at),
        expires_at: row.expires_at.map(Timestamp::from_millis),
    }
}
