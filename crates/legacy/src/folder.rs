//! Folders: many files that are one source.

use crate::delimited::{DelimitedFile, Part, Style};
use crate::input::Input;
use crate::many::Many;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::sql::{Escapes, Found, Profile, Script, escapes, profile};
use crate::{LegacyError, Table, Warning, recognise};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// More files than any export has.
const MOST_FILES: usize = 100_000;

/// SQL files that belong together, definitions first.
pub(crate) struct SqlFolder {
    files: Vec<(PathBuf, Profile, Option<String>)>,
}

/// The files of a folder by what they are.
pub(crate) fn open(folder: &Path, context: &mut Context) -> Result<Box<dyn Reader + Send>, LegacyError> {
    let unreadable = |cause| LegacyError::Unreadable { file: folder.display().to_string(), cause };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)?.take(MOST_FILES) {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut definitions = Vec::new();
    let mut data = Vec::new();
    for path in &paths {
        let mut input = Input::open(path, &context.unwatched())?;
        let start = input.ahead(recognise::START)?;
        if let Some(found) = profile(start) {
            let defines = memchr::memmem::find(start, b"CREATE TABLE").is_some()
                || memchr::memmem::find(start, b"CREATE DATABASE").is_some();
            let inserts = memchr::memmem::find(start, b"INSERT INTO").is_some();
            if defines && !inserts { &mut definitions } else { &mut data }.push((path.clone(), found));
        }
    }
    if data.iter().all(|(_, profile)| profile.writer == "mydumper") && !data.is_empty() {
        return Ok(Box::new(sql(definitions, data, context)?));
    }
    if !definitions.is_empty() && data.is_empty() {
        return tab(&definitions, context);
    }
    let readers = paths.iter().filter_map(|path| recognise::file(path, context).ok()).collect::<Vec<_>>();
    if readers.is_empty() {
        let why = "a folder without any file that could be an export".to_owned();
        return Err(LegacyError::NotRecognised { file: folder.display().to_string(), why });
    }
    Ok(Box::new(Many { readers, writer: "folder of exports" }))
}

/// mydumper: the database of each file is the one its name begins with; there is no other sign of it.
fn sql(
    definitions: Vec<(PathBuf, Profile)>,
    data: Vec<(PathBuf, Profile)>,
    context: &mut Context,
) -> Result<SqlFolder, LegacyError> {
    let mut databases = Vec::new();
    for (path, _) in &definitions {
        let start = Input::open(path, &context.unwatched())?.ahead(4096)?.to_vec();
        let text = String::from_utf8_lossy(&start).into_owned();
        if let Some((_, name)) = text.split_once("CREATE DATABASE") {
            databases.extend(name.split('`').nth(1).map(str::to_owned));
        }
    }
    let database = |path: &Path| {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let begins =
            |database: &&String| file.strip_prefix(database.as_str()).is_some_and(|rest| rest.starts_with(['.', '-']));
        databases.iter().filter(begins).max_by_key(|database| database.len()).cloned()
    };
    let files = usual(definitions).into_iter().chain(data).map(|(path, profile)| {
        let database = database(&path);
        (path, profile, database)
    });
    Ok(SqlFolder { files: files.collect() })
}

/// Definitions are the server's own text: only values are escaped in one way or the other.
fn usual(definitions: Vec<(PathBuf, Profile)>) -> Vec<(PathBuf, Profile)> {
    let usual = |(path, profile)| (path, Profile { escapes: Some(Escapes::Backslash), ..profile });
    definitions.into_iter().map(usual).collect()
}

/// `--tab`: NAME.sql defines the table whose values are in NAME.txt, each column in its own character set.
fn tab(definitions: &[(PathBuf, Profile)], context: &mut Context) -> Result<Box<dyn Reader + Send>, LegacyError> {
    let mut readers: Vec<Box<dyn Reader + Send>> = Vec::new();
    for (path, profile) in definitions {
        let input = Input::open(path, &context.unwatched())?;
        let script = Script::new(input, *profile, Escapes::Backslash, Found::default()).with_own_charsets();
        let values = path.with_extension("txt");
        for table in script.survey(context)?.tables() {
            if !values.is_file() {
                context.warn(Warning::NotRead {
                    what: table.label().to_owned(),
                    why: "its .txt file is missing".to_owned(),
                });
                continue;
            }
            let style = tab_style(&values, context)?;
            let part = Part { path: values.clone(), range: None };
            readers.push(Box::new(DelimitedFile::new(part, style, Some(table))));
        }
    }
    Ok(Box::new(Many { readers, writer: "mariadb-dump --tab" }))
}

fn tab_style(values: &Path, context: &Context) -> Result<Style, LegacyError> {
    let mut input = Input::open(values, &context.unwatched())?;
    let start = input.ahead(recognise::START)?;
    let complete = start.len() < recognise::START;
    // As it comes, values are never in quotes; a file that begins with one has its own --fields options.
    if start.first() != Some(&b'"') {
        return Ok(Style::TAB);
    }
    let found = Style::of(start, complete);
    Ok(found.map_or(Style::TAB, |style| Style {
        writer: Style::TAB.writer,
        backslash: true,
        crlf: memchr::memmem::find(start, b"\"\r\n").is_some(),
        null: Style::TAB.null,
        heading: false,
        ..style
    }))
}

impl SqlFolder {
    fn script(&self, index: usize, found: Found, context: &mut Context) -> Result<Option<Script>, LegacyError> {
        let Some((path, profile, database)) = self.files.get(index) else { return Ok(None) };
        let rule = match profile.escapes {
            Some(rule) => rule,
            None => escapes(path, *profile, context)?,
        };
        let input = Input::open(path, &context.progress)?;
        Ok(Some(Script::new(input, *profile, rule, found).in_database(database.clone())))
    }
}

impl Reader for SqlFolder {
    fn writer(&self) -> &'static str {
        "mydumper"
    }

    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        let mut found = Found::default();
        for index in 0..self.files.len() {
            match self.script(index, std::mem::take(&mut found), context)? {
                Some(script) => found = script.survey(context)?,
                None => break,
            }
        }
        Ok(found.tables())
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let size = |(path, ..): &(PathBuf, Profile, Option<String>)| {
            std::fs::metadata(path).map_or(0, |metadata| metadata.len())
        };
        context.progress.start(self.files.iter().map(size).sum());
        let mut found = Found::default();
        for index in 0..self.files.len() {
            let Some(script) = self.script(index, std::mem::take(&mut found), context)? else { break };
            let (so_far, flow) = script.read(wanted, context, each)?;
            if flow.is_break() {
                return Ok(flow);
            }
            found = so_far;
        }
        Ok(ControlFlow::Continue(()))
    }
}
