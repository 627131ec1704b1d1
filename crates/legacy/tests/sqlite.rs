//! SQLite files: read whole, never changed, and a damaged one is an error.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dragoman_legacy::{Kind, Raw, ReadOptions, Source};
use std::ops::ControlFlow;

fn open(path: &str) -> Source {
    Source::open(path, &ReadOptions::default()).unwrap()
}

#[test]
fn texts_in_blob_columns_are_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE \"a \"\"b\" (id INTEGER PRIMARY KEY, salt BLOB, n TEXT, low TEXT AS (lower(n)), m DECIMAL);
             INSERT INTO \"a \"\"b\" VALUES (1, 'ab', 'x', 0.5), (2, x'00ff', NULL, NULL), (3, NULL, x'41', '1');",
        )
        .unwrap();
    let mut source = open(path.to_str().unwrap());
    let tables = source.tables().unwrap();
    let columns: Vec<_> = tables[0].columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
    assert_eq!(tables[0].name.as_deref(), Some("a \"b"));
    assert_eq!(columns, [("id", Kind::Integer), ("salt", Kind::Binary), ("n", Kind::Text), ("m", Kind::Decimal)]);
    let mut seen = Vec::new();
    source
        .read(&["A \"B"], &mut |row| {
            let salt = row.value("salt").unwrap().bytes().unwrap().map(<[u8]>::to_vec);
            seen.push((
                row.value("id").unwrap().integer().unwrap(),
                salt,
                row.value("N").unwrap().text().unwrap().map(String::from),
            ));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(
        seen,
        [
            (Some(1), Some(b"ab".to_vec()), Some("x".into())),
            (Some(2), Some(vec![0, 255]), None),
            (Some(3), None, Some("A".into()))
        ]
    );
    assert_eq!(source.warnings().len(), 1, "{:?}", source.warnings());
}

#[test]
fn a_cut_file_is_an_error_and_a_break_ends_the_reading() {
    let whole = std::fs::read("tests/data/v1/mysql-to-sqlite3.sqlite3").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let path = path.to_str().unwrap();
    let result = Source::open(path, &ReadOptions::default())
        .and_then(|mut source| source.read(&[], &mut |_| ControlFlow::Continue(())));
    assert!(result.unwrap_err().to_string().contains("malformed"));

    let mut rows = 0;
    open("tests/data/v1/mysql-to-sqlite3.sqlite3")
        .read(&["user"], &mut |row| {
            rows += 1;
            assert!(matches!(row.value("id").unwrap().raw(), Raw::Number(_)));
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(rows, 1);
}
