//! Two small tables, as a room of its own would hand them over.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use diesel_migrations::embed_migrations;

use crate::rows::Table;
use crate::{Tables, on};

diesel::table! {
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    labels (number) {
        number -> BigInt,
        label -> Text,
    }
}

pub(super) static TABLES: Tables = Tables {
    sqlite: embed_migrations!("src/tests/migrations/sqlite"),
    postgres: embed_migrations!("src/tests/migrations/postgres"),
    mysql: embed_migrations!("src/tests/migrations/mysql"),
    check_columns: |connection| {
        on!(&mut *connection, c => counters::table.limit(0).execute(c))?;
        on!(connection, c => labels::table.limit(0).execute(c)).map(drop)
    },
    prove_writable: |connection| {
        use self::counters::{name, value};
        let moved = on!(&mut *connection, c => diesel::update(counters::table.find("probe"))
            .set(value.eq(value + 1))
            .execute(c))?;
        if moved == 0 {
            let probe = (name.eq("probe"), value.eq(0));
            on!(connection, c => diesel::insert_into(counters::table).values(probe).execute(c))?;
        }
        Ok(())
    },
    empty: |connection| {
        on!(&mut *connection, c => diesel::delete(counters::table).execute(c))?;
        on!(connection, c => diesel::delete(labels::table).execute(c)).map(drop)
    },
    rows: || vec![Table::of::<counters::table>("counters").seeded(), Table::of::<labels::table>("labels")],
};
