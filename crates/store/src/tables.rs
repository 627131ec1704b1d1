//! What a room that has tables hands the store.

use diesel::QueryResult;
use diesel_migrations::EmbeddedMigrations;

use super::connection::Connection;
use super::rows::Table;

/// The tables of one room: how they come about, and what the store must be able to do with all of them.
pub struct Tables {
    /// The migrations for SQLite; those of the other engines have the same names. Of all rooms, no two have one version.
    pub sqlite: EmbeddedMigrations,
    /// The migrations for PostgreSQL.
    pub postgres: EmbeddedMigrations,
    /// The migrations for MySQL and MariaDB.
    pub mysql: EmbeddedMigrations,
    /// Fails unless every table has every column that the room's queries name.
    pub check_columns: fn(&mut Connection) -> QueryResult<()>,
    /// Writes something into one of the tables, and takes what a write takes in every other one.
    pub prove_writable: fn(&mut Connection) -> QueryResult<()>,
    /// Deletes every row of every table.
    pub empty: fn(&mut Connection) -> QueryResult<()>,
    /// Every table, for whoever moves rows from database to database.
    pub rows: fn() -> Vec<Table>,
}
