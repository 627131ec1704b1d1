//! A dump from its first statement to its last.

mod rows;

use crate::input::Input;
use crate::reader::{Context, Each, Wanted};
use crate::sql::found::Found;
use crate::sql::layout::Layout;
use crate::sql::lexer::Lexer;
use crate::sql::passing::Kept;
use crate::sql::{Escapes, Profile, Session, definition};
use crate::values::Values;
use crate::{Charset, Kind, LegacyError, Row, Warning};
use std::ops::ControlFlow;

/// Room for the text of one CREATE TABLE, and of one SET.
const DEFINITION: usize = 1 << 20;
const SETTING: usize = 16 << 10;
/// Statements that hold no rows.
const PASSED_OVER: &[&[u8]] = &[
    b"ALTER",
    b"ANALYZE",
    b"BEGIN",
    b"CHANGE",
    b"CHECK",
    b"COMMIT",
    b"DO",
    b"END",
    b"FLUSH",
    b"GRANT",
    b"LOCK",
    b"OPTIMIZE",
    b"PRAGMA",
    b"RELEASE",
    b"REPAIR",
    b"REVOKE",
    b"ROLLBACK",
    b"SAVEPOINT",
    b"SELECT",
    b"START",
    b"UNLOCK",
    b"COMMENT",
    b"PREPARE",
    b"EXECUTE",
    b"DEALLOCATE",
];

/// A reading of one file.
pub(crate) struct Script {
    lexer: Lexer,
    profile: Profile,
    found: Found,
    values: Values,
    layout: Option<Layout>,
    /// The bytes of the last INSERT up to its first row: the next one is usually the same.
    head: Vec<u8>,
    /// Whether the last statement was COMMIT.
    committed: bool,
    /// Whether the file's opening settings are still in force.
    unrestored: bool,
    /// Values with a question mark, where the connection could not carry every character.
    questionable: u64,
    own_charsets: bool,
    /// The table whose rows are being read.
    current: Option<usize>,
}

impl Script {
    pub fn new(input: Input, profile: Profile, escapes: Escapes, found: Found) -> Script {
        let mut lexer = Lexer::new(input, Session::new(escapes));
        lexer.sqlite = profile.sqlite;
        Script {
            lexer,
            profile,
            found,
            values: Values::default(),
            layout: None,
            head: Vec::new(),
            committed: false,
            unrestored: false,
            questionable: 0,
            current: None,
            own_charsets: false,
        }
    }

    /// The database that tables belong to until the file says otherwise.
    pub fn in_database(mut self, database: Option<String>) -> Script {
        self.lexer.session.database = database;
        self
    }

    /// For a file of definitions whose values stand elsewhere, each column in its own character set.
    pub fn with_own_charsets(mut self) -> Script {
        self.own_charsets = true;
        self
    }

    /// Goes over the file for its tables only.
    pub fn survey(mut self, context: &mut Context) -> Result<Found, LegacyError> {
        while let ControlFlow::Continue(()) = self.statement(None, context, &mut |_| ControlFlow::Continue(()))? {}
        Ok(self.found)
    }

