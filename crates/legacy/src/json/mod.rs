//! JSON exports: phpMyAdmin's, Django's, those of the sqlite3 program, and lines of plain objects, the neutral source among them.

mod neutral;
mod parser;

use crate::hex;
use crate::input::Input;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::shape::Shape;
use crate::values::{Form, TooLarge, Values};
use crate::{Kind, LegacyError, Position, Raw, Row, Table, Warning};
use parser::Parser;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A JSON file.
pub(crate) struct JsonFile {
    path: PathBuf,
    layout: Layout,
}

/// What the objects of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `{"type":"table","name":..,"data":[row, ...]}` among others.
    PhpMyAdmin,
    /// `{"model":..,"pk":..,"fields":{..}}`, in an array or a line each.
    Django,
    /// A row each, in an array or a line each.
    Plain,
    /// The neutral source: a line `{"format":"dragoman-jsonl",...}`, then a row each, with objects inside it spread out as `outer.inner`.
    Neutral,
}

/// Who writes a neutral source, for people.
pub(crate) const NEUTRAL_WRITER: &str = "dragoman jsonl";
/// The name in the first line of a neutral source.
const NEUTRAL: &str = "dragoman-jsonl";

impl Layout {
    /// By the start of a file; `None` if it is no JSON.
    pub fn of(start: &[u8]) -> Option<Layout> {
        let text = String::from_utf8_lossy(start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start)).into_owned();
        let text = text.trim_start();
        let object = text.strip_prefix('[').map_or(text, str::trim_start);
        let empty = text.starts_with('[') && object.starts_with(']');
        if !empty && !object.starts_with('{') {
            return None;
        }
        let first: String = object.chars().take(400).filter(|character| !character.is_whitespace()).collect();
        if first.starts_with("{\"type\":\"header\"") {
            Some(Layout::PhpMyAdmin)
        } else if first.starts_with("{\"model\":") {
            Some(Layout::Django)
        } else if first.starts_with(&format!("{{\"format\":\"{NEUTRAL}\"")) {
            Some(Layout::Neutral)
        } else {
            Some(Layout::Plain)
        }
    }
}

/// A reading of a JSON file.
struct Reading<'a, 'b, 'c, 'd> {
    parser: Parser,
    layout: Layout,
    shape: Shape,
    values: Values,
    rows: HashMap<Table2, u64>,
    /// The line, where each has a row.
    line: Option<u64>,
    wanted: &'a Wanted<'b>,
    each: &'c mut Each<'d>,
}

/// Database and name of a table.
type Table2 = (Option<String>, Option<String>);

/// More models than any site has.
const MOST_TABLES: usize = 10_000;

impl JsonFile {
    pub fn new(path: PathBuf, layout: Layout) -> JsonFile {
        JsonFile { path, layout }
    }
}

impl Reader for JsonFile {
    fn writer(&self) -> &'static str {
        match self.layout {
            Layout::PhpMyAdmin => "phpMyAdmin JSON",
            Layout::Django => "Django dumpdata",
            Layout::Plain => "JSON",
            Layout::Neutral => NEUTRAL_WRITER,
        }
    }

    /// JSON has its columns in its rows: the whole file is read.
    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        let mut tables: Vec<Table> = Vec::new();
        let mut collect = |row: Row<'_>| {
            let table = row.table();
            match tables.iter_mut().find(|known| known.name == table.name && known.database == table.database) {
                Some(known) => {
                    let more: Vec<_> =
                        table.columns.iter().filter(|column| known.column(&column.name).is_none()).cloned().collect();
                    known.columns.extend(more);
                }
                None => tables.push(table.clone()),
            }
            ControlFlow::Continue(())
        };
        let _ = self.read(&Wanted(&[]), context, &mut collect)?;
        Ok(tables)
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let parser = Parser { input: Input::open_counted(&self.path, context)? };
        let format = self.writer();
        match self.layout {
            Layout::PhpMyAdmin | Layout::Plain => context.warn(Warning::NoTypes { format }),
            Layout::Django => context.warn(Warning::ZoneUnknown),
            Layout::Neutral => {}
        }
        let reading = Reading {
            parser,
            layout: self.layout,
            shape: Shape::new(&context.options.assumed),
            values: Values::default(),
            rows: HashMap::new(),
            line: None,
            wanted,
            each,
        };
        if self.layout == Layout::Neutral { reading.lines() } else { reading.file() }
    }
}

