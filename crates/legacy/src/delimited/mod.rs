//! Files of separated values: CSV and TSV of every writer.

mod records;
mod style;

pub(crate) use records::Records;
pub(crate) use style::Style;

use crate::input::Input;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::values::{Form, TooLarge, Values};
use crate::{Column, Kind, LegacyError, Position, Raw, Row, Table, Warning};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Where the bytes of a file of separated values are.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub path: PathBuf,
    /// Offset and length, of a member of an archive.
    pub range: Option<(u64, u64)>,
}

impl Part {
    fn open(&self, context: &Context) -> Result<Input, LegacyError> {
        match self.range {
            None => Input::open_counted(&self.path, context),
            Some((offset, length)) => Input::open_part(&self.path, offset, length, &context.progress),
        }
    }
}

/// One such file.
pub(crate) struct DelimitedFile {
    part: Part,
    style: Style,
    /// The table, where something else names it.
    table: Option<Table>,
}

/// More columns than any table has.
const MOST_COLUMNS: usize = 4096;

impl DelimitedFile {
    pub fn new(part: Part, style: Style, table: Option<Table>) -> DelimitedFile {
        DelimitedFile { part, style, table }
    }

    /// The reader behind its heading, and the table that the heading and the first record make.
    fn start(&self, context: &mut Context, values: &mut Values) -> Result<(Records, Table, bool), LegacyError> {
        let mut records = Records::new(self.part.open(context)?, self.style);
        records.mark()?;
        let mut table = self.table.clone().unwrap_or_else(Table::nameless);
        let known: Vec<Column> = if table.columns_named { table.columns.clone() } else { Vec::new() };
        if self.style.heading {
            records.next(&[], values)?;
            table.columns = self.heading(&records, values, context)?;
            table.columns_named = true;
            table = table.named_after(&context.options.assumed);
        }
        let more = records.next(&known, values)?;
        if !table.columns_named && more {
            context.assume(&mut table, values);
            table.columns = table.columns.into_iter().map(|column| column.in_charset(context.charset())).collect();
        }
        Ok((records, table, more))
    }

    fn heading(&self, records: &Records, values: &Values, context: &Context) -> Result<Vec<Column>, LegacyError> {
        let name = |index| match values.get(index) {
            Some(Raw::Text(name)) => context.charset().decode(name).map(|name| name.into_owned()),
            _ => None,
        };
        if values.len() > MOST_COLUMNS {
            return Err(records.input.malformed("more than 4096 columns"));
        }
        let columns =
            (0..values.len()).map(|index| name(index).map(|name| Column::named(&name).in_charset(context.charset())));
        let columns: Option<Vec<Column>> = columns.collect();
        columns.ok_or_else(|| records.input.malformed("a heading that is no text"))
    }
}

