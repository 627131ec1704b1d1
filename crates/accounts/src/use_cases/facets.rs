//! What only one dialect knows of an account. The body is the dialect's own text; the domain never looks inside.

use crate::{
    AccountError, AccountNumber, Accounts,
    account::{BODY_BYTES, is_storable},
    queries::{accounts, facets},
    refuse,
};

/// Facets of a page.
const PAGE: i64 = 1_000;

impl Accounts {
    /// A facet's body.
    pub async fn facet(&self, account: AccountNumber, name: &'static str) -> Result<Option<String>, AccountError> {
        self.read(move |connection| facets::find(connection, account, name)).await
    }

    /// The facets of one name, page by page: their bodies, and the account to go on after while there may be more.
    pub async fn facet_page(
        &self,
        name: &'static str,
        after: AccountNumber,
    ) -> Result<(Vec<String>, Option<AccountNumber>), AccountError> {
        let page = self.read(move |connection| facets::page(connection, name, after, PAGE)).await?;
        let is_full = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
        let next = page.last().filter(|_| is_full).map(|(account, _)| AccountNumber(*account));
        Ok((page.into_iter().map(|(_, body)| body).collect(), next))
    }

    /// Makes a facet that is made at the first need; of two at once both get the same body (one-domain.md E8).
    pub async fn facet_or_insert(
        &self,
        account: AccountNumber,
        name: &'static str,
        body: String,
    ) -> Result<String, AccountError> {
        check_storable(&body)?;
        self.write(move |connection| {
            if !accounts::hold(connection, account)? {
                return refuse(AccountError::UnknownAccount);
            }
            if let Some(present) = facets::find(connection, account, name)? {
                return Ok(present);
            }
            facets::put(connection, account, name, &body)?;
            Ok(body.clone())
        })
        .await
    }
}

/// Whether a facet's body can be stored; checked before each write of one.
pub(crate) fn check_storable(body: &str) -> Result<(), AccountError> {
    if is_storable(body, BODY_BYTES) { Ok(()) } else { Err(AccountError::NotStorable) }
}
