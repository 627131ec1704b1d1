//! `dragoman migrate-database`: the schema without a server.

use super::{StartError, StartOptions, store};
use crate::config::Settings;

/// Brings the schema up to date; gives the names of the migrations it ran.
pub async fn migrate_database(settings: &Settings) -> Result<Vec<String>, StartError> {
    let domain = store::connect(&settings.database, &settings.passwords, &StartOptions::default())?;
    let applied = domain.accounts.migrate().await.map_err(|error| StartError::Database(error.to_string()));
    domain.accounts.close().await;
    applied
}