    /// Reads the rows of the wanted tables. Gives the tables, and whether `each` broke.
    pub fn read(
        mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<(Found, ControlFlow<()>), LegacyError> {
        let mut end = ControlFlow::Continue(());
        let mut watched = |row: Row<'_>| {
            end = each(row);
            end
        };
        loop {
            match self.statement(Some(wanted), context, &mut watched) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => break,
                Err(error) => return Err(self.placed(error)),
            }
        }
        if end.is_continue() {
            self.warn_at_end(context);
        }
        Ok((self.found, end))
    }

    /// One statement; Break at the end of the file, or when `each` breaks.
    fn statement(
        &mut self,
        wanted: Option<&Wanted<'_>>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        self.lexer.blank()?;
        if wanted.is_some() && self.same_head()? {
            return self.rows(context, each);
        }
        let start = self.lexer.input.offset();
        let Some(first) = self.lexer.input.peek()? else {
            return if self.lexer.in_version_comment() {
                Err(self.lexer.input.malformed("a comment without end"))
            } else {
                Ok(ControlFlow::Break(()))
            };
        };
        let delimiter = self.lexer.session.delimiter.clone();
        if self.lexer.input.take_if(&delimiter)? || (first == b';' && self.lexer.input.take_if(b";")?) {
            return Ok(ControlFlow::Continue(()));
        }
        if start == 0 && self.lexer.input.take_if("\u{feff}".as_bytes())? {
            return Ok(ControlFlow::Continue(()));
        }
        self.layout = None;
        self.current = None;
        self.head.clear();
        let word = self.lexer.word()?.to_ascii_uppercase();
        self.committed = word == b"COMMIT";
        match word.as_slice() {
            b"INSERT" | b"REPLACE" => return self.insert(start, wanted, context, each),
            b"UPDATE" => return self.update(wanted, context, each),
            b"CREATE" => self.create(context)?,
            b"DROP" | b"TRUNCATE" | b"DELETE" => self.emptied(&word, wanted)?,
            b"SET" => self.set()?,
            b"USE" => {
                self.lexer.blank()?;
                self.lexer.session.database = Some(self.lexer.name()?);
                self.lexer.rest(&mut Kept::nothing())?;
            }
            b"DELIMITER" => self.lexer.new_delimiter()?,
            other => match PASSED_OVER.iter().find(|known| **known == other) {
                Some(_) => self.lexer.rest(&mut Kept::nothing())?,
                None => return Err(self.lexer.input.malformed("no statement that a dump has")),
            },
        }
        Ok(ControlFlow::Continue(()))
    }

    fn set(&mut self) -> Result<(), LegacyError> {
        let mut kept = Kept::new(SETTING);
        self.lexer.rest(&mut kept)?;
        let Some(text) = kept.whole() else { return Ok(()) };
        let text = String::from_utf8_lossy(&text).into_owned();
        self.lexer.session.set(&text);
        if text.contains("@OLD_CHARACTER_SET_CLIENT") {
            self.unrestored = text.contains("@@");
        }
        Ok(())
    }

    /// The character set of the file's texts; binary where each column has its own.
    fn charset(&self, context: &Context) -> Charset {
        if self.own_charsets {
            return Charset::binary();
        }
        let unstated = || {
            if self.is_dump() && context.options.charset.is_none() { Charset::unstated() } else { context.charset() }
        };
        self.lexer.session.names.unwrap_or_else(unstated)
    }

    fn create(&mut self, context: &Context) -> Result<(), LegacyError> {
        let mut is_table = false;
        for _ in 0..4 {
            self.lexer.blank()?;
            match self.lexer.word()?.to_ascii_uppercase().as_slice() {
                b"OR" | b"REPLACE" | b"TEMPORARY" => {}
                b"TABLE" => {
                    is_table = true;
                    break;
                }
                _ => break,
            }
        }
        if !is_table {
            return self.lexer.rest(&mut Kept::nothing());
        }
        self.lexer.blank()?;
        if self.lexer.input.take_if(b"IF NOT EXISTS")? {
            self.lexer.blank()?;
        }
        let (database, name) = self.lexer.qualified()?;
        let mut kept = Kept::new(DEFINITION);
        self.lexer.rest(&mut kept)?;
        let Some(text) = kept.whole() else {
            return Err(self.lexer.input.malformed("a table definition of more than 1 MiB"));
        };
        let Some(mut definition) = definition(name, &text, self.charset(context), self.profile.sqlite) else {
            return Ok(());
        };
        if self.found.is_full() {
            return Err(self.lexer.input.malformed("more than 20,000 tables"));
        }
        let database = database.or_else(|| self.lexer.session.database.clone());
        for column in definition.table.columns.iter_mut().filter(|column| column.kind == Kind::Timestamp) {
            column.utc = self.lexer.session.utc;
        }
        self.found.add(definition, database);
        Ok(())
    }

    /// DROP, TRUNCATE, DELETE: of a table whose rows were read already, it is another dump in the same file, and nobody knows which counts.
    fn emptied(&mut self, word: &[u8], wanted: Option<&Wanted<'_>>) -> Result<(), LegacyError> {
        let mut kept = Kept::new(SETTING);
        let start = self.lexer.input.offset();
        self.lexer.rest(&mut kept)?;
        let text = String::from_utf8_lossy(&kept.whole().unwrap_or_default()).into_owned();
        let name = text.split_whitespace().rfind(|word| !word.eq_ignore_ascii_case("CASCADE")).unwrap_or_default();
        let name = name.trim_matches(['`', '"', '[', ']']);
        let at = self.found.place(self.lexer.session.database.as_deref(), name);
        let has_rows = at.and_then(|at| self.found.rows.get(at)).is_some_and(|rows| *rows > 0);
        let is_wanted = wanted.is_some_and(|wanted| {
            at.and_then(|at| self.found.definitions.get(at)).is_some_and(|found| wanted.has(&found.table))
        });
        if has_rows && is_wanted {
            let what = format!("{} behind the rows of {name:?} (at byte {start})", String::from_utf8_lossy(word));
            return Err(self.lexer.input.malformed(what));
        }
        if word == b"DROP" && at.is_some() {
            self.found.remove(self.lexer.session.database.as_deref(), name);
        }
        Ok(())
    }

    /// Whether the file's connection could not carry every character: the older dump programs say `SET NAMES utf8` (three bytes), and with
    /// `--compatible` nothing.
    fn lossy(&self) -> bool {
        self.is_dump() && !matches!(self.lexer.session.names.map(Charset::name), Some("utf8mb4" | "binary"))
    }

    fn is_dump(&self) -> bool {
        matches!(self.profile.writer, "mariadb-dump" | "mysqldump" | "npm mysqldump")
    }

    fn warn_at_end(&mut self, context: &mut Context) {
        if self.questionable > 0 {
            let charset = self.lexer.session.names.map_or("narrow", Charset::name);
            context.warn(Warning::CharactersLost { charset, values: self.questionable });
        }
        if self.is_dump() && self.lexer.session.names.is_none() && context.options.charset.is_none() {
            context.warn(Warning::CharsetUnstated { file: self.lexer.input.file().to_owned() });
        }
        for (definition, past) in self.found.definitions.iter().zip(&self.found.past) {
            if *past > 0 {
                context.warn(Warning::HistorySkipped { table: definition.table.label().to_owned(), rows: *past });
            }
        }
        let comment = String::from_utf8_lossy(&self.lexer.comment);
        let comment = comment.trim_start_matches(['-', '#', ' ']);
        let file = self.lexer.input.file().to_owned();
        match self.profile.end {
            Some("COMMIT") if self.committed => {}
            Some(mark) if mark != "COMMIT" && comment.starts_with(mark) => {}
            Some("20") => context.warn(Warning::EndMissing { file, mark: "-- (date)" }),
            Some(mark) => context.warn(Warning::EndMissing { file, mark }),
            None if self.unrestored => {
                context.warn(Warning::EndMissing { file, mark: "SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT" })
            }
            None => {}
        }
    }

    /// Adds to an error the table and row that were being read.
    fn placed(&self, error: LegacyError) -> LegacyError {
        let LegacyError::Malformed { mut place, what } = error else { return error };
        if let Some(at) = self.current {
            place.table = self.found.definitions.get(at).and_then(|definition| definition.table.name.clone());
            place.row = self.found.rows.get(at).map(|rows| rows + 1);
        }
        LegacyError::Malformed { place, what }
    }
}
