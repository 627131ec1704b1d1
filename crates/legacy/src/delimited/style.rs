//! The rules of a file of separated values, told by its first records: there are as many as there are writers.

use crate::Warning;

/// How fields and records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// For people.
    pub writer: &'static str,
    pub separator: u8,
    /// Whether fields may stand in double quotes.
    pub quoted: bool,
    /// Whether a backslash escapes (and `\N` is NULL).
    pub backslash: bool,
    /// Quotes inside quoted fields are neither doubled nor escaped.
    pub bare_quotes: bool,
    /// Records end in CR LF; a bare CR or LF is part of a value.
    pub crlf: bool,
    /// The first record names the columns.
    pub heading: bool,
    pub null: Null,
    /// Line breaks inside values are not escaped at all, so that a record may have several lines.
    pub torn: bool,
}

/// What NULL looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Null {
    /// A field with nothing in it; the empty string is `""`.
    Empty,
    /// The bare word; the text is in quotes. A field with nothing in it is the empty string.
    BareWord,
    /// `\N`.
    Backslash,
    /// The word, and so is the text.
    AnyWord,
    /// A field with nothing in it, and so is the empty string.
    AnyEmpty,
}

impl Style {
    /// `mariadb-dump --tab` as it comes.
    pub const TAB: Style = Style {
        writer: "mariadb-dump --tab",
        separator: b'\t',
        quoted: false,
        backslash: true,
        bare_quotes: false,
        crlf: false,
        heading: false,
        null: Null::Backslash,
        torn: false,
    };

    /// By the start of a file; `None` if it is no table. `complete`: it is the whole file.
    pub fn of(start: &[u8], complete: bool) -> Option<Style> {
        let (marked, text) = match start.strip_prefix(b"\xef\xbb\xbf") {
            Some(text) => (true, text),
            None => (false, start),
        };
        let first = memchr::memchr(b'\n', text).map_or(text, |end| text.get(..end).unwrap_or_default());
        if first.is_empty() || (first.contains(&0) && !text.contains(&b'\t') && !first.starts_with(b"\"")) {
            return None;
        }
        let crlf = first.ends_with(b"\r");
        let separator = separator(first)?;
        let base = Style {
            separator,
            crlf,
            writer: "CSV",
            quoted: true,
            backslash: false,
            bare_quotes: false,
            heading: false,
            null: Null::AnyEmpty,
            torn: false,
        };
        let look = Look::at(text, separator, complete);
        if marked && crlf {
            return Some(Style { writer: "Adminer CSV", heading: true, null: Null::Empty, ..base });
        }
        if separator == b'\t' && !look.all_quoted {
            let batch =
                Style { writer: "mariadb client, batch", quoted: false, heading: true, null: Null::AnyWord, ..base };
            return Some(match (look.has_backslash_n, look.escapes_only, heading(first, separator)) {
                (true, ..) => Style { crlf, ..Style::TAB },
                (false, _, false) => Style { crlf, ..Style::TAB },
                (false, false, true) => Style { writer: "mariadb client, batch --raw", torn: true, ..batch },
                (false, true, true) if look.has_backslash => Style { backslash: true, ..batch },
                // Nothing is escaped, so either all values are plain or the file is raw: only the number of fields in each line tells.
                (false, true, true) => Style { torn: look.is_torn, ..batch },
            });
        }
        if look.has_backslash_n || look.has_escaped_quote {
            return Some(Style { writer: "SELECT INTO OUTFILE", backslash: true, null: Null::Backslash, ..base });
        }
        let heading = heading(first, separator);
        if look.all_quoted {
            let writer = match (heading, crlf) {
                (true, true) => "phpMyAdmin CSV for Excel",
                (true, false) => "phpMyAdmin CSV",
                (false, _) => "SELECT INTO OUTFILE",
            };
            let backslash = !heading;
            return Some(Style { writer, heading, backslash, null: Null::BareWord, ..base });
        }
        Some(match (heading, crlf) {
            (false, true) => Style { writer: "sqlite3 .mode csv", null: Null::Empty, ..base },
            (false, false) if look.has_bare_null => {
                Style { writer: "SELECT INTO OUTFILE", bare_quotes: true, null: Null::BareWord, ..base }
            }
            (false, false) => Style { null: Null::Empty, ..base },
            (true, _) if look.has_empty_quotes => Style { heading, null: Null::Empty, ..base },
            (true, _) => Style { heading, ..base },
        })
    }

    /// What this style cannot tell.
    pub fn warnings(&self) -> Vec<Warning> {
        let format = self.writer;
        let mut warnings = vec![Warning::NoTypes { format }];
        match self.null {
            Null::AnyWord => warnings.push(Warning::NullOrText { format, looks: "the text \"NULL\"" }),
            Null::AnyEmpty => warnings.push(Warning::NullOrText { format, looks: "the empty text" }),
            Null::Empty | Null::BareWord | Null::Backslash => {}
        }
        if format == "Adminer CSV" {
            let how = "BIT columns are in base 2 and VARBINARY columns in hex, without a mark";
            warnings.push(Warning::BinaryLost { format, how });
        }
        if format == "phpMyAdmin CSV for Excel" || self.torn {
            warnings.push(Warning::LineBreaksChanged { format });
        }
        warnings
    }
}

