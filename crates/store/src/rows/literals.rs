//! Insertions for MySQL with all values in their text.

use std::fmt::Write;

use super::statements::Dialect;
use super::table::Table;
use super::value::{Row, Value};
use crate::Backend;

/// Bytes of one statement at which it is sent; a server takes 16 MiB unless told otherwise.
const STATEMENT_BYTES: usize = 512 * 1024;

/// Statements with all values in them: a server describes each parameter of a prepared one, which costs more than the rows. Texts are
/// written as the hexadecimal digits of their bytes, so that none can end where it should not, whatever the session's settings; but for
/// those of plain characters, which mean the same in every one.
pub(crate) fn literal_inserts(table: &Table, rows: &[Row]) -> impl Iterator<Item = String> {
    let mut rest = rows.iter().peekable();
    std::iter::from_fn(move || {
        rest.peek()?;
        let mut sql = Dialect(Backend::Mysql).insert_head(table);
        let mut separator = "";
        while sql.len() < STATEMENT_BYTES
            && let Some(row) = rest.next()
        {
            sql.push_str(separator);
            separator = ", ";
            push_row(&mut sql, row);
        }
        Some(sql)
    })
}

fn push_row(sql: &mut String, row: &[Value]) {
    for (place, value) in row.iter().enumerate() {
        sql.push(if place == 0 { '(' } else { ',' });
        match value {
            Value::Null => sql.push_str("NULL"),
            // Writing to a String cannot fail.
            Value::Integer(number) => drop(write!(sql, "{number}")),
            Value::Text(text) if text.bytes().all(is_plain) => {
                sql.push('\'');
                sql.push_str(text);
                sql.push('\'');
            }
            Value::Text(text) => {
                sql.push_str("_utf8mb4 ");
                push_digits(sql, text.as_bytes());
            }
            Value::Bytes(bytes) => push_digits(sql, bytes),
        }
    }
    sql.push(')');
}

/// Whether a character between quotes is always itself.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\')
}

fn push_digits(sql: &mut String, bytes: &[u8]) {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    sql.reserve(bytes.len() * 2 + 3);
    sql.push_str("x'");
    for byte in bytes {
        sql.push(digit(byte >> 4));
        sql.push(digit(byte & 0xf));
    }
    sql.push('\'');
}

#[cfg(test)]
mod tests {
    use super::super::table::{Column, Kind};
    use super::*;

    #[test]
    fn a_text_is_plain_or_nothing_but_digits() {
        let column = |name, kind| Column { name, kind, nullable: true };
        let columns = vec![column("id", Kind::BigInt), column("name", Kind::Text), column("key", Kind::Bytes)];
        let table = Table { name: "t", columns, key: 1, numbered: false, seeded: false };
        let rows: Vec<Row> = vec![
            vec![Value::Integer(-1), Value::Text("\\' é".to_owned()), Value::Bytes(vec![0, 255])],
            vec![Value::Integer(2), Value::Text("a \"b\" %s -- ?".to_owned()), Value::Null],
            vec![Value::Integer(3), Value::Text("it's".to_owned()), Value::Null],
            vec![Value::Integer(4), Value::Text("a\nb".to_owned()), Value::Null],
        ];
        let statements: Vec<String> = literal_inserts(&table, &rows).collect();
        let expected = "INSERT INTO `t` (`id`, `name`, `key`) VALUES (-1,_utf8mb4 x'5c2720c3a9',x'00ff'), \
            (2,'a \"b\" %s -- ?',NULL), (3,_utf8mb4 x'69742773',NULL), (4,_utf8mb4 x'610a62',NULL)";
        assert_eq!(statements, [expected]);
        let long: Row = vec![Value::Integer(3), Value::Text("a".repeat(STATEMENT_BYTES)), Value::Null];
        assert_eq!(literal_inserts(&table, &[long.clone(), long]).count(), 2, "a statement is bounded");
        assert_eq!(literal_inserts(&table, &[]).count(), 0);
    }
}
