//! What all readers have in common.

use crate::progress::Progress;
use crate::values::Values;
use crate::{Charset, Column, Kind, LegacyError, Raw, Row, Table, Warning, moment};
use std::ops::ControlFlow;

/// What a caller knows about a source that the source may not say.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The character set (MySQL's name) of files that do not name theirs; without it, utf8mb4.
    pub charset: Option<String>,
    /// Tables whose columns are taken for those of a file that names no columns, if their number fits exactly one.
    pub assumed: Vec<Table>,
}

/// One way of reading.
pub(crate) trait Reader {
    /// The program and form, for people: `mariadb-dump`, `phpMyAdmin CSV`.
    fn writer(&self) -> &'static str;
    /// All tables, without their rows.
    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError>;
    /// The rows of the wanted tables, until `each` breaks; whether it did.
    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError>;
}

/// What gets each row.
pub(crate) type Each<'a> = dyn FnMut(Row<'_>) -> ControlFlow<()> + 'a;

/// The tables somebody asks for.
pub(crate) struct Wanted<'a>(pub &'a [&'a str]);

impl Wanted<'_> {
    /// Whether the table is one of them.
    pub fn has(&self, table: &Table) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| table.is_called(name))
    }
}

/// What readers share: the caller's hints, and where warnings and progress go.
pub(crate) struct Context {
    pub options: ReadOptions,
    pub progress: Progress,
    pub warnings: Vec<Warning>,
}

impl Context {
    /// The character set of files that do not name theirs.
    pub fn charset(&self) -> Charset {
        self.options.charset.as_deref().map_or_else(Charset::utf8, Charset::called)
    }

    /// A progress that nobody watches, for looks ahead.
    pub fn unwatched(&self) -> Progress {
        Progress::default()
    }

    /// Notes a warning, once.
    pub fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Gives the columns of a file that names none those of the one table that the caller knows and that its first row could be from.
    pub fn assume(&mut self, table: &mut Table, first: &Values) {
        let fits = |assumed: &&Table| {
            let named = assumed.name.as_deref().is_none_or(|name| table.is_called(name));
            named
                && assumed.columns.len() == first.len()
                && assumed.columns.iter().enumerate().all(|(at, column)| could_be(column.kind, first.get(at)))
        };
        let mut fitting = self.options.assumed.iter().filter(fits);
        let found = fitting.next().filter(|_| fitting.next().is_none()).cloned();
        let Some(found) = found else {
            table.columns = Column::numbered(first.len());
            return self.warn(Warning::ColumnsUnnamed { count: first.len() });
        };
        self.warn(Warning::ColumnsAssumed { table: found.label().to_owned() });
        table.columns = found.columns;
        table.columns_named = true;
        table.name = table.name.take().or(found.name);
    }
}

/// Whether a value can be one of a column of this kind.
fn could_be(kind: Kind, value: Option<Raw<'_>>) -> bool {
    let (Some(Raw::Text(bytes) | Raw::Number(bytes)), Some(text)) = (value, value.and_then(text)) else { return true };
    match kind {
        Kind::Integer => {
            bytes == b"true" || bytes == b"false" || text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
        }
        Kind::Decimal | Kind::Float => text.parse::<f64>().is_ok(),
        Kind::DateTime | Kind::Timestamp => moment::parse(text).is_some(),
        Kind::Text | Kind::Binary | Kind::Bit(_) | Kind::Time | Kind::Spatial | Kind::Unknown => true,
    }
}

fn text(value: Raw<'_>) -> Option<&str> {
    match value {
        Raw::Text(bytes) | Raw::Number(bytes) => Some(std::str::from_utf8(bytes).unwrap_or_default()),
        Raw::Null | Raw::Bytes(_) | Raw::NullOrText(_) | Raw::Lost => None,
    }
}

impl Table {
    /// Takes what the source does not say, the name or the kinds of the columns, from the one table that the caller knows with these column names.
    pub(crate) fn named_after(mut self, assumed: &[Table]) -> Table {
        let same = |other: &&Table| {
            let mut columns = other.columns.iter().zip(&self.columns);
            other.columns.len() == self.columns.len()
                && other.name.as_deref().is_none_or(|name| self.is_called(name))
                && columns.all(|(one, another)| one.name.eq_ignore_ascii_case(&another.name))
        };
        let mut found = assumed.iter().filter(same);
        if let (Some(known), None) = (found.next(), found.next()) {
            self.name = self.name.take().or_else(|| known.name.clone());
            for (column, known) in
                self.columns.iter_mut().zip(&known.columns).filter(|(column, _)| column.kind == Kind::Unknown)
            {
                column.kind = known.kind;
            }
        }
        self
    }
}
