//! One server for one SQLite file: a second one would wait for the first one's writes at every request.

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
        "another server (process {0}) works on this SQLite file; it takes one: stop that one, or keep the accounts in PostgreSQL or \
         MySQL/MariaDB"
    )]
    Taken(String),
    /// The file's folder cannot be made.
    #[error("cannot create the database's folder: {0}")]
    Folder(#[source] io::Error),
}

impl Claim {
    /// Claims a SQLite file beside which a lock can be kept; every other database takes many servers.
    pub fn of(url: &DatabaseUrl) -> Result<Self, ClaimError> {
        let Place::Sqlite(path) = &url.place else { return Ok(Self { _file: None }) };
        Sqlite::new(path).create_folder().map_err(ClaimError::Folder)?;
        match lock(path) {
            Ok(file) => Ok(Self { _file: Some(file) }),
            Err(Unlocked::Taken(process)) => Err(ClaimError::Taken(process)),
            Err(Unlocked::NoLocks(error)) => {
                tracing::warn!(%error, "no lock can be kept here: a second server on this SQLite file would not be noticed");
                Ok(Self { _file: None })
            }
        }
    }
}

enum Unlocked {
    /// With the number of the process that holds it.
    Taken(String),
    NoLocks(io::Error),
}

impl From<io::Error> for Unlocked {
    fn from(error: io::Error) -> Self {
        Self::NoLocks(error)
    }
}

/// A file of its own: closing any descriptor of the database would drop SQLite's locks on it.
fn lock(database: &Path) -> Result<File, Unlocked> {
    let mut name = database.as_os_str().to_owned();
    name.push("-server");
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(name)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            file.read_to_string(&mut process)?;
            Err(Unlocked::Taken(process.trim().to_owned()))
        }
        Err(TryLockError::Error(error)) => Err(Unlocked::NoLocks(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_has_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(&format!("sqlite://{}/made/accounts.db", folder.path().display())).unwrap();
        let first = Claim::of(&url).unwrap();
        let told = Claim::of(&url).err().unwrap().to_string();
        assert!(told.contains(&format!("(process {})", std::process::id())), "{told}");
        drop(first);
        let again = Claim::of(&url).unwrap();
        let other = DatabaseUrl::parse(&format!("sqlite://{}/made/other.db", folder.path().display())).unwrap();
        Claim::of(&other).unwrap();
        drop(again);
    }

    #[test]
    fn a_server_s_database_takes_many() {
        let url = DatabaseUrl::parse("postgres://u@host/db").unwrap();
        let _claims = (Claim::of(&url).unwrap(), Claim::of(&url).unwrap());
    }
}
