//! The mark of a database that rows are still being copied into: no server begins to work on it.
//!
//! It is a table of its own, because it must be seen before the schema is known, and because it is there before any row is.

use super::error::RowsError;
use super::link::Link;

const TABLE: &str = "dragoman_unfinished";
/// Gives a row if the mark is there.
pub(crate) const LOOK: [&str; 3] = [
    "SELECT name AS name FROM sqlite_schema WHERE name = 'dragoman_unfinished'",
    "SELECT table_name::text AS name FROM information_schema.tables \
     WHERE table_schema = current_schema() AND table_name = 'dragoman_unfinished'",
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dragoman_unfinished'",
];

/// What a marked database is being filled from.
pub(super) async fn source(link: &mut Link) -> Result<Option<String>, RowsError> {
    if !link.has_row(LOOK).await? {
        return Ok(None);
    }
    // Without a row: the process ended between making the table and telling.
    Ok(Some(link.first_text(&format!("SELECT source FROM {TABLE}")).await?.unwrap_or_default()))
}

/// Marks a database; a mark that is there stays.
pub(super) async fn mark(link: &mut Link, source: &str) -> Result<(), RowsError> {
    let table = format!("CREATE TABLE IF NOT EXISTS {TABLE} (source VARCHAR(255) NOT NULL PRIMARY KEY)");
    link.execute([&table; 3]).await?;
    if link.first_text(&format!("SELECT source FROM {TABLE}")).await?.is_some() {
        return Ok(());
    }
    let text: String = source.chars().filter(|character| !matches!(character, '\'' | '\\')).take(255).collect();
    let row = format!("INSERT INTO {TABLE} (source) VALUES ('{text}')");
    link.execute([&row; 3]).await
}

/// Takes the mark away: the copy is whole.
pub(super) async fn unmark(link: &mut Link) -> Result<(), RowsError> {
    link.execute([&format!("DROP TABLE IF EXISTS {TABLE}"); 3]).await
}
