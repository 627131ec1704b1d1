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

/// `every_table!(a, b)` makes what a room does with all of its tables, listed in the order of a write: `described_tables`, `empty_all`,
/// `touch_all` and `check_columns`. The room names `diesel`, and each table by the module that `diesel::table!` makes.
#[macro_export]
macro_rules! every_table {
    ($($table:ident),* $(,)?) => {
        /// Every table, as those who move rows want it described.
        pub(crate) fn described_tables() -> Vec<$crate::rows::Table> {
            vec![$( $crate::rows::Table::of::<$table::table>(stringify!($table)) ),*]
        }

        /// Deletes every row of every table.
        pub(crate) fn empty_all(connection: &mut $crate::Connection) -> diesel::QueryResult<()> {
            use diesel::RunQueryDsl;
            $( $crate::on!(connection, c => diesel::delete($table::table).execute(c))?; )*
            Ok(())
        }

        /// Takes the lock of a write on every table, and changes nothing.
        pub(crate) fn touch_all(connection: &mut $crate::Connection) -> diesel::QueryResult<()> {
            use diesel::{QueryDsl, RunQueryDsl, dsl::sql, sql_types::Bool};
            $( $crate::on!(connection, c => diesel::delete($table::table.filter(sql::<Bool>("1 = 0"))).execute(c))?; )*
            Ok(())
        }

        /// Fails unless every table has every column that the queries name.
        pub(crate) fn check_columns(connection: &mut $crate::Connection) -> diesel::QueryResult<()> {
            use diesel::{QueryDsl, RunQueryDsl};
            $( $crate::on!(connection, c => $table::table.limit(0).execute(c))?; )*
            Ok(())
        }
    };
}
