//! What the store is handed.

use diesel_migrations::embed_migrations;
use dragoman_store::Tables;

use crate::schema;

/// The tables of the counters, for [`dragoman_store::Store::open`].
pub static TABLES: Tables = Tables {
    sqlite: embed_migrations!("migrations/sqlite"),
    postgres: embed_migrations!("migrations/postgres"),
    mysql: embed_migrations!("migrations/mysql"),
    check_columns: schema::check_columns,
    // The account domain's proof commits a row; here it is enough that the locks can be had.
    prove_writable: schema::touch_all,
    empty: schema::empty_all,
    rows: schema::described_tables,
};
