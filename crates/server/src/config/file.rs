//! `dragoman.toml` as a source of the `config` crate, whose own file source takes whatever it cannot read for absent.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use config::{ConfigError, FileFormat, Format, Map, Source, Value};

/// Which file is read.
#[derive(Debug, Clone)]
pub enum ConfigFile {
    /// Given by the operator: it must be there.
    Required(PathBuf),
    /// Read when it is there. A folder, a link to nowhere, or a file that cannot be read is there.
    IfPresent(PathBuf),
}

impl Source for ConfigFile {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let path = match self {
            Self::IfPresent(path) if is_absent(path) => return Ok(Map::new()),
            Self::IfPresent(path) | Self::Required(path) => path,
        };
        let failed = |reason: String| ConfigError::Message(format!("{}: {reason}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n');
            failed(format!("line {} is not UTF-8", line.count() + 1))
        })?;
        FileFormat::Toml.parse(Some(&path.display().to_string()), &text).map_err(|_| failed(misread(&text)))
    }
}

/// Where and why a text is no TOML. The parser's own words show the line, which may hold a secret.
fn misread(text: &str) -> String {
    let Err(error) = text.parse::<toml::Table>() else { return "is not TOML".to_owned() };
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let (line, column) =
        (before.matches('\n').count() + 1, before.chars().rev().take_while(|letter| *letter != '\n').count() + 1);
    format!("line {line}, column {column}: {}", error.message().replace('\n', ", "))
}

/// Only what has no name in its folder: the link itself is asked, not what it leads to.
fn is_absent(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}
