//! A database that has been copied elsewhere takes no more writes: what was written now would be left behind.
//!
//! The engine itself refuses them, by triggers: that costs a serving database nothing, binds every replica at once, and lasts. The
//! store tells the refusal by how its text begins ([`CLOSED`]) and answers "unavailable"; reading goes on.

use super::closed::CLOSED;
use super::error::RowsError;
use super::link::Link;
use super::table::Table;

const EVENTS: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];

/// Closes all tables. On return no write is under way, and none can begin.
pub(super) async fn close(link: &mut Link, tables: &[Table]) -> Result<(), RowsError> {
    reopen(link, tables).await?;
    let each = |make: &dyn Fn(&str, &str) -> String| -> String {
        tables.iter().flat_map(|table| EVENTS.map(|event| make(table.name, event))).collect()
    };
    match link {
        // One transaction: nobody writes before or after half of it.
        Link::Sqlite(_) => {
            let triggers = each(&|table, event| {
                format!(
                    "CREATE TRIGGER dragoman_closed_{table}_{event} BEFORE {event} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END;"
                )
            });
            link.execute([&format!("BEGIN IMMEDIATE; {triggers} COMMIT"), "", ""]).await
        }
        Link::Postgres(_) => {
            let trigger = |table: &Table| {
                format!(
                    "CREATE TRIGGER dragoman_closed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {} \
                     FOR EACH STATEMENT EXECUTE FUNCTION dragoman_closed();",
                    table.name
                )
            };
            let triggers: String = tables.iter().map(trigger).collect();
            let sql = format!(
                "BEGIN; CREATE FUNCTION dragoman_closed() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{CLOSED}'; END $$; {triggers} COMMIT"
            );
            link.execute(["", &sql, ""]).await
        }
        // Each by itself, because each is committed by itself: a transaction that meets the first of them is rolled back.
        Link::Mysql(_) => {
            for (table, event) in tables.iter().flat_map(|table| EVENTS.map(|event| (table.name, event))) {
                let sql = format!(
                    "CREATE TRIGGER dragoman_closed_{table}_{event} BEFORE {event} ON {table} \
                     FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{CLOSED}'"
                );
                link.execute(["", "", &sql]).await?;
            }
            Ok(())
        }
    }
}

/// Opens all tables again.
pub(super) async fn reopen(link: &mut Link, tables: &[Table]) -> Result<(), RowsError> {
    let triggers =
        |table: &Table| EVENTS.map(|event| format!("DROP TRIGGER IF EXISTS dragoman_closed_{}_{event}", table.name));
    let triggers: Vec<String> = tables.iter().flat_map(triggers).collect();
    match link {
        Link::Sqlite(_) => {
            let sql = format!("BEGIN IMMEDIATE; {}; COMMIT", triggers.join("; "));
            link.execute([&sql, "", ""]).await
        }
        Link::Postgres(_) => link.execute(["", "DROP FUNCTION IF EXISTS dragoman_closed() CASCADE", ""]).await,
        Link::Mysql(_) => {
            for trigger in &triggers {
                link.execute(["", "", trigger]).await?;
            }
            Ok(())
        }
    }
}
