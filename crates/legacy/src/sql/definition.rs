//! What `CREATE TABLE` says of a table.

use crate::{Charset, Column, Kind, Table, sqlite};

/// A table as its definition has it.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub table: Table,
    /// The column that says until when a row was valid, of a table with system versioning.
    pub row_end: Option<usize>,
    /// Columns that `SELECT *` leaves out.
    pub invisible: Vec<String>,
    /// `WITH SYSTEM VERSIONING`.
    pub versioned: bool,
}

/// More columns than any server allows.
const MOST_COLUMNS: usize = 4096;

/// A piece of a definition at the outermost level, or a pair of parentheses with what is in it.
#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Word(&'a [u8]),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Group(&'a [u8]),
    Sign(u8),
}

/// Reads `name ( ... ) options`, which is what stands behind `CREATE TABLE [IF NOT EXISTS]`, without comments. `None`: no list of columns.
pub(crate) fn definition(name: String, rest: &[u8], file: Charset, sqlite: bool) -> Option<Definition> {
    let tokens = tokens(rest);
    let mut tokens = tokens.iter();
    let Some(Token::Group(body)) = tokens.next() else { return None };
    let options: Vec<&Token<'_>> = tokens.collect();
    let table_charset = charset(&options);
    let mut columns = Vec::new();
    let mut row_end = None;
    let mut invisible = Vec::new();
    for part in parts(body).take(MOST_COLUMNS) {
        if let Some((column, is_end)) = column(&part, table_charset, file, sqlite) {
            row_end = row_end.or(is_end.then_some(columns.len()));
            if part.iter().any(|token| is(Some(&token), "INVISIBLE")) {
                invisible.push(column.name.clone());
            }
            columns.push(column);
        }
    }
    let versioned = options.windows(2).any(|pair| is(pair.first(), "SYSTEM") && is(pair.get(1), "VERSIONING"));
    let table = Table { name: Some(name), columns, columns_named: true, ..Table::nameless() };
    Some(Definition { table, row_end, invisible, versioned })
}