impl Reading<'_, '_, '_, '_> {
    /// An array of objects, or one object behind the other.
    fn file(mut self) -> Result<ControlFlow<()>, LegacyError> {
        self.parser.input.take_if(b"\xef\xbb\xbf")?;
        let array = self.parser.take_if(b'[')?;
        if array && self.parser.take_if(b']')? {
            return self.end();
        }
        loop {
            match self.parser.peek()? {
                Some(b'{') => {}
                None if !array => return Ok(ControlFlow::Continue(())),
                _ => return Err(self.parser.input.malformed("an object was expected")),
            }
            let flow = match self.layout {
                Layout::PhpMyAdmin => self.phpmyadmin()?,
                Layout::Django => self.django()?,
                Layout::Plain | Layout::Neutral => self.plain(&Table::nameless())?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
            if array && !self.parser.take_if(b',')? {
                self.parser.expect(b']')?;
                return self.end();
            }
        }
    }

    fn end(&mut self) -> Result<ControlFlow<()>, LegacyError> {
        match self.parser.peek()? {
            None => Ok(ControlFlow::Continue(())),
            Some(_) => Err(self.parser.input.malformed("something behind the end")),
        }
    }

    /// A row, with the members of the object that comes next.
    fn plain(&mut self, table: &Table) -> Result<ControlFlow<()>, LegacyError> {
        let offset = self.parser.input.offset();
        self.shape.begin();
        self.values.clear();
        self.members(b"", table)?;
        self.deliver(table, offset)
    }

    /// `{"name": value, ...}` onto the row, the names behind `prefix`.
    fn members(&mut self, prefix: &[u8], table: &Table) -> Result<(), LegacyError> {
        self.parser.expect(b'{').map_err(|error| self.placed(error, table))?;
        if self.parser.take_if(b'}')? {
            return Ok(());
        }
        loop {
            let name = self.parser.name().map_err(|error| self.placed(error, table))?;
            let name = [prefix, &name].concat();
            if self.layout == Layout::Neutral && prefix.is_empty() && self.parser.peek()? == Some(b'{') {
                self.members(&[&name, &b"."[..]].concat(), table)?;
            } else {
                if !self.shape.name(&name) {
                    return Err(self.placed(self.parser.input.malformed("a member twice"), table));
                }
                let value = self.parser.value(&mut self.values);
                value.map_err(|error| self.placed(error, table))?;
            }
            if !self.parser.take_if(b',')? {
                return self.parser.expect(b'}').map_err(|error| self.placed(error, table));
            }
        }
    }

    fn phpmyadmin(&mut self) -> Result<ControlFlow<()>, LegacyError> {
        let mut table = Table::nameless();
        self.parser.expect(b'{')?;
        loop {
            match self.parser.name()?.as_slice() {
                b"name" => table.name = Some(self.parser.text()?),
                b"database" => table.database = Some(self.parser.text()?),
                b"data" => {
                    if self.data(&table)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                _ => self.parser.skip()?,
            }
            if !self.parser.take_if(b',')? {
                self.parser.expect(b'}')?;
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    /// `[row, row, ...]`
    fn data(&mut self, table: &Table) -> Result<ControlFlow<()>, LegacyError> {
        self.parser.expect(b'[')?;
        if self.parser.take_if(b']')? {
            return Ok(ControlFlow::Continue(()));
        }
        loop {
            if self.plain(table)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if !self.parser.take_if(b',')? {
                self.parser.expect(b']')?;
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    fn django(&mut self) -> Result<ControlFlow<()>, LegacyError> {
        let offset = self.parser.input.offset();
        self.shape.begin();
        self.values.clear();
        let mut table = Table::nameless();
        self.parser.expect(b'{')?;
        loop {
            match self.parser.name()?.as_slice() {
                b"model" => {
                    let model = self.parser.text()?;
                    let (application, name) = model.split_once('.').unwrap_or(("", &model));
                    table.database = Some(application.to_owned());
                    table.name = Some(name.to_owned());
                }
                // dumpdata does not say what the key's column is called; Django calls it id.
                b"pk" => {
                    self.shape.name(b"id");
                    self.parser.value(&mut self.values)?;
                }
                b"fields" => self.members(b"", &table)?,
                _ => self.parser.skip()?,
            }
            if !self.parser.take_if(b',')? {
                self.parser.expect(b'}').map_err(|error| self.placed(error, &table))?;
                return self.deliver(&table, offset);
            }
        }
    }

    fn deliver(&mut self, base: &Table, offset: u64) -> Result<ControlFlow<()>, LegacyError> {
        if !self.wanted.has(base) {
            return Ok(ControlFlow::Continue(()));
        }
        if self.rows.len() > MOST_TABLES {
            return Err(self.parser.input.malformed("more than 10,000 tables"));
        }
        let row = match self.line {
            Some(line) => line,
            None => {
                let row = self.rows.entry((base.database.clone(), base.name.clone())).or_default();
                *row += 1;
                *row
            }
        };
        let position = Position { offset, row };
        let table = self.shape.table(base, &self.values);
        if self.layout == Layout::PhpMyAdmin {
            unhexed(table, &mut self.values).map_err(|_| self.parser.input.malformed("a row of more than 16 MiB"))?;
        }
        Ok((self.each)(Row::new(table, &self.values, position)))
    }

    fn placed(&self, error: LegacyError, table: &Table) -> LegacyError {
        let LegacyError::Malformed { mut place, what } = error else { return error };
        if self.line.is_some() {
            place.line = self.line;
            return LegacyError::Malformed { place, what };
        }
        let rows = self.rows.get(&(table.database.clone(), table.name.clone()));
        place.table.clone_from(&table.name);
        place.row = Some(rows.copied().unwrap_or(0) + 1);
        LegacyError::Malformed { place, what }
    }
}

/// phpMyAdmin writes binary columns as `0x...`; a text may look the same, so the caller has to know which columns are binary.
fn unhexed(table: &Table, values: &mut Values) -> Result<(), TooLarge> {
    for (index, column) in table.columns.iter().enumerate() {
        let Some(Raw::Text([b'0', b'x', digits @ ..])) = values.get(index) else { continue };
        if column.kind == Kind::Binary
            && let Some(bytes) = hex::bytes(digits)
        {
            values.replace(index, Form::Bytes, &bytes)?;
        }
    }
    Ok(())
}
