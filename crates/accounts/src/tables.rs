//! What the store is handed: how the tables come about on each engine, and how they are looked over and emptied.

use diesel_migrations::embed_migrations;
use dragoman_store::Tables;

use crate::schema;

/// The tables of the account domain, for [`dragoman_store::Store::open`].
pub static TABLES: Tables = Tables {
    sqlite: embed_migrations!("migrations/sqlite"),
    postgres: embed_migrations!("migrations/postgres"),
    mysql: embed_migrations!("migrations/mysql"),
    check_columns: schema::check_columns,
    empty: schema::empty_all,
};