fn column(tokens: &[Token<'_>], table: Option<Charset>, file: Charset, sqlite: bool) -> Option<(Column, bool)> {
    let (name, rest) = match tokens.split_first()? {
        (Token::Name(name), rest) => (name.as_slice(), rest),
        (Token::Word(word), rest) if !is_constraint(word, sqlite) => (*word, rest),
        _ => return None,
    };
    let name = file.decode(name).map_or_else(|| String::from_utf8_lossy(name).into_owned(), Into::into);
    let declared = declared(rest);
    let kind = if sqlite { sqlite::kind(&declared) } else { kind(&declared) };
    let references: Vec<&Token<'_>> = rest.iter().collect();
    let own = charset(&references).or(table);
    let charset = match kind {
        Kind::Binary | Kind::Bit(_) | Kind::Spatial => Charset::binary(),
        // A file in one character set has been converted to it; "binary" means that each column has its own.
        _ if file.is_binary() => own.unwrap_or_default(),
        _ => file,
    };
    let kind = if kind == Kind::Text && own.is_some_and(Charset::is_binary) { Kind::Binary } else { kind };
    let not_null = references.windows(2).any(|pair| is(pair.first(), "NOT") && is(pair.get(1), "NULL"));
    let as_row = |what| {
        references.windows(3).any(|three| is(three.first(), "AS") && is(three.get(1), "ROW") && is(three.get(2), what))
    };
    let generated =
        references.windows(2).any(|pair| is(pair.first(), "AS") && matches!(pair.get(1), Some(Token::Group(_))));
    let generated = generated || as_row("START") || as_row("END");
    let column = Column { kind, charset, nullable: Some(!not_null), generated, declared, ..Column::named(&name) };
    Some((column, as_row("END")))
}

fn is_constraint(word: &[u8], sqlite: bool) -> bool {
    let both = ["PRIMARY", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK", "EXCLUDE"];
    // In SQLite these are no constraints but ordinary names.
    let mysql = ["KEY", "INDEX", "FULLTEXT", "SPATIAL", "PERIOD"];
    let among = |words: &[&str]| words.iter().any(|other| word.eq_ignore_ascii_case(other.as_bytes()));
    among(&both) || (!sqlite && among(&mysql))
}

/// `bigint(20) unsigned`: the words until one that begins an attribute, in lower case.
fn declared(tokens: &[Token<'_>]) -> String {
    const ATTRIBUTES: &[&str] = &[
        "NOT",
        "NULL",
        "DEFAULT",
        "CHARACTER",
        "CHARSET",
        "COLLATE",
        "COMMENT",
        "AUTO_INCREMENT",
        "AUTOINCREMENT",
        "PRIMARY",
        "UNIQUE",
        "KEY",
        "GENERATED",
        "AS",
        "REFERENCES",
        "CHECK",
        "CONSTRAINT",
        "ON",
        "INVISIBLE",
        "WITHOUT",
        "WITH",
        "COMPRESSED",
        "VIRTUAL",
    ];
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Word(word) if ATTRIBUTES.iter().any(|attribute| word.eq_ignore_ascii_case(attribute.as_bytes())) => {
                break;
            }
            Token::Word(word) => {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(&String::from_utf8_lossy(word).to_ascii_lowercase());
            }
            Token::Group(inner) if !text.is_empty() => {
                text.push_str(&format!("({})", String::from_utf8_lossy(inner)));
            }
            _ => break,
        }
    }
    text
}

/// The kind of a MySQL type.
pub(crate) fn kind(declared: &str) -> Kind {
    let word = declared
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .next()
        .unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "bit" => {
            let width = declared.split(['(', ')']).nth(1).and_then(|width| width.trim().parse().ok());
            Kind::Bit(width.unwrap_or(1))
        }
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "bool" | "boolean" | "year"
        | "serial" => Kind::Integer,
        "decimal" | "numeric" | "dec" | "fixed" => Kind::Decimal,
        "float" | "double" | "real" => Kind::Float,
        "date" | "datetime" => Kind::DateTime,
        "timestamp" => Kind::Timestamp,
        "time" => Kind::Time,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Binary,
        "point" | "linestring" | "polygon" | "geometry" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" => Kind::Spatial,
        "" => Kind::Unknown,
        _ => Kind::Text,
    }
}

