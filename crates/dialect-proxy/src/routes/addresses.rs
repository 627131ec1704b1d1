//! Section 5: the addresses of the pool.

use std::sync::Arc;

use actix_web::{HttpResponse, web::Data};
use dragoman_accounts::AccountError;

use crate::{
    Mount,
    address::ListedAddress,
    auth::Caller,
    error::Refusal,
    routes::list::{RowPage, list},
};

/// GET /iplist
pub async fn addresses(mount: Data<Mount>, _caller: Caller) -> Result<HttpResponse, Refusal> {
    let held = Arc::clone(&mount);
    list(&mount, move |after: Option<i64>| {
        let mount = Arc::clone(&held);
        async move {
            let page = mount.accounts.catalogue_page(&mount.realm, after.unwrap_or(0)).await?;
            let rows = page.rows.iter().map(|body| ListedAddress::decode(body)).collect::<Result<_, _>>();
            let rows = rows.map_err(|error| {
                tracing::error!(%error, "an address does not read");
                AccountError::Internal
            })?;
            Ok(RowPage { rows, next: page.next })
        }
    })
    .await
}