impl Reader for DelimitedFile {
    fn writer(&self) -> &'static str {
        self.style.writer
    }

    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        Ok(vec![self.start(context, &mut Values::default())?.1])
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let mut values = Values::default();
        let (mut records, table, mut more) = self.start(context, &mut values)?;
        if !wanted.has(&table) {
            return Ok(ControlFlow::Continue(()));
        }
        if !self.table.as_ref().is_some_and(|table| table.columns_named) {
            self.style.warnings().into_iter().for_each(|warning| context.warn(warning));
        }
        let known: Vec<Column> = if self.style.heading { Vec::new() } else { table.columns.clone() };
        let first_is_number = is_integer(&values);
        let (mut number, mut offset) = (0, 0);
        while more {
            number += 1;
            let placed = |error| placed(error, &table, number);
            if self.style.torn {
                join(&mut records, table.columns.len(), &mut values).map_err(placed)?;
                if first_is_number != is_integer(&values) {
                    return Err(placed(
                        records.input.malformed("the lines of this record cannot be told from those of the last"),
                    ));
                }
            }
            if values.len() != table.columns.len() {
                return Err(placed(records.input.malformed(wrong_count(&table, values.len()))));
            }
            settle(&table, self.style, &mut values)
                .map_err(|_| placed(records.input.malformed("a row of more than 16 MiB")))?;
            if each(Row::new(&table, &values, Position { offset, row: number })).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            offset = records.input.offset();
            more = records.next(&known, &mut values).map_err(|error| self::placed(error, &table, number + 1))?;
        }
        if records.cut {
            context.warn(Warning::EndMissing { file: records.input.file().to_owned(), mark: "line end" });
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn is_integer(values: &Values) -> bool {
    matches!(values.get(0), Some(Raw::Text(text)) if !text.is_empty() && text.iter().all(u8::is_ascii_digit))
}

/// What only the kind of a column tells, where somebody knows it: bytes; and Adminer's BIT columns, which it writes in base 2 without any mark.
fn settle(table: &Table, style: Style, values: &mut Values) -> Result<(), TooLarge> {
    for (index, column) in table.columns.iter().enumerate() {
        let Some(Raw::Text(text)) = values.get(index) else { continue };
        match column.kind {
            Kind::Binary => values.set_form(index, Form::Bytes),
            Kind::Bit(_) if style.writer == "Adminer CSV" => {
                let number = std::str::from_utf8(text).ok().and_then(|digits| u64::from_str_radix(digits, 2).ok());
                match number {
                    Some(number) => values.replace(index, Form::Number, number.to_string().as_bytes())?,
                    None => values.set_form(index, Form::Lost),
                }
            }
            // Everybody else writes the number, or the bytes where it was not escaped (they have been taken as such already).
            Kind::Bit(_) if text.iter().all(u8::is_ascii_digit) => values.set_form(index, Form::Number),
            _ => {}
        }
    }
    Ok(())
}

/// A record over several lines: the field at the break goes on in the next line, and separators that are too many belong to that same field.
fn join(records: &mut Records, columns: usize, values: &mut Values) -> Result<(), LegacyError> {
    if values.len() >= columns {
        return Ok(());
    }
    let field = values.len().saturating_sub(1);
    let mut pieces: Vec<Vec<u8>> = (0..values.len()).map(|index| raw(values, index)).collect();
    while pieces.len() < columns {
        let mut line = Values::default();
        if !records.next(&[], &mut line)? {
            return Err(records
                .input
                .malformed(format!("the end of the file inside a record of {} fields", pieces.len())));
        }
        let mut rest = (0..line.len()).map(|index| raw(&line, index));
        if let (Some(last), Some(first)) = (pieces.last_mut(), rest.next()) {
            last.push(b'\n');
            last.extend(first);
        }
        pieces.extend(rest);
        if pieces.iter().map(Vec::len).sum::<usize>() > crate::LARGEST_ROW {
            return Err(records.input.malformed("a row of more than 16 MiB"));
        }
    }
    let extra = pieces.len() - columns;
    let joined = pieces.get(field..=field + extra).unwrap_or_default().join(&b'\t');
    pieces.splice(field..=field + extra, [joined]);
    values.clear();
    for piece in &pieces {
        let form = if piece == b"NULL" { Form::NullOrText } else { Form::Text };
        values.push(form, piece).map_err(|_| records.input.malformed("a row of more than 16 MiB"))?;
    }
    Ok(())
}

fn raw(values: &Values, index: usize) -> Vec<u8> {
    match values.get(index) {
        Some(Raw::Text(bytes) | Raw::NullOrText(bytes) | Raw::Bytes(bytes) | Raw::Number(bytes)) => bytes.to_vec(),
        Some(Raw::Null | Raw::Lost) | None => Vec::new(),
    }
}

fn wrong_count(table: &Table, count: usize) -> String {
    let columns = table.columns.len();
    if count < columns {
        // impexp's export_csv leaves the values of BLOB columns out, though the heading has them.
        return format!(
            "a record of {count} fields for {columns} columns: the file is cut, or its writer left binary columns out"
        );
    }
    format!("a record of {count} fields for {columns} columns")
}

fn placed(error: LegacyError, table: &Table, row: u64) -> LegacyError {
    let LegacyError::Malformed { mut place, what } = error else { return error };
    place.table.clone_from(&table.name);
    place.row = Some(row);
    LegacyError::Malformed { place, what }
}
