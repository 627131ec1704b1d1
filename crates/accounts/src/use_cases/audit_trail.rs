//! The audit as an operator reads it, and what he did himself.

use crate::{
    AccountError, AccountNumber, Accounts, Origin,
    chain::StoredRecord,
    clock::Timestamp,
    queries::audit_records::{self, Act, AuditFilter},
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
    /// Records that something was done that concerns no single account; `detail` holds no secret.
    pub async fn record_act(
        &self,
        action: &'static str,
        origin: Origin,
        detail: Option<&str>,
    ) -> Result<(), AccountError> {
        let act = self.act(action, origin, detail);
        self.write(move |connection| Ok(audit_records::append_act(connection, &act)?)).await
    }

    /// The same, unless the newest act of the kind said the same.
    pub async fn record_change(&self, action: &'static str, origin: Origin, detail: &str) -> Result<(), AccountError> {
        let newest = self.read(move |connection| audit_records::newest_detail(connection, action)).await?;
        if newest.as_deref() == Some(detail) { Ok(()) } else { self.record_act(action, origin, Some(detail)).await }
    }

    /// What an operator does now, to be recorded in the write that does it.
    pub(crate) fn act(&self, action: &'static str, origin: Origin, detail: Option<&str>) -> Act {
        let short = |text: &str, most: usize| text.chars().filter(|c| *c != '\0').take(most).collect::<String>();
        Act {
            at: self.inner.clock.now(),
            action,
            network: origin.network.map(|network| short(&network, NETWORK)),
            detail: detail.map(|detail| short(detail, DETAIL)),
        }
    }

    /// The newest records first, at most `limit` and a thousand; before a number, to go on from a page.
    pub async fn newest_audit(
        &self,
        filter: AuditFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<TrailRecord>, AccountError> {
        let (before, limit) = (before.unwrap_or(i64::MAX), limit.clamp(0, PAGE));
        let page = self.read(move |connection| audit_records::page(connection, &filter, before, true, limit)).await?;
        Ok(page.into_iter().map(TrailRecord::from).collect())
    }

    /// The records after an id, oldest first: a page of them, none at the end.
    pub async fn audit_page(&self, filter: AuditFilter, after: i64) -> Result<Vec<TrailRecord>, AccountError> {
        let page = self.read(move |connection| audit_records::page(connection, &filter, after, false, PAGE)).await?;
        Ok(page.into_iter().map(TrailRecord::from).collect())
    }
}
