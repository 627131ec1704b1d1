//! What the store is handed: how the tables come about on each engine, and how they are looked over and emptied.

use diesel::QueryResult;
use diesel_migrations::embed_migrations;
use dragoman_store::{Connection, Tables};

use crate::{queries::counters, schema};

/// The tables of the account domain, for [`dragoman_store::Store::open`].
pub static TABLES: Tables = Tables {
    sqlite: embed_migrations!("migrations/sqlite"),
    postgres: embed_migrations!("migrations/postgres"),
    mysql: embed_migrations!("migrations/mysql"),
    check_columns: schema::check_columns,
    prove_writable,
    empty: schema::empty_all,
    rows: schema::portable_tables,
};

/// A row that really changes: an update that changes nothing is written nowhere.
fn prove_writable(connection: &mut Connection) -> QueryResult<()> {
    schema::touch_all(connection)?;
    counters::add(connection, counters::PROOFS, 1).map(drop)
}