/// `CHARACTER SET x`, `CHARSET = x`, or the character set of `COLLATE x`.
fn charset(tokens: &[&Token<'_>]) -> Option<Charset> {
    let after = |index: usize| {
        let mut rest =
            tokens.iter().skip(index + 1).filter(|token| **token != &Token::Sign(b'=') && !is(Some(*token), "SET"));
        match rest.next() {
            Some(Token::Word(word)) => std::str::from_utf8(word).ok().map(Charset::called),
            Some(Token::Name(word) | Token::Text(word)) => std::str::from_utf8(word).ok().map(Charset::called),
            _ => None,
        }
    };
    let find = |wanted: &[&str]| tokens.iter().position(|token| wanted.iter().any(|word| is(Some(token), word)));
    find(&["CHARACTER", "CHARSET"]).and_then(after).or_else(|| find(&["COLLATE"]).and_then(after))
}

fn is(token: Option<&&Token<'_>>, wanted: &str) -> bool {
    matches!(token, Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// The comma-separated parts of a list.
fn parts(body: &[u8]) -> impl Iterator<Item = Vec<Token<'_>>> {
    let tokens = tokens(body);
    let parts: Vec<_> = tokens.split(|token| *token == Token::Sign(b',')).map(<[_]>::to_vec).collect();
    parts.into_iter()
}

fn tokens(mut rest: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    while let Some(first) = rest.first().copied() {
        let taken = match first {
            b'`' | b'"' => quoted(rest, first, false, |name| tokens.push(Token::Name(name))),
            b'[' => quoted(rest, b']', false, |name| tokens.push(Token::Name(name))),
            b'\'' => quoted(rest, first, true, |text| tokens.push(Token::Text(text))),
            b'(' => {
                let length = group(rest);
                tokens.push(Token::Group(rest.get(1..length - 1).unwrap_or_default()));
                length
            }
            _ => {
                let length = rest.iter().take_while(|byte| is_word(**byte)).count();
                if length > 0 {
                    tokens.push(Token::Word(rest.get(..length).unwrap_or_default()));
                } else if !first.is_ascii_whitespace() {
                    tokens.push(Token::Sign(first));
                }
                length.max(1)
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.') || byte >= 0x80
}

/// The length of a quoted piece with its quotes; hands its content on.
fn quoted(rest: &[u8], close: u8, backslash: bool, then: impl FnOnce(Vec<u8>)) -> usize {
    let mut content = Vec::new();
    let mut at = 1;
    while let Some(byte) = rest.get(at).copied() {
        let next = rest.get(at + 1).copied();
        at += 1;
        if byte == close && next != Some(close) {
            break;
        }
        if byte == close || (backslash && byte == b'\\') {
            at += 1;
            content.extend(next);
        } else {
            content.push(byte);
        }
    }
    then(content);
    at
}

/// The length of `( ... )`, or of all that is left.
fn group(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = rest.get(at).copied() {
        let part = rest.get(at..).unwrap_or_default();
        match byte {
            b'\'' => at += quoted(part, byte, true, drop),
            b'`' | b'"' => at += quoted(part, byte, false, drop),
            _ => {
                depth += usize::from(byte == b'(');
                depth -= usize::from(byte == b')');
                at += 1;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len().max(2)
}

#[cfg(test)]
mod tests {
    use super::definition;
    use crate::{Charset, Kind};

    #[test]
    fn columns_and_what_they_are() {
        let text = b" (`id` bigint(20) UNSIGNED NOT NULL AUTO_INCREMENT, `n` varchar(30) CHARACTER SET gbk COLLATE gbk_bin DEFAULT 'a,)' COMMENT '''(x''',
            low varchar(30) GENERATED ALWAYS AS (lower(`n`)) STORED, `f` bit(10) DEFAULT b'0', `salt` varbinary(8), `m` decimal(10, 2),
            `re` timestamp(6) GENERATED ALWAYS AS ROW END, PRIMARY KEY (`id`), KEY `k` (`n`,`f`), PERIOD FOR SYSTEM_TIME (`rs`, `re`)
            ) ENGINE = InnoDB DEFAULT CHARSET = latin1 WITH SYSTEM VERSIONING";
        let found = definition("t".into(), text, Charset::binary(), false).unwrap();
        let columns: Vec<_> = found
            .table
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.declared.as_str(), c.kind, c.charset.name(), c.generated))
            .collect();
        assert_eq!(
            columns,
            [
                ("id", "bigint(20) unsigned", Kind::Integer, "latin1", false),
                ("n", "varchar(30)", Kind::Text, "gbk", false),
                ("low", "varchar(30)", Kind::Text, "latin1", true),
                ("f", "bit(10)", Kind::Bit(10), "binary", false),
                ("salt", "varbinary(8)", Kind::Binary, "binary", false),
                ("m", "decimal(10, 2)", Kind::Decimal, "latin1", false),
                ("re", "timestamp(6)", Kind::Timestamp, "latin1", true),
            ]
        );
        assert_eq!((found.row_end, found.versioned), (Some(6), true));
        assert_eq!(found.table.columns[0].nullable, Some(false));
    }

    #[test]
    fn whatever_stands_there_is_no_panic() {
        for text in ["", "(", "((", "('", "(`", "(a", "() x", "(,,,)", ")", "AS SELECT 1", "(`a` int", "(a b c, (d))"] {
            let _ = definition("t".into(), text.as_bytes(), Charset::utf8(), false);
        }
        let sqlite = definition("t".into(), b"(key TEXT NOT NULL, \"index\" INTEGER)", Charset::utf8(), true).unwrap();
        assert_eq!(sqlite.table.columns.len(), 2);
    }
}
