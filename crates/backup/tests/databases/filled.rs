//! A database with rows of every kind in it.

use dragoman_accounts::TABLES;
use dragoman_store::rows::{Kind, Row, Rows, Table, Value};
use dragoman_store::throwaway::{Throwaway, every_engine};

/// Rows of a table: more than one batch of some.
pub fn rows_of(table: &Table) -> usize {
    if table.name == "accounts" || table.name == "credentials" { 2_500 } else { 60 }
}

/// Rows of all tables.
pub fn all_rows(tables: &[Table]) -> u64 {
    tables.iter().map(rows_of).sum::<usize>() as u64
}

/// An empty database with the account domain's tables, and its rows.
pub async fn empty(database: &Throwaway) -> Rows {
    database.migrated(&TABLES).await.close().await;
    rows(database)
}

pub fn rows(database: &Throwaway) -> Rows {
    Rows::of(&database.config().url, &[&TABLES]).unwrap()
}

/// A database with rows in every table: the values that differ between engines, if they differ at all.
pub async fn filled(database: &Throwaway) -> Rows {
    let rows = empty(database).await;
    let mut writer = rows.writer().await.unwrap();
    writer.begin().await.unwrap();
    for table in rows.tables() {
        writer.empty(table).await.unwrap();
        let made: Vec<Row> = (0..rows_of(table)).map(|number| row(table, number)).collect();
        writer.insert(table, &made).await.unwrap();
        writer.number_on(table).await.unwrap();
    }
    writer.commit().await.unwrap();
    rows
}

fn row(table: &Table, number: usize) -> Row {
    let value = |(place, column): (usize, &dragoman_store::rows::Column)| {
        let is_key = place < table.key;
        if column.nullable && number.is_multiple_of(3) {
            return Value::Null;
        }
        match column.kind {
            Kind::Bool => Value::Integer((number % 2) as i64),
            Kind::SmallInt => Value::Integer((number % 7) as i64 - 3),
            Kind::Integer => Value::Integer(i64::from(i32::MIN) + number as i64),
            Kind::BigInt if is_key => Value::Integer(number as i64 + 1),
            Kind::BigInt => Value::Integer(i64::MAX - number as i64),
            Kind::Text if is_key => {
                Value::Text(format!("{}{number}", if number.is_multiple_of(2) { "ä" } else { "B" }))
            }
            Kind::Text if number == 7 && column.name == "body" => Value::Text("x".repeat(3 << 20)),
            Kind::Text => Value::Text(["", "a", "\u{1F600}\\'\"\n"][number % 3].to_owned()),
            Kind::Bytes if is_key || column.name == "folded_key" => {
                let mut bytes = vec![(number * 37 % 251) as u8; 32];
                bytes[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
                Value::Bytes(bytes)
            }
            Kind::Bytes => Value::Bytes(vec![number as u8; 32]),
        }
    };
    table.columns.iter().enumerate().map(value).collect()
}

/// Every pair of engines, both databases new.
pub fn pairs() -> Vec<(Throwaway, Throwaway)> {
    let count = every_engine().len();
    let mut pairs = Vec::new();
    for _ in 0..count {
        // The froms differ, the tos are each engine once.
        pairs.push(every_engine());
    }
    let froms = every_engine();
    let urls: Vec<String> = froms.iter().map(|from| from.url.split(':').next().unwrap().to_owned()).collect();
    let mut all = Vec::new();
    for (scheme, tos) in urls.iter().zip(pairs) {
        for to in tos {
            let from = every_engine().into_iter().find(|from| from.url.starts_with(scheme.as_str())).unwrap();
            all.push((from, to));
        }
    }
    all
}

/// What two databases differ in.
pub async fn differences(from: &Rows, to: &Rows) -> Vec<String> {
    let mut told = Vec::new();
    let (mut a, mut b) = (from.snapshot().await.unwrap(), to.snapshot().await.unwrap());
    dragoman_backup::compare(from.tables(), &mut a, &mut b, &mut |table, difference| {
        told.push(difference.told(table));
    })
    .await
    .unwrap();
    a.end().await;
    b.end().await;
    told
}
