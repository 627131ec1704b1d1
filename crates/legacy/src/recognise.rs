//! What a file is: told by its content, never by its name.

use crate::delimited::{DelimitedFile, Part, Style};
use crate::input::Input;
use crate::json::{JsonFile, Layout};
use crate::many::Many;
use crate::quote::QuoteFile;
use crate::reader::{Context, Reader};
use crate::xml::{Writer, XmlFile};
use crate::{LegacyError, Table, archive, sql, sqlite};
use std::path::Path;

/// How much of a file is looked at.
pub(crate) const START: usize = 64 << 10;

/// The reader for a file.
pub(crate) fn file(path: &Path, context: &mut Context) -> Result<Box<dyn Reader + Send>, LegacyError> {
    let mut input = Input::open(path, &context.unwatched())?;
    let start = input.ahead(START)?;
    let complete = start.len() < START;
    if start.starts_with(sqlite::MAGIC) {
        return Ok(Box::new(sqlite::SqliteFile::open(path)?));
    }
    if let Some(profile) = sql::profile(start) {
        return Ok(Box::new(sql::SqlFile::new(path.to_owned(), profile)));
    }
    if let Some(layout) = Layout::of(start) {
        return Ok(Box::new(JsonFile::new(path.to_owned(), layout)));
    }
    if let Some(writer) = Writer::of(start) {
        return Ok(Box::new(XmlFile::new(path.to_owned(), writer)));
    }
    if let Some((writer, why)) = refused(start) {
        return Err(LegacyError::Refused { file: path.display().to_string(), writer, why });
    }
    if archive::is_archive(start) {
        return archived(path, context);
    }
    if QuoteFile::is(start) {
        return Ok(Box::new(QuoteFile::new(path.to_owned())));
    }
    if let Some(style) = Style::of(start, complete) {
        return Ok(Box::new(DelimitedFile::new(Part { path: path.to_owned(), range: None }, style, None)));
    }
    Err(LegacyError::NotRecognised { file: path.display().to_string(), why: "no known kind of export".to_owned() })
}

/// Adminer's CSV of several tables: a tar whose members are named after them.
fn archived(path: &Path, context: &Context) -> Result<Box<dyn Reader + Send>, LegacyError> {
    let mut readers: Vec<Box<dyn Reader + Send>> = Vec::new();
    for member in archive::members(path, context)? {
        let mut input = Input::open_part(path, member.offset, member.length, &context.unwatched())?;
        let start = input.ahead(START)?;
        let Some(style) = Style::of(start, start.len() < START) else { continue };
        let name = Path::new(&member.name).file_stem().map(|name| name.to_string_lossy().into_owned());
        let table = Table { name, ..Table::nameless() };
        let part = Part { path: path.to_owned(), range: Some((member.offset, member.length)) };
        readers.push(Box::new(DelimitedFile::new(part, style, Some(table))));
    }
    Ok(Box::new(Many { readers, writer: "Adminer CSV, several tables" }))
}

/// Forms that do not keep values apart, or not whole: known by name, so that the message can say what to export instead.
fn refused(start: &[u8]) -> Option<(&'static str, &'static str)> {
    const TABLE: &str = "zero bytes, line breaks and NULL cannot be told from text; export SQL instead";
    let text = String::from_utf8_lossy(start.get(..4096.min(start.len())).unwrap_or_default()).into_owned();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if begins("<TABLE BORDER=1>") {
        Some(("the mariadb client's --html", TABLE))
    } else if begins("+--") {
        Some(("the mariadb client's -t (table)", TABLE))
    } else if begins("***************************") {
        Some(("the mariadb client's -E (vertical)", TABLE))
    } else if begins("%YAML") || begins("--- ") || begins("- model:") {
        Some(("YAML", "numbers, texts and binary values are not kept apart; export SQL or JSON instead"))
    } else if begins("% phpMyAdmin LaTeX") || begins("===Database") || begins("<!DOCTYPE html") || begins("<html") {
        Some(("an export for reading", "its values are not whole; export SQL instead"))
    } else if begins("PGDMP") || begins("--\n-- PostgreSQL database dump") {
        Some(("a PostgreSQL dump", "only MySQL, MariaDB and SQLite deployments are known"))
    } else {
        None
    }
}
