//! Readers that are one source: the tables of a folder or an archive, each with a file of its own.

use crate::reader::{Context, Each, Reader, Wanted};
use crate::{LegacyError, Table};
use std::ops::ControlFlow;

/// One reader after the other.
pub(crate) struct Many {
    pub readers: Vec<Box<dyn Reader + Send>>,
    pub writer: &'static str,
}

impl Reader for Many {
    fn writer(&self) -> &'static str {
        self.writer
    }

    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        let mut tables = Vec::new();
        for reader in &mut self.readers {
            tables.extend(reader.tables(context)?);
        }
        Ok(tables)
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        for reader in &mut self.readers {
            if reader.read(wanted, context, each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
