//! XML exports: the dump program's, the client's, phpMyAdmin's and Django's.

mod events;

use crate::input::Input;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::shape::Shape;
use crate::values::{Form, Values};
use crate::{Charset, Column, Kind, LegacyError, Position, Raw, Row, Table, Warning, hex, sql};
use events::{Events, Tag};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Who wrote an XML file: its root element tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// `mysqldump --xml`, `mariadb-dump --xml`
    Dump,
    /// `mysql --xml`, `mariadb --xml`: writes zero bytes as blanks.
    Client,
    PhpMyAdmin,
    Django,
}

impl Writer {
    /// By the start of a file.
    pub fn of(start: &[u8]) -> Option<Writer> {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        if !start.starts_with(b"<") {
            return None;
        }
        let roots: [(&[u8], Writer); 4] = [
            (b"<mysqldump", Writer::Dump),
            (b"<resultset", Writer::Client),
            (b"<pma_xml_export", Writer::PhpMyAdmin),
            (b"<django-objects", Writer::Django),
        ];
        let found = roots.iter().filter_map(|(root, writer)| Some((memchr::memmem::find(start, root)?, *writer)));
        found.min_by_key(|(at, _)| *at).map(|(_, writer)| writer)
    }

    /// The element that is a row, and the one that is a value.
    fn elements(self) -> (&'static str, &'static str) {
        match self {
            Writer::Dump | Writer::Client => ("row", "field"),
            Writer::PhpMyAdmin => ("table", "column"),
            Writer::Django => ("object", "field"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Writer::Dump => "mariadb-dump --xml",
            Writer::Client => "mariadb client --xml",
            Writer::PhpMyAdmin => "phpMyAdmin XML",
            Writer::Django => "Django dumpdata (XML)",
        }
    }
}

/// An XML file.
pub(crate) struct XmlFile {
    path: PathBuf,
    writer: Writer,
}

impl XmlFile {
    pub fn new(path: PathBuf, writer: Writer) -> XmlFile {
        XmlFile { path, writer }
    }
}

impl Reader for XmlFile {
    fn writer(&self) -> &'static str {
        self.writer.name()
    }

    /// Where no structure is written the columns are in the rows: the whole file is read.
    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        let mut seen: Vec<Table> = Vec::new();
        let mut collect = |row: Row<'_>| {
            let table = row.table();
            if !seen.iter().any(|known| known.name == table.name && known.database == table.database) {
                seen.push(table.clone());
            }
            ControlFlow::Continue(())
        };
        let mut reading = Reading::new(self, context, &mut collect)?;
        let _ = reading.file(&Wanted(&[]))?;
        let mut tables = reading.tables;
        tables.extend(seen.into_iter().filter(|table| table.name.is_none()));
        Ok(tables)
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let format = self.writer.name();
        match self.writer {
            Writer::Dump => {}
            Writer::Client => {
                context.warn(Warning::NoTypes { format });
                context.warn(Warning::BinaryLost { format, how: "zero bytes are written as blanks" });
            }
            Writer::PhpMyAdmin => {
                context.warn(Warning::NullOrText { format, looks: "the text \"NULL\"" });
                context.warn(Warning::BinaryLost { format, how: "bytes that are no UTF-8 are replaced" });
            }
            Writer::Django => context.warn(Warning::ZoneUnknown),
        }
        Reading::new(self, context, each)?.file(wanted)
    }
}

/// A reading of one file.
struct Reading<'a, 'b> {
    events: Events,
    writer: Writer,
    tables: Vec<Table>,
    rows: HashMap<usize, u64>,
    current: Option<usize>,
    database: Option<String>,
    shape: Shape,
    values: Values,
    each: &'a mut Each<'b>,
}

/// More tables than any old deployment has, and more columns than any table.
const MOST_TABLES: usize = 10_000;
const MOST_COLUMNS: usize = 4096;

impl<'a, 'b> Reading<'a, 'b> {
    fn new(file: &XmlFile, context: &Context, each: &'a mut Each<'b>) -> Result<Reading<'a, 'b>, LegacyError> {
        Ok(Reading {
            events: Events { input: Input::open_counted(&file.path, context)? },
            writer: file.writer,
            tables: Vec::new(),
            rows: HashMap::new(),
            current: None,
            database: None,
            shape: Shape::new(&context.options.assumed),
            values: Values::default(),
            each,
        })
    }

