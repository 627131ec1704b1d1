//! An old database, whatever it is.

use crate::progress::Progress;
use crate::reader::{Context, ReadOptions, Reader, Wanted};
use crate::{LegacyError, Row, Table, Warning, folder, recognise, server};
use std::ops::ControlFlow;
use std::path::Path;

/// An old database, recognised by its content. Reading goes from the start each time, so it can be read more than once.
pub struct Source {
    reader: Box<dyn Reader + Send>,
    context: Context,
}

impl Source {
    /// Opens a path or a `mysql://` URL. What it is, is told by the content, never by the name.
    pub fn open(from: &str, options: &ReadOptions) -> Result<Source, LegacyError> {
        let mut context = Context { options: options.clone(), progress: Progress::default(), warnings: Vec::new() };
        let path = Path::new(from);
        let reader: Box<dyn Reader + Send> = if from.starts_with("mysql://") {
            Box::new(server::Server::open(from)?)
        } else if path.is_dir() {
            folder::open(path, &mut context)?
        } else {
            recognise::file(path, &mut context)?
        };
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
        self.reader.read(&Wanted(wanted), &mut self.context, each).map(drop)
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
