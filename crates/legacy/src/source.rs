//! An old database, whatever it is.

use crate::{LegacyError, Row, Table, Warning, sqlite};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a caller knows about a source that the source may not say.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The character set (MySQL's name) of files that do not name theirs; without it, utf8mb4.
    pub charset: Option<String>,
    /// Tables whose columns are taken for those of a file that names no columns, if their number fits exactly one.
    pub assumed: Vec<Table>,
}

/// An old database, recognised by its content. Reading goes from the start each time, so it can be read more than once.
pub struct Source {
    reader: Box<dyn Reader + Send>,
    context: Context,
}

/// One way of reading.
pub(crate) trait Reader {
    /// The program and form, for people: `mariadb-dump`, `phpMyAdmin CSV`.
    fn writer(&self) -> &'static str;
    /// All tables, without their rows.
    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError>;
    /// The rows of the wanted tables, until `each` breaks.
    fn read(&mut self, wanted: &Wanted<'_>, context: &mut Context, each: &mut Each<'_>) -> Result<(), LegacyError>;
}

/// What gets each row.
pub(crate) type Each<'a> = dyn FnMut(Row<'_>) -> ControlFlow<()> + 'a;

/// The tables somebody asks for.
pub(crate) struct Wanted<'a>(&'a [&'a str]);

impl Wanted<'_> {
    pub fn has(&self, table: &Table) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| table.is_called(name))
    }
}

/// What readers share: the caller's hints, and where warnings and progress go.
pub(crate) struct Context {
    pub options: ReadOptions,
    pub progress: Progress,
    warnings: Vec<Warning>,
}

impl Context {
    /// Notes a warning, once.
    pub fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The table whose columns a file without column names has, if their number fits exactly one that the caller knows.
    pub fn assumed(&self, table: &Table, count: usize) -> Option<&Table> {
        let mut fitting = self
            .options
            .assumed
            .iter()
            .filter(|assumed| assumed.columns.len() == count)
            .filter(|assumed| assumed.name.as_deref().is_none_or(|name| table.is_called(name)));
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }
}

/// How far a reading is, to be watched from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
}

impl Progress {
    /// Bytes (of the packed file) or rows (of a server) read since the present reading began.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// How many there are, if that is known.
    pub fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total > 0)
    }

    pub(crate) fn start(&self, total: u64) {
        self.read.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, by: u64) {
        self.read.fetch_add(by, Ordering::Relaxed);
    }
}

impl Source {
    /// Opens a path or a `mysql://` URL. What it is, is told by the content, never by the name.
    pub fn open(from: &str, options: &ReadOptions) -> Result<Source, LegacyError> {
        let context = Context { options: options.clone(), progress: Progress::default(), warnings: Vec::new() };
        let reader = recognise(from)?;
        Ok(Source { reader, context })
    }

    /// The program that wrote the source and the form it has, for people.
    pub fn writer(&self) -> &'static str {
        self.reader.writer()
    }

    /// All tables and views. Of a dump this takes one quick pass over the file; reading does not need it.
    pub fn tables(&mut self) -> Result<Vec<Table>, LegacyError> {
        self.reader.tables(&mut self.context)
    }

    /// Reads the rows of the tables with these names (see [`Table::is_called`]; no names: all tables), in the order of the source, until `each`
    /// breaks.
    pub fn read(
        &mut self,
        wanted: &[&str],
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), LegacyError> {
        self.reader.read(&Wanted(wanted), &mut self.context, each)
    }

    /// What was noticed so far; complete after a reading.
    pub fn warnings(&self) -> &[Warning] {
        &self.context.warnings
    }

    /// A handle to watch the reading with.
    pub fn progress(&self) -> Progress {
        self.context.progress.clone()
    }
}

fn recognise(from: &str) -> Result<Box<dyn Reader + Send>, LegacyError> {
    let path = Path::new(from);
    let unreadable = |cause| LegacyError::Unreadable { file: from.to_owned(), cause };
    let mut start = [0; 16];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read(&mut file, &mut start))
        .map_err(unreadable)?;
    match start.get(..read) {
        Some(sqlite::MAGIC) => Ok(Box::new(sqlite::SqliteFile::open(path)?)),
        _ => Err(LegacyError::NotRecognised { file: from.to_owned(), why: "no known kind of export".to_owned() }),
    }
}