    fn file(&mut self, wanted: &Wanted<'_>) -> Result<ControlFlow<()>, LegacyError> {
        let (row, _) = self.writer.elements();
        let mut open = 0_usize;
        loop {
            self.values.clear();
            let Some(tag) = self.events.next(&mut self.values)? else { break };
            if tag.closes {
                open = open.saturating_sub(1);
                self.closed(&tag)?;
                continue;
            }
            if tag.name == row {
                if self.row(&tag, wanted)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            }
            open += usize::from(!tag.empty);
            self.opened(&tag)?;
        }
        if open > 0 {
            Err(self.malformed("the end of the file inside an element"))
        } else {
            Ok(ControlFlow::Continue(()))
        }
    }

    /// What stands around the rows.
    fn opened(&mut self, tag: &Tag) -> Result<(), LegacyError> {
        let name = tag.text("name");
        match tag.name.as_str() {
            "database" | "pma:database" => self.database = name,
            "table_structure" | "table_data" | "pma:table" => self.enter(name)?,
            "field" => self.column(tag)?,
            _ => {}
        }
        Ok(())
    }

    fn closed(&mut self, tag: &Tag) -> Result<(), LegacyError> {
        if tag.name != "pma:table" {
            return Ok(());
        }
        let text = self.values.open().trim_ascii();
        let Some(rest) = memchr::memchr(b'(', text).and_then(|at| text.get(at..)) else { return Ok(()) };
        let name = self.current.and_then(|at| self.tables.get(at)).and_then(|table| table.name.clone());
        if let (Some(found), Some(at)) =
            (sql::definition(name.unwrap_or_default(), rest, Charset::utf8(), false), self.current)
            && let Some(table) = self.tables.get_mut(at)
        {
            table.columns = found.table.columns;
            table.columns_named = true;
        }
        Ok(())
    }

    /// Makes a table the current one.
    fn enter(&mut self, name: Option<String>) -> Result<(), LegacyError> {
        let known = |table: &Table| table.name == name && (table.database == self.database || table.database.is_none());
        self.current = self.tables.iter().position(known);
        if self.current.is_none() {
            if self.tables.len() >= MOST_TABLES {
                return Err(self.malformed("more than 10,000 tables"));
            }
            self.current = Some(self.tables.len());
            self.tables.push(Table { database: self.database.clone(), name, ..Table::nameless() });
        }
        Ok(())
    }

    /// `<field Field="id" Type="int(11)" Null="NO" .../>` of a structure.
    fn column(&mut self, tag: &Tag) -> Result<(), LegacyError> {
        let (Some(name), Some(declared)) = (tag.text("Field"), tag.text("Type")) else { return Ok(()) };
        let nullable = tag.attribute("Null").map(|null| null == b"YES");
        let generated = tag.text("Extra").is_some_and(|extra| extra.contains("GENERATED"));
        let column = Column { kind: sql::kind(&declared), declared, nullable, generated, ..Column::named(&name) }
            .in_charset(Charset::utf8());
        if let Some(table) = self.current.and_then(|at| self.tables.get_mut(at))
            && table.columns.len() < MOST_COLUMNS
        {
            table.columns.push(column);
        }
        Ok(())
    }

    /// A row, whose opening tag has been taken.
    fn row(&mut self, tag: &Tag, wanted: &Wanted<'_>) -> Result<ControlFlow<()>, LegacyError> {
        let offset = self.events.input.offset();
        let (row, value) = self.writer.elements();
        self.values.clear();
        self.shape.begin();
        match self.writer {
            Writer::PhpMyAdmin => self.enter(tag.text("name"))?,
            Writer::Django => self.django(tag)?,
            Writer::Client if self.current.is_none() => self.enter(None)?,
            Writer::Client | Writer::Dump => {}
        }
        loop {
            if tag.empty {
                break;
            }
            let Some(next) = self.events.next(&mut self.values)? else {
                return Err(self.malformed("the end of the file inside a row"));
            };
            self.values.discard();
            if next.closes && next.name == row {
                break;
            }
            if next.closes || next.name != value {
                return Err(self.malformed(format!("<{}> inside a row", next.name)));
            }
            let name = next.attribute("name").unwrap_or_default();
            if !self.shape.name(name) {
                return Err(self.malformed("a column twice in a row"));
            }
            self.value(&next)?;
        }
        self.deliver(offset, wanted)
    }