/// Tab, semicolon or comma: the one that the first line has outside quotes.
fn separator(first: &[u8]) -> Option<u8> {
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    let mut quoted = false;
    for byte in first {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| !quoted && separator == byte) {
            *count += 1;
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0).map(|(separator, _)| *separator)
}

/// Whether a line names columns: every field is a different word, none is a number.
fn heading(first: &[u8], separator: u8) -> bool {
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    let fields: Vec<&[u8]> = first
        .split(|byte| *byte == separator)
        .map(|field| field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field))
        .collect();
    let name = |field: &&[u8]| {
        field.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte >= 0x80)
            && field.iter().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ' | b'.' | b'$' | b'-') || *byte >= 0x80
            })
            && *field != b"NULL"
    };
    let distinct = fields.iter().collect::<std::collections::BTreeSet<_>>().len() == fields.len();
    distinct && fields.iter().all(name)
}

/// What the first records have and have not.
#[derive(Default)]
struct Look {
    has_quotes: bool,
    has_backslash: bool,
    has_backslash_n: bool,
    has_escaped_quote: bool,
    has_empty_quotes: bool,
    has_bare_null: bool,
    /// Each backslash begins an escape that the batch mode writes.
    escapes_only: bool,
    /// Every field that is neither empty nor NULL is in quotes.
    all_quoted: bool,
    /// Not every line has the same number of fields.
    is_torn: bool,
}

impl Look {
    fn at(text: &[u8], separator: u8, complete: bool) -> Look {
        let mut look = Look { escapes_only: true, all_quoted: true, ..Look::default() };
        let ends = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == separator || matches!(byte, b'\r' | b'\n'));
        // A batch has no quotes: there one at the beginning of a value is just that.
        let quotes = separator != b'\t' || text.starts_with(b"\"");
        let mut quoted = false;
        let mut at = 0;
        let mut previous = b'\n';
        while let Some(byte) = text.get(at).copied() {
            let begins = !quoted && (previous == separator || previous == b'\n');
            let next = text.get(at + 1);
            match byte {
                b'\\' => {
                    look.has_backslash = true;
                    look.has_backslash_n |= next == Some(&b'N') && begins && ends(text.get(at + 2));
                    look.has_escaped_quote |= quoted && next == Some(&b'"') && !ends(text.get(at + 2));
                    look.escapes_only &= matches!(next, None | Some(b'n' | b't' | b'0' | b'\\'));
                    at += usize::from(matches!(next, Some(b'\\' | b'"')));
                }
                b'"' if begins && quotes => {
                    look.has_quotes = true;
                    look.has_empty_quotes |= next == Some(&b'"') && ends(text.get(at + 2));
                    quoted = true;
                }
                b'"' if quoted && next == Some(&b'"') => at += 1,
                b'"' if quoted => quoted = !ends(next),
                _ if begins && !ends(Some(&byte)) => {
                    let null = text.get(at..at + 4) == Some(b"NULL") && ends(text.get(at + 4));
                    look.has_bare_null |= null;
                    look.all_quoted &= null || (!complete && text.len() - at < 8);
                }
                _ => {}
            }
            previous = byte;
            at += 1;
        }
        let fields = |line: &[u8]| line.iter().filter(|byte| **byte == separator).count();
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let whole = lines.len().saturating_sub(1);
        let first = lines.first().map_or(0, |line| fields(line));
        look.is_torn = lines.iter().take(whole).any(|line| fields(line) != first);
        look.all_quoted &= look.has_quotes;
        look
    }
}

#[cfg(test)]
mod tests {
    use super::{Null, Style};

    #[test]
    fn styles_are_told_by_the_first_records() {
        for (start, writer, null) in [
            ("\u{feff}id,n\r\n1,\"\"\r\n", "Adminer CSV", Null::Empty),
            ("\"id\",\"n\"\n\"1\",NULL\n\"2\",\n", "phpMyAdmin CSV", Null::BareWord),
            ("\"id\";\"n\"\r\n\"1\";NULL\r\n", "phpMyAdmin CSV for Excel", Null::BareWord),
            ("\"1\",\"a\\\"b\",\\N\n", "SELECT INTO OUTFILE", Null::Backslash),
            ("1,\"a\"\"b\",NULL\n", "SELECT INTO OUTFILE", Null::BareWord),
            ("id\tn\n1\ta\\tb\n2\tNULL\n", "mariadb client, batch", Null::AnyWord),
            ("id\tn\n1\ta\\b\n", "mariadb client, batch --raw", Null::AnyWord),
            ("1,admin,\"x y\",\r\n", "sqlite3 .mode csv", Null::Empty),
            ("id,name,flag\n1,a,\n", "CSV", Null::AnyEmpty),
            ("1\ta\t\\N\n", "mariadb-dump --tab", Null::Backslash),
        ] {
            let style = Style::of(start.as_bytes(), true).unwrap();
            assert_eq!((style.writer, style.null), (writer, null), "{start:?}");
        }
        assert_eq!(Style::of(b"a text without any structure\n", true), None);
    }
}
