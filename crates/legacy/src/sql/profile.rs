//! Which program wrote an SQL file: told by its first lines.

use crate::sql::session::Escapes;

/// What is peculiar to a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    /// For people.
    pub writer: &'static str,
    /// How its texts are escaped until the file says otherwise. `None`: the file has to be tried.
    pub escapes: Option<Escapes>,
    /// Whether it is SQLite's SQL.
    pub sqlite: bool,
    /// What its last line comment begins with, or its last statement is.
    pub end: Option<&'static str>,
    /// Whether its UPDATE statements are exported rows.
    pub updates: bool,
}

const BACKSLASH: Profile =
    Profile { writer: "SQL", escapes: Some(Escapes::Backslash), sqlite: false, end: None, updates: false };
const SQLITE: Profile = Profile {
    writer: "sqlite3 .dump",
    escapes: Some(Escapes::Plain),
    sqlite: true,
    end: Some("COMMIT"),
    updates: false,
};

/// By the start of a file; `None` if it is no SQL.
pub(crate) fn profile(start: &[u8]) -> Option<Profile> {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let head: Vec<&str> = text.lines().take(12).collect();
    let begins = |line: &str| head.iter().any(|other| other.starts_with(line));
    let marked = Some("Dump completed");
    if begins("-- MariaDB dump") {
        Some(Profile { writer: "mariadb-dump", end: marked, ..BACKSLASH })
    } else if begins("-- MySQL dump") {
        Some(Profile { writer: "mysqldump", end: marked, ..BACKSLASH })
    } else if begins("/*M!999999\\- enable the sandbox mode */") {
        Some(Profile { writer: "mariadb-dump", ..BACKSLASH })
    } else if begins("-- phpMyAdmin SQL Dump") {
        Some(Profile { writer: "phpMyAdmin SQL", updates: true, ..BACKSLASH })
    } else if begins("-- Adminer ") {
        Some(Profile { writer: "Adminer SQL", end: Some("20"), ..BACKSLASH })
    } else if begins("/*!40101 SET NAMES binary*/;") {
        Some(Profile { writer: "mydumper", escapes: None, ..BACKSLASH })
    } else if begins("# SCHEMA DUMP FOR TABLE") || begins("# DATA DUMP FOR TABLE") {
        Some(Profile { writer: "npm mysqldump", ..BACKSLASH })
    } else if begins("PRAGMA foreign_keys=OFF;") {
        Some(SQLITE)
    } else if text.starts_with("BEGIN TRANSACTION;") {
        Some(Profile { writer: "Python iterdump", ..SQLITE })
    } else if begins("-- Backup for ") {
        Some(Profile { writer: "backy-db", escapes: Some(Escapes::Plain), ..BACKSLASH })
    } else if is_mode_insert(text) {
        Some(Profile { writer: "sqlite3 .mode insert", end: None, ..SQLITE })
    } else if text.starts_with("INSERT OR REPLACE INTO") {
        Some(Profile { writer: "SQLite SQL", end: None, ..SQLITE })
    } else {
        is_sql(text).then_some(Profile { escapes: None, ..BACKSLASH })
    }
}

/// `INSERT INTO "table" VALUES(1,...`: no header, no backticks, no blank behind VALUES; no MySQL tool writes that.
fn is_mode_insert(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let head = line.strip_prefix("INSERT INTO ").and_then(|rest| rest.split_once(" VALUES("));
    head.is_some_and(|(name, _)| !name.contains('`'))
}

/// Comments, then the first word of a statement.
fn is_sql(text: &str) -> bool {
    const FIRST: &[&str] = &[
        "INSERT",
        "REPLACE",
        "CREATE",
        "DROP",
        "SET",
        "USE",
        "LOCK",
        "BEGIN",
        "START",
        "TRUNCATE",
        "DELETE",
        "UPDATE",
        "ALTER",
        "PRAGMA",
        "DELIMITER",
    ];
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(opened) = rest.strip_prefix("/*!").or_else(|| rest.strip_prefix("/*M!")) {
            rest = opened.trim_start_matches(|digit: char| digit.is_ascii_digit());
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
        } else if rest.starts_with("-- ")
            || rest.starts_with("--\n")
            || rest.starts_with("--\r")
            || rest.starts_with('#')
        {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else {
            let word = rest.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or_default();
            return FIRST.iter().any(|first| word.eq_ignore_ascii_case(first));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::profile;

    #[test]
    fn writers_are_told_by_their_first_lines() {
        for (start, writer) in [
            ("/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n", Some("mariadb-dump")),
            ("\u{feff}-- MySQL dump 10.13", Some("mysqldump")),
            ("INSERT INTO \"table\" VALUES(1,'a');", Some("sqlite3 .mode insert")),
            ("INSERT INTO `user` VALUES (1,'a');", Some("SQL")),
            ("-- by hand\n/* x */ create table t (a int);", Some("SQL")),
            ("id,name\n1,admin\n", None),
            ("Set me free, said the text", Some("SQL")),
            ("", None),
        ] {
            assert_eq!(profile(start.as_bytes()).map(|profile| profile.writer), writer, "{start}");
        }
    }
}
