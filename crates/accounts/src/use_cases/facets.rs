//! What only one dialect knows of an account. The body is the dialect's own text; the domain never looks inside.

use crate::{
    AccountError, AccountNumber, Accounts,
    account::{BODY_BYTES, is_storable},
    queries::{accounts, facets},
    refuse,
};

impl Accounts {
    /// A facet's body.
    pub async fn facet(&self, account: AccountNumber, name: &'static str) -> Result<Option<String>, AccountError> {
        self.read(move |connection| facets::find(connection, account, name)).await
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
