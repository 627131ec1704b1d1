//! An old database, whatever it is.

use crate::json::NEUTRAL_WRITER;
use crate::progress::Progress;
use crate::reader::{Context, ReadOptions, Reader, Wanted};
use crate::{LegacyError, Row, Table, ValueError, Warning, folder, recognise, server};
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
        } else if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(LegacyError::NotRecognised {
                file: from.to_owned(),
                why: "neither a file nor a folder, and a pipe or device cannot be read twice: write it to a file first"
                    .to_owned(),
            });
        } else {
            recognise::file(path, &mut context)?
        };
        Ok(Source { reader, context })
    }

    /// The program that wrote the source and the form it has, for people.
    pub fn writer(&self) -> &'static str {
        self.reader.writer()
    }

    /// Whether it is the neutral source, whose columns this project has named.
    pub fn is_neutral(&self) -> bool {
        self.writer() == NEUTRAL_WRITER
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

    /// As [`Source::read`], of tables whose columns `each` knows: an error of its is one of the table and stops the reading.
    pub fn read_known(
        &mut self,
        wanted: &[&str],
        each: &mut dyn FnMut(Row<'_>) -> Result<ControlFlow<()>, ValueError>,
    ) -> Result<(), LegacyError> {
        let mut wrong = None;
        self.read(wanted, &mut |row| {
            each(row).unwrap_or_else(|error| {
                wrong = Some(error);
                ControlFlow::Break(())
            })
        })?;
        wrong.map_or(Ok(()), |error| Err(LegacyError::Column(error)))
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
