//! SQL dumps of every writer: a byte-level reader that knows the few statements that hold tables and rows, and runs none.

mod definition;
mod found;
mod function;
mod insert;
mod layout;
mod lexer;
mod literal;
mod passing;
mod profile;
mod script;
mod session;
mod trial;

pub(crate) use definition::{Definition, definition, kind};
pub(crate) use found::Found;
pub(crate) use lexer::Lexer;
pub(crate) use profile::{Profile, profile};
pub(crate) use script::Script;
pub(crate) use session::{Escapes, Session};
pub(crate) use trial::escapes;

use crate::input::Input;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::{LegacyError, Table};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// One SQL file.
pub(crate) struct SqlFile {
    path: PathBuf,
    profile: Profile,
}

impl SqlFile {
    /// A file that [`profile`] knows.
    pub fn new(path: PathBuf, profile: Profile) -> SqlFile {
        SqlFile { path, profile }
    }

    /// A reading of the file from its start.
    fn script(&self, context: &mut Context) -> Result<Script, LegacyError> {
        let escapes = match self.profile.escapes {
            Some(escapes) => escapes,
            None => escapes(&self.path, self.profile, context)?,
        };
        let input = Input::open_counted(&self.path, context)?;
        Ok(Script::new(input, self.profile, escapes, Found::default()))
    }
}

impl Reader for SqlFile {
    fn writer(&self) -> &'static str {
        self.profile.writer
    }

    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        Ok(self.script(context)?.survey(context)?.tables())
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        self.script(context)?.read(wanted, context, each).map(|(_, flow)| flow)
    }
}
