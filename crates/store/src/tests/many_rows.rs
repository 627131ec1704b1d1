//! Many rows at once arrive as they are, on every engine.

use std::convert::Infallible;

use diesel::prelude::*;

use super::schema::{TABLES, labels};
use crate::rows::{Row, Table};
use crate::throwaway::every_engine;
use crate::{Aborted, StoreFailure, insert_rows, on};

/// More than one statement of them on SQLite, and a rest.
const ROWS: i64 = 100;

fn label(number: i64) -> String {
    let texts = ["", "it's", "\"; DROP TABLE labels; --", "back\\slash\\", "%_?$1", "é🌸中", "\r\n\t\u{1}", "x''y"];
    let text = usize::try_from(number).ok().and_then(|number| texts.get(number % texts.len()));
    format!("{number}{}", text.unwrap())
}

fn row(number: i64, label: &str) -> Row {
    vec![number.into(), label.into()]
}

#[tokio::test]
async fn texts_of_every_kind_arrive_unchanged() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        let table = Table::of::<labels::table>("labels");
        let inserted = store
            .write(move |connection| {
                let rows: Vec<Row> = (0..ROWS).map(|number| row(number, &label(number))).collect();
                Ok::<_, Aborted<Infallible>>(insert_rows(connection, &table, &rows)?)
            })
            .await;
        assert_eq!(inserted, Ok(()), "{}", database.url);
        let held: Vec<(i64, String)> =
            store.read(|connection| on!(connection, c => labels::table.order(labels::number).load(c))).await.unwrap();
        let expected: Vec<_> = (0..ROWS).map(|number| (number, label(number))).collect();
        assert_eq!(held, expected, "{}", database.url);
    }
}

#[tokio::test]
async fn a_key_that_is_taken_is_told_and_what_does_not_fit_is_refused() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        for (rows, failure) in [
            (vec![row(1, "a"), row(2, "a")], StoreFailure::UniqueViolation),
            (vec![row(1, "a"), row(2, "a zero \0 byte")], StoreFailure::Internal),
            (vec![row(1, "a"), vec![2_i64.into()]], StoreFailure::Internal),
            (vec![row(1, "a"), vec!["2".into(), "b".into()]], StoreFailure::Internal),
        ] {
            let table = Table::of::<labels::table>("labels");
            let told = store
                .write(move |connection| Ok::<_, Aborted<Infallible>>(insert_rows(connection, &table, &rows)?))
                .await;
            assert_eq!(told, Err(failure), "{}", database.url);
        }
        let left: i64 =
            store.read(|connection| on!(connection, c => labels::table.count().get_result(c))).await.unwrap();
        assert_eq!(left, 0, "{}", database.url);
    }
}
