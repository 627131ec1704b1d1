//! One server for one SQLite file: a second one would wait for the first one's writes at every request.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::sqlite::Sqlite;
use super::url::{DatabaseUrl, Place};

/// Held for as long as the server lives; the system ends it with the process, however that ends.
pub struct Claim {
    _file: Option<File>,
}

/// Why a server may not begin to work on a database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Another process has claimed the file.
    #[error(
        "another server ({0}) works on this SQLite file; it takes one: stop that one, or keep the accounts in PostgreSQL or \
         MySQL/MariaDB"
    )]
    Taken(Holder),
    /// The file's folder cannot be made.
    #[error("cannot create the database's folder: {0}")]
    Folder(#[source] io::Error),
}

/// Who works on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    process: String,
    /// What it said of itself when it claimed the file: where it listens.
    pub place: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "process {}, at {}", self.process, self.place)
    }
}

impl Claim {
    /// Claims a SQLite file beside which a lock can be kept, for a server at `place`; every other database takes many servers.
    pub fn of(url: &DatabaseUrl, place: &str) -> Result<Self, ClaimError> {
        let Place::Sqlite(path) = &url.place else { return Ok(Self { _file: None }) };
        Sqlite::new(path).create_folder().map_err(ClaimError::Folder)?;
        match lock(path, place) {
            Ok(file) => Ok(Self { _file: Some(file) }),
            Err(Unlocked::Taken(holder)) => Err(ClaimError::Taken(holder)),
            Err(Unlocked::NoLocks(error)) => {
                tracing::warn!(%error, "no lock can be kept here: a second server on this SQLite file would not be noticed");
                Ok(Self { _file: None })
            }
        }
    }

    /// Who has claimed a SQLite file; nothing is made or claimed.
    pub fn holder(url: &DatabaseUrl) -> Option<Holder> {
        let Place::Sqlite(path) = &url.place else { return None };
        let mut file = OpenOptions::new().read(true).open(lock_file(path)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Holder::read(&mut file).ok(),
            _ => None,
        }
    }
}

impl Holder {
    fn read(file: &mut File) -> io::Result<Self> {
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let (process, place) = text.trim().split_once(' ').unwrap_or((text.trim(), "an address it did not say"));
        Ok(Self { process: process.to_owned(), place: place.to_owned() })
    }
}

enum Unlocked {
    Taken(Holder),
    NoLocks(io::Error),
}

impl From<io::Error> for Unlocked {
    fn from(error: io::Error) -> Self {
        Self::NoLocks(error)
    }
}

/// A file of its own: closing any descriptor of the database would drop SQLite's locks on it.
fn lock(database: &Path, place: &str) -> Result<File, Unlocked> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(lock_file(database))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            writeln!(file, "{} {place}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(Unlocked::Taken(Holder::read(&mut file)?)),
        Err(TryLockError::Error(error)) => Err(Unlocked::NoLocks(error)),
    }
}

fn lock_file(database: &Path) -> OsString {
    let mut name = database.as_os_str().to_owned();
    name.push("-server");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_has_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(&format!("sqlite://{}/made/accounts.db", folder.path().display())).unwrap();
        assert_eq!(Claim::holder(&url), None);
        let first = Claim::of(&url, "127.0.0.1:1").unwrap();
        let told = Claim::of(&url, "127.0.0.1:2").err().unwrap().to_string();
        assert!(told.contains(&format!("(process {}, at 127.0.0.1:1)", std::process::id())), "{told}");
        assert_eq!(Claim::holder(&url).unwrap().place, "127.0.0.1:1");
        drop(first);
        assert_eq!(Claim::holder(&url), None);
        let again = Claim::of(&url, "127.0.0.1:1").unwrap();
        let other = DatabaseUrl::parse(&format!("sqlite://{}/made/other.db", folder.path().display())).unwrap();
        Claim::of(&other, "127.0.0.1:1").unwrap();
        drop(again);
    }

    #[test]
    fn a_server_s_database_takes_many() {
        let url = DatabaseUrl::parse("postgres://u@host/db").unwrap();
        let _claims = (Claim::of(&url, "here").unwrap(), Claim::of(&url, "there").unwrap());
    }
}
