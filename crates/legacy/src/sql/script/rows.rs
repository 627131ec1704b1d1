//! The statements that hold rows: their heads, and the rows themselves.

use std::ops::ControlFlow;

use super::Script;
use crate::reader::{Context, Each, Wanted};
use crate::sql::layout::Layout;
use crate::sql::passing::Kept;
use crate::sql::{Definition, Escapes};
use crate::{Charset, LegacyError, Position, Row, Table};

impl Script {
    pub(super) fn insert(
        &mut self,
        start: u64,
        wanted: Option<&Wanted<'_>>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let Some(head) = self.lexer.insert_head()? else {
            self.lexer.rest(&mut Kept::nothing())?;
            return Err(self.lexer.input.malformed("an INSERT without literal rows"));
        };
        let charset = self.row_charset(context);
        let own = if self.profile.writer == "sqlite3 .mode insert" && head.name == "table" {
            None
        } else {
            Some(head.name.clone())
        };
        let database = head.database.or_else(|| self.lexer.session.database.clone());
        let at = match self.found.place(database.as_deref(), &head.name) {
            Some(at) => at,
            None if self.found.is_full() => {
                return Err(self.lexer.input.malformed("more than 20,000 tables"));
            }
            None => {
                let table = Table { name: Some(head.name.clone()), ..Table::nameless() };
                let at = self
                    .found
                    .add(Definition { table, row_end: None, invisible: Vec::new(), versioned: false }, database);
                if let (None, Some(definition)) = (&own, self.found.definitions.get_mut(at)) {
                    definition.table.name = None;
                }
                at
            }
        };
        let Some(found) = self.found.definitions.get(at) else { return Ok(ControlFlow::Continue(())) };
        let internal = self.profile.sqlite && head.name.starts_with("sqlite_");
        match wanted {
            Some(wanted) if wanted.has(&found.table) && !internal => {}
            _ => {
                self.lexer.rest(&mut Kept::nothing())?;
                return Ok(ControlFlow::Continue(()));
            }
        }
        if let Some(names) = &head.columns {
            self.layout = Some(Layout::listed(found, names, at, charset).zoned(self.lexer.session.utc, context));
        }
        let length = usize::try_from(self.lexer.input.offset() - start).unwrap_or(0);
        self.head = self.lexer.input.behind(length).unwrap_or_default().to_vec();
        self.rows_of(at, context, each)
    }

    /// Whether the next bytes are those of the last INSERT's head; takes them.
    #[inline]
    pub(super) fn same_head(&mut self) -> Result<bool, LegacyError> {
        if self.head.is_empty() || self.layout.is_none() {
            return Ok(false);
        }
        if !self.lexer.input.ahead(self.head.len())?.starts_with(&self.head) {
            return Ok(false);
        }
        let length = self.head.len();
        self.lexer.input.take(length);
        Ok(true)
    }

    pub(super) fn rows(&mut self, context: &mut Context, each: &mut Each<'_>) -> Result<ControlFlow<()>, LegacyError> {
        let at = self.layout.as_ref().map_or(0, |layout| layout.index);
        self.rows_of(at, context, each)
    }

    /// All rows of one statement.
    fn rows_of(
        &mut self,
        at: usize,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let lossy = self.lossy();
        self.current = Some(at);
        loop {
            let offset = self.lexer.input.offset();
            self.lexer.row(&mut self.values)?;
            let layout = match self.layout.take() {
                Some(layout) if layout.table.columns.len() == self.values.len() => layout,
                Some(_) => {
                    return Err(self
                        .lexer
                        .input
                        .malformed(format!("a row of {} values, unlike the others", self.values.len())));
                }
                None => self.counted(at, context)?,
            };
            if self.deliver(&layout, offset, lossy, each).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.layout = Some(layout);
            if !self.lexer.another_row()? {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    fn counted(&self, at: usize, context: &mut Context) -> Result<Layout, LegacyError> {
        let Some(definition) = self.found.definitions.get(at) else {
            return Err(self.lexer.input.malformed("a row without a table"));
        };
        let charset = self.row_charset(context);
        let layout = Layout::counted(definition, &self.values, context, at, charset);
        let layout = layout.map_err(|what| self.lexer.input.malformed(what))?;
        Ok(layout.zoned(self.lexer.session.utc, context))
    }

    #[inline]
    fn deliver(&mut self, layout: &Layout, offset: u64, lossy: bool, each: &mut Each<'_>) -> ControlFlow<()> {
        layout.settle(&mut self.values, self.lexer.session.escapes == Escapes::Inferred);
        if layout.is_past(&self.values) {
            if let Some(past) = self.found.past.get_mut(layout.index) {
                *past += 1;
            }
            return ControlFlow::Continue(());
        }
        if lossy {
            self.questionable += self.values.questionable();
        }
        let Some(rows) = self.found.rows.get_mut(layout.index) else { return ControlFlow::Continue(()) };
        *rows += 1;
        each(Row::new(&layout.table, &self.values, Position { offset, row: *rows }))
    }

    pub(super) fn update(
        &mut self,
        wanted: Option<&Wanted<'_>>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let offset = self.lexer.input.offset();
        if !self.profile.updates {
            self.lexer.rest(&mut Kept::nothing())?;
            return Err(self.lexer.input.malformed("an UPDATE, which is no row of a dump"));
        }
        let Some(head) = self.lexer.update(&mut self.values)? else {
            return Err(self.lexer.input.malformed("SET was expected"));
        };
        let database = head.database.or_else(|| self.lexer.session.database.clone());
        let names = head.columns.unwrap_or_default();
        let Some(at) = self.found.place(database.as_deref(), &head.name) else {
            return Err(self.lexer.input.malformed("an UPDATE of a table that the file does not define"));
        };
        let Some(found) = self.found.definitions.get(at) else { return Ok(ControlFlow::Continue(())) };
        if !wanted.is_some_and(|wanted| wanted.has(&found.table)) {
            return Ok(ControlFlow::Continue(()));
        }
        let layout = Layout::listed(found, &names, at, context.charset()).zoned(self.lexer.session.utc, context);
        Ok(self.deliver(&layout, offset, false, each))
    }

    /// The character set of columns that nothing defines.
    fn row_charset(&self, context: &Context) -> Charset {
        Some(self.charset(context)).filter(|charset| !charset.is_binary()).unwrap_or_else(|| context.charset())
    }
}