    fn django(&mut self, tag: &Tag) -> Result<(), LegacyError> {
        let model = tag.text("model").unwrap_or_default();
        let (application, name) = model.split_once('.').unwrap_or(("", &model));
        self.database = Some(application.to_owned());
        self.enter(Some(name.to_owned()))?;
        if let Some(key) = tag.attribute("pk") {
            self.shape.name(b"id");
            self.values.push(Form::Text, key).map_err(|error| self.events.too_large(error))?;
        }
        Ok(())
    }

    /// A value, whose opening tag has been taken.
    fn value(&mut self, tag: &Tag) -> Result<(), LegacyError> {
        let mut form = if tag.attribute("xsi:nil") == Some(b"true") { Form::Null } else { Form::Text };
        loop {
            if tag.empty {
                break;
            }
            let Some(next) = self.events.next(&mut self.values)? else {
                return Err(self.malformed("the end of the file inside a value"));
            };
            match next.name.as_str() {
                name if next.closes && name == tag.name => break,
                "None" => form = Form::Null, // Django
                "object" if self.writer == Writer::Django => {}
                _ => return Err(self.malformed(format!("<{}> inside a value", next.name))),
            }
        }
        if tag.attribute("xsi:type") == Some(b"xs:hexBinary") {
            let Some(bytes) = hex::bytes(self.values.open()) else {
                return Err(self.malformed("hex digits were expected"));
            };
            self.values.discard();
            self.values.extend(&bytes).map_err(|error| self.events.too_large(error))?;
            form = Form::Bytes;
        }
        if self.writer == Writer::PhpMyAdmin && self.values.open() == b"NULL" {
            form = Form::NullOrText;
        }
        if form == Form::Null {
            self.values.discard();
        }
        self.values.end(form).map_err(|error| self.events.too_large(error))
    }

    fn deliver(&mut self, offset: u64, wanted: &Wanted<'_>) -> Result<ControlFlow<()>, LegacyError> {
        let Some((at, base)) = self.current.and_then(|at| Some((at, self.tables.get(at)?))) else {
            return Err(self.malformed("a row outside a table"));
        };
        if !wanted.has(base) {
            return Ok(ControlFlow::Continue(()));
        }
        let row = self.rows.entry(at).or_default();
        *row += 1;
        let position = Position { offset, row: *row };
        let table = self.shape.table(base, &self.values);
        settle(self.writer, table, &mut self.values);
        Ok((self.each)(Row::new(table, &self.values, position)))
    }

    fn malformed(&self, what: impl Into<String>) -> LegacyError {
        let LegacyError::Malformed { mut place, what } = self.events.input.malformed(what) else {
            return self.events.input.malformed("");
        };
        if let Some(at) = self.current {
            place.table = self.tables.get(at).and_then(|table| table.name.clone());
            place.row = Some(self.rows.get(&at).copied().unwrap_or(0) + 1);
        }
        LegacyError::Malformed { place, what }
    }
}

/// Binary columns: the dump program has their bytes as they are, the others have damaged them.
fn settle(writer: Writer, table: &Table, values: &mut Values) {
    for (index, column) in table.columns.iter().enumerate() {
        let binary = matches!(column.kind, Kind::Binary | Kind::Bit(_));
        match (values.get(index), writer) {
            (Some(Raw::Text(_)), Writer::Dump) if binary => values.set_form(index, Form::Bytes),
            // BIT is a decimal number here.
            (Some(Raw::Text(_)), Writer::PhpMyAdmin) if matches!(column.kind, Kind::Bit(_)) => {
                values.set_form(index, Form::Number)
            }
            (Some(Raw::Text(text)), Writer::Client | Writer::PhpMyAdmin)
                if (binary && !text.is_empty()) || is_damaged(text) =>
            {
                values.set_form(index, Form::Lost);
            }
            _ => {}
        }
    }
}

/// Control characters and bytes of no character set: no text, so it was bytes, and its zeros may be gone.
fn is_damaged(text: &[u8]) -> bool {
    text.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || std::str::from_utf8(text).is_err()
}
