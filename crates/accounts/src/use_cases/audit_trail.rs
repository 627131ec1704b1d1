//! The audit as an operator reads it, and what he did himself.

use crate::{
    AccountError, AccountNumber, Accounts,
    chain::StoredRecord,
    clock::Timestamp,
    queries::audit_records::{self, AuditFilter},
};

/// Records of one page.
const PAGE: i64 = 1_000;
/// Characters of a detail that are kept.
const DETAIL: usize = 250;
const NETWORK: usize = 64;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailRecord {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// To which account.
    pub account: Option<AccountNumber>,
    /// By which account; `None`: by a visitor or the operator.
    pub actor: Option<AccountNumber>,
    /// What.
    pub action: String,
    /// Through which dialect, or `operator`.
    pub dialect: String,
    /// From where.
    pub network: Option<String>,
    /// What else is known of it; never a secret.
    pub detail: Option<String>,
}

impl From<StoredRecord> for TrailRecord {
    fn from(record: StoredRecord) -> Self {
        Self {
            id: record.id,
            at: Timestamp::from_millis(record.at),
            account: record.account.map(AccountNumber),
            actor: record.actor.map(AccountNumber),
            action: record.action,
            dialect: record.dialect,
            network: record.network,
            detail: record.detail,
        }
    }
}

impl Accounts {
    /// Records that something was done that concerns no single account. `from`: from where; `detail` holds no secret.
    pub async fn record_act(&self, action: &'static str, from: &str, detail: Option<&str>) -> Result<(), AccountError> {
        let short = |text: &str, most: usize| text.chars().filter(|c| *c != '\0').take(most).collect::<String>();
        let (from, detail) = (short(from, NETWORK), detail.map(|detail| short(detail, DETAIL)));
        let now = self.inner.clock.now();
        self.write(move |connection| Ok(audit_records::append_act(connection, now, action, &from, detail.as_deref())?))
            .await
    }

    /// The same, unless the newest act of the kind said the same.
    pub async fn record_change(&self, action: &'static str, from: &str, detail: &str) -> Result<(), AccountError> {
        let newest = self.read(move |connection| audit_records::newest_detail(connection, action)).await?;
        if newest.as_deref() == Some(detail) { Ok(()) } else { self.record_act(action, from, Some(detail)).await }
    }

    /// The newest records first, at most `limit` and a thousand.
    pub async fn newest_audit(&self, filter: AuditFilter, limit: i64) -> Result<Vec<TrailRecord>, AccountError> {
        let limit = limit.clamp(0, PAGE);
        let page = self.read(move |connection| audit_records::page(connection, &filter, i64::MAX, true, limit)).await?;
        Ok(page.into_iter().map(TrailRecord::from).collect())
    }

    /// The records after an id, oldest first: a page of them, none at the end.
    pub async fn audit_page(&self, filter: AuditFilter, after: i64) -> Result<Vec<TrailRecord>, AccountError> {
        let page = self.read(move |connection| audit_records::page(connection, &filter, after, false, PAGE)).await?;
        Ok(page.into_iter().map(TrailRecord::from).collect())
    }
}
