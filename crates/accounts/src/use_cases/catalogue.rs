//! Rows an old server published beside its accounts, such as proxy's address list: read in pages, replaced as a whole.

use crate::{
    AccountError, Accounts, Realm,
    account::{BODY_BYTES, is_storable},
    queries::catalogue,
};

/// Rows a page holds at most.
const PAGE: i64 = 1_000;
/// Marks rows that are being imported; no configured scope holds this character.
const STAGED: &str = "\u{1}staged";

/// One page of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CataloguePage {
    /// The rows' texts, by ascending number.
    pub rows: Vec<String>,
    /// The number to go on after; `None`: this was the last page.
    pub next: Option<i64>,
}

impl Accounts {
    /// At most a thousand rows after a number, by ascending number.
    pub async fn catalogue_page(&self, realm: &Realm, after: i64) -> Result<CataloguePage, AccountError> {
        let scope = realm.scope.to_string();
        let rows = self.read(move |connection| catalogue::page(connection, &scope, after, PAGE)).await?;
        let full = i64::try_from(rows.len()).is_ok_and(|length| length == PAGE);
        let next = rows.last().map(|(number, _)| *number).filter(|_| full);
        Ok(CataloguePage { rows: rows.into_iter().map(|(_, body)| body).collect(), next })
    }

    /// How many rows there are.
    pub async fn catalogue_count(&self, realm: &Realm) -> Result<i64, AccountError> {
        let scope = realm.scope.to_string();
        self.read(move |connection| catalogue::count(connection, &scope)).await
    }

    /// Begins an import: what an interrupted one left is dropped. The rows in use stay in use until it is finished.
    pub async fn begin_catalogue_import(&self, realm: &Realm) -> Result<(), AccountError> {
        let staged = staged(realm);
        self.write(move |connection| {
            catalogue::clear(connection, &staged)?;
            Ok(())
        })
        .await
    }

    /// Adds rows to an import. The numbers must be new to it. Errors: `NotStorable`.
    pub async fn stage_catalogue(&self, realm: &Realm, rows: Vec<(i64, String)>) -> Result<(), AccountError> {
        if !rows.iter().all(|(_, body)| is_storable(body, BODY_BYTES)) {
            return Err(AccountError::NotStorable);
        }
        let staged = staged(realm);
        self.write(move |connection| Ok(catalogue::insert(connection, &staged, &rows)?)).await
    }

    /// Puts the imported rows in the place of the old ones, all at once; gives how many there are now.
    pub async fn finish_catalogue_import(&self, realm: &Realm) -> Result<usize, AccountError> {
        let (staged, scope) = (staged(realm), realm.scope.to_string());
        self.write(move |connection| {
            catalogue::clear(connection, &scope)?;
            Ok(catalogue::rename_scope(connection, &staged, &scope)?)
        })
        .await
    }

    /// Removes all rows; gives how many there were.
    pub async fn clear_catalogue(&self, realm: &Realm) -> Result<usize, AccountError> {
        let scope = realm.scope.to_string();
        self.write(move |connection| Ok(catalogue::clear(connection, &scope)?)).await
    }
}

pub(super) fn staged(realm: &Realm) -> String {
    format!("{}{STAGED}", realm.scope)
}
