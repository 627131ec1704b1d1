//! The tables as the queries see them. Every instant is a count of milliseconds, every day one of days since the Unix epoch.

use diesel::{QueryDsl, QueryResult, RunQueryDsl, dsl::sql, sql_types::Bool};
use dragoman_store::{Connection, on, rows::Table};

diesel::table! {
    usage_callers (caller_key) {
        caller_key -> Binary,
        mount -> Text,
        route -> Text,
        client -> Text,
        account -> Nullable<BigInt>,
        requests -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

diesel::table! {
    usage_days (caller_key, day) {
        caller_key -> Binary,
        day -> BigInt,
        requests -> BigInt,
    }
}

diesel::table! {
    usage_totals (number) {
        number -> BigInt,
        batches -> BigInt,
        callers -> BigInt,
        days -> BigInt,
        clients -> BigInt,
        began_at -> BigInt,
    }
}

diesel::table! {
    shadow_verdicts (verdict_key) {
        verdict_key -> Binary,
        mount -> Text,
        route -> Text,
        verdict -> Text,
        requests -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

diesel::table! {
    shadow_samples (sample_key) {
        sample_key -> Binary,
        mount -> Text,
        route -> Text,
        place -> Text,
        old -> Text,
        ours -> Text,
        requests -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

/// Calls `$each!(table)` for every table.
macro_rules! for_every_table {
    ($each:ident) => {
        $each!(usage_callers, usage_days, usage_totals, shadow_verdicts, shadow_samples)
    };
}

/// Every table, as those who move rows want it described.
pub(crate) fn described_tables() -> Vec<Table> {
    macro_rules! describe {
        ($($table:ident),*) => {
            vec![$( Table::of::<$table::table>(stringify!($table)) ),*]
        };
    }
    for_every_table!(describe)
}

/// Deletes every row of every table.
pub(crate) fn empty_all(connection: &mut Connection) -> QueryResult<()> {
    macro_rules! empty {
        ($($table:ident),*) => {
            $( on!(connection, c => diesel::delete($table::table).execute(c))?; )*
        };
    }
    for_every_table!(empty);
    Ok(())
}

/// Takes the lock of a write on every table, and changes nothing.
pub(crate) fn touch_all(connection: &mut Connection) -> QueryResult<()> {
    macro_rules! touch {
        ($($table:ident),*) => {
            $( on!(connection, c => diesel::delete($table::table.filter(sql::<Bool>("1 = 0"))).execute(c))?; )*
        };
    }
    for_every_table!(touch);
    Ok(())
}

/// Fails unless every table has every column that the queries name.
pub(crate) fn check_columns(connection: &mut Connection) -> QueryResult<()> {
    macro_rules! check {
        ($($table:ident),*) => {
            $( on!(connection, c => $table::table.limit(0).execute(c))?; )*
        };
    }
    for_every_table!(check);
    Ok(())
}
