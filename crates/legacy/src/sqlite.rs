//! SQLite database files. A journal or write-ahead log beside the file is honoured; the file is never changed.

use crate::reader::{Context, Each, Reader, Wanted};
use crate::values::{Form, Values};
use crate::{Charset, Column, Kind, LARGEST_ROW, LegacyError, Place, Position, Row, Table, Warning};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::ops::ControlFlow;
use std::path::Path;

/// The first bytes of every SQLite file.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// `hidden` of a generated column whose values are in the file. Those of a virtual one (2) would have to be computed: they are left out.
const STORED: i64 = 3;

/// An open SQLite file.
pub(crate) struct SqliteFile {
    connection: Connection,
    file: String,
}

impl SqliteFile {
    pub fn open(path: &Path) -> Result<SqliteFile, LegacyError> {
        let file = path.display().to_string();
        let failed = |error| damaged(&file, None, &error);
        let connection = read_only(path).map_err(failed)?;
        let limit = i32::try_from(LARGEST_ROW).unwrap_or(i32::MAX);
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, limit).map_err(failed)?;
        // A schema is a program: what a hostile file declares may neither call functions nor attach anything.
        connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;").map_err(failed)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0).map_err(failed)?;
        Ok(SqliteFile { connection, file })
    }

    fn names(&self) -> Result<Vec<String>, LegacyError> {
        let failed = |error| damaged(&self.file, None, &error);
        // Views are left out: they are programs. WITHOUT ROWID and virtual tables are listed as tables; the latter are not read.
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                   AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(failed)?;
        names.collect::<Result<_, _>>().map_err(failed)
    }

    fn table(&self, name: &str) -> Result<Table, LegacyError> {
        let failed = |error| damaged(&self.file, Some(name), &error);
        let mut statement = self
            .connection
            .prepare("SELECT name, type, \"notnull\", hidden FROM pragma_table_xinfo(?1)")
            .map_err(failed)?;
        let columns = statement
            .query_map([name], |row| {
                let (declared, not_null): (String, bool) = (row.get(1)?, row.get(2)?);
                let hidden: i64 = row.get(3)?;
                let column = Column {
                    kind: kind(&declared),
                    declared,
                    charset: Charset::utf8(),
                    nullable: Some(!not_null),
                    generated: hidden == STORED,
                    ..Column::named(&row.get::<_, String>(0)?)
                };
                Ok((column, hidden))
            })
            .map_err(failed)?
            .filter(|column| !matches!(column, Ok((_, hidden)) if *hidden != 0 && *hidden != STORED))
            .map(|column| column.map(|(column, _)| column))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        Ok(Table { name: Some(name.to_owned()), columns, columns_named: true, ..Table::nameless() })
    }

    fn read_table(
        &self,
        table: &Table,
        values: &mut Values,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let failed = |row: u64, error: &rusqlite::Error| match damaged(&self.file, table.name.as_deref(), error) {
            LegacyError::Malformed { mut place, what } => {
                place.row = Some(row);
                LegacyError::Malformed { place, what }
            }
            other => other,
        };
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
        let sql = format!("SELECT {} FROM {}", columns.join(", "), quoted(table.label()));
        let mut statement = self.connection.prepare(&sql).map_err(|error| failed(0, &error))?;
        let mut rows = statement.query([]).map_err(|error| failed(0, &error))?;
        let mut number = 0;
        while let Some(row) = rows.next().map_err(|error| failed(number + 1, &error))? {
            number += 1;
            context.progress.advance(1);
            values.clear();
            for (index, column) in table.columns.iter().enumerate() {
                let value = row.get_ref(index).map_err(|error| failed(number, &error))?;
                if matches!((value, column.kind), (ValueRef::Real(_), Kind::Decimal | Kind::Integer)) {
                    context.warn(Warning::DigitsLost { table: table.label().to_owned(), column: column.name.clone() });
                }
                push(values, value, column.kind).map_err(|_| too_large(&self.file, table, number))?;
            }
            if each(Row::new(table, values, Position { offset: 0, row: number })).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Reader for SqliteFile {
    fn writer(&self) -> &'static str {
        "SQLite file"
    }

    fn tables(&mut self, _: &mut Context) -> Result<Vec<Table>, LegacyError> {
        self.names()?.iter().map(|name| self.table(name)).collect()
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        context.progress.start(0);
        let mut values = Values::default();
        for table in self.tables(context)?.iter().filter(|table| wanted.has(table)) {
            if self.read_table(table, &mut values, context, each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Read-only; where not even that works (a read-only folder with a log beside the file), as a file that nobody changes.
fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let probe = |connection: &Connection| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    let connection = Connection::open_with_flags(path, flags)?;
    if probe(&connection).is_ok() {
        return Ok(connection);
    }
    let mut url = url::Url::from_file_path(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
        .map_err(|()| rusqlite::Error::InvalidPath(path.to_owned()))?;
    url.set_query(Some("immutable=1"));
    let immutable = Connection::open_with_flags(url.as_str(), flags | OpenFlags::SQLITE_OPEN_URI)?;
    probe(&immutable)?;
    Ok(immutable)
}

/// SQLite's own rule (affinity), with MySQL's names where a converter kept them.
pub(crate) fn kind(declared: &str) -> Kind {
    let declared = declared.to_ascii_uppercase();
    let has = |names: &[&str]| names.iter().any(|name| declared.contains(name));
    if has(&["TIMESTAMP"]) || has(&["DATE"]) {
        Kind::DateTime
    } else if has(&["INT", "BOOL"]) && !has(&["POINT"]) {
        Kind::Integer
    } else if has(&["CHAR", "CLOB", "TEXT", "JSON"]) {
        Kind::Text
    } else if has(&["BLOB", "BINARY"]) {
        Kind::Binary
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Kind::Float
    } else if has(&["DEC", "NUM"]) {
        Kind::Decimal
    } else {
        Kind::Unknown
    }
}

/// mysql-to-sqlite3 stores the bytes of a BLOB column as TEXT whenever they happen to be UTF-8: there a text is bytes.
fn push(values: &mut Values, value: ValueRef<'_>, kind: Kind) -> Result<(), crate::values::TooLarge> {
    match value {
        ValueRef::Null => values.end(Form::Null),
        ValueRef::Integer(number) => values.push(Form::Number, number.to_string().as_bytes()),
        ValueRef::Real(number) => values.push(Form::Number, number.to_string().as_bytes()),
        ValueRef::Text(bytes) if kind == Kind::Binary => values.push(Form::Bytes, bytes),
        ValueRef::Text(bytes) => values.push(Form::Text, bytes),
        ValueRef::Blob(bytes) => values.push(Form::Bytes, bytes),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn damaged(file: &str, table: Option<&str>, error: &rusqlite::Error) -> LegacyError {
    let place = Place { file: file.to_owned(), table: table.map(str::to_owned), ..Place::default() };
    LegacyError::Malformed { place: Box::new(place), what: format!("SQLite says: {error}") }
}

fn too_large(file: &str, table: &Table, row: u64) -> LegacyError {
    let place = Place { file: file.to_owned(), table: table.name.clone(), row: Some(row), ..Place::default() };
    LegacyError::Malformed { place: Box::new(place), what: "a row of more than 16 MiB".to_owned() }
}
