//! What the statements of a file have set so far: only as much as changes how the file is to be read.

use crate::Charset;
use std::collections::HashMap;

/// How texts between quotes are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// MySQL's usual rule: a backslash escapes.
    Backslash,
    /// Standard SQL: only the quote itself is doubled.
    Plain,
    /// mydumper on a NO_BACKSLASH_ESCAPES server: single quotes doubled, nothing else; the end is where a value can end.
    Inferred,
}

/// The state of a file's session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// What `SET NAMES` said last.
    pub names: Option<Charset>,
    pub escapes: Escapes,
    pub database: Option<String>,
    pub delimiter: Vec<u8>,
    /// Whether TIMESTAMP values are in UTC.
    pub utc: bool,
    /// `@old_sql_mode` and the like: the rule that a later `SET sql_mode = @old_sql_mode` brings back.
    saved: HashMap<String, Escapes>,
}

/// A file saves two or three variables; a hostile one does not get to fill the memory.
const MOST_SAVED: usize = 64;

impl Session {
    pub fn new(escapes: Escapes) -> Session {
        let delimiter = b";".to_vec();
        Session { names: None, escapes, database: None, delimiter, utc: false, saved: HashMap::new() }
    }

    /// The first bytes of two-byte characters: the escaping follows the connection's character set.
    pub fn two_byte(&self) -> Option<fn(u8) -> bool> {
        self.names.and_then(Charset::two_byte)
    }

    /// Takes the text behind `SET` (without comments).
    pub fn set(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        if first.eq_ignore_ascii_case("names") {
            self.names = words.next().map(|name| Charset::called(name.trim_matches(['\'', '"', '`'])));
            return;
        }
        for assignment in assignments(text) {
            if let Some((name, value)) = assignment.split_once('=') {
                self.assign(name.trim().trim_end_matches(':'), value.trim());
            }
        }
    }

    fn assign(&mut self, name: &str, value: &str) {
        let name = name.trim().to_ascii_lowercase();
        let variable = name.trim_start_matches("@@").trim_start_matches("session").trim_start_matches(['.', ' ']);
        let value_lower = value.to_ascii_lowercase();
        match variable {
            "sql_mode" => match value_lower.strip_prefix('@') {
                Some(saved) => self.escapes = self.saved.get(saved).copied().unwrap_or(self.escapes),
                None if value_lower.contains("no_backslash_escapes") => self.escapes = Escapes::Plain,
                None if self.escapes == Escapes::Plain && value.starts_with(['\'', '"']) => {
                    self.escapes = Escapes::Backslash;
                }
                None => {}
            },
            "time_zone" => self.utc = matches!(value.trim_matches(['\'', '"']), "+00:00" | "UTC"),
            saved if value_lower.contains("sql_mode") && self.saved.len() < MOST_SAVED => {
                self.saved.insert(saved.trim_start_matches('@').to_owned(), self.escapes);
            }
            _ => {}
        }
    }
}

/// Cuts `a = 1, b = 'x,y'` at the commas outside quotes.
fn assignments(text: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    text.split(move |character| match (quote, character) {
        (None, '\'' | '"') => {
            quote = Some(character);
            false
        }
        (Some(open), _) if open == character => {
            quote = None;
            false
        }
        (None, ',') => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Escapes, Session};

    #[test]
    fn only_what_matters_is_taken_from_set() {
        let mut session = Session::new(Escapes::Backslash);
        session.set("NAMES gbk");
        assert_eq!(session.names.map(|names| names.name()), Some("gbk"));
        session.set(" @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI,NO_BACKSLASH_ESCAPES' ");
        assert_eq!(session.escapes, Escapes::Plain);
        session.set("SQL_MODE=@OLD_SQL_MODE");
        assert_eq!(session.escapes, Escapes::Backslash);
        session.set("@@session.sql_mode := \"NO_BACKSLASH_ESCAPES\"");
        assert_eq!(session.escapes, Escapes::Plain);
        session.set("sql_mode = 'STRICT_TRANS_TABLES'");
        assert_eq!(session.escapes, Escapes::Backslash);
        session.set("time_zone = '+00:00'");
        assert!(session.utc);
    }
}
