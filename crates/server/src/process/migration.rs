//! `dragoman migrate-database`: the schema without a server.

use dragoman_accounts::Origin;

use super::{StartError, StartOptions, store};
use crate::config::Settings;

/// Brings the schema up to date on somebody's word; gives the names of the migrations it ran.
pub async fn migrate_database(settings: &Settings, origin: Origin) -> Result<Vec<String>, StartError> {
    let domain = store::connect(&settings.database, &settings.passwords, &StartOptions::default())?;
    let applied = store::bring_up_to_date(&domain.accounts, origin).await;
    domain.accounts.close().await;
    applied
}
