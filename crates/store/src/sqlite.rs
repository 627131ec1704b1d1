//! SQLite: the file and the settings of each connection.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection};

use super::error::Trouble;
use super::limits::{CONNECT_LIMIT, LOCK_WAIT};
use super::role::Role;
use super::standing::Standing;

/// How long a statement waits for another process's transaction; the worker repeats it after that, within its job's time.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Sqlite {
    path: PathBuf,
    pub(super) standing: Arc<Standing>,
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

impl Sqlite {
    pub(super) fn new(path: &Path) -> Self {
        // A relative name gets a `./`, so that none is taken for a URI (`file:...`).
        let path = if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) };
        Self { path, standing: Arc::default() }
    }

    pub(super) fn establish(&self, role: Role) -> Result<SqliteConnection, String> {
        self.create_file().map_err(|error| format!("cannot create {}: {error}", self.path.display()))?;
        let path = self.path.to_str().ok_or("the path is not UTF-8")?;
        let mut connection = SqliteConnection::establish(path).map_err(|error| error.to_string())?;
        let limit = Instant::now() + CONNECT_LIMIT;
        loop {
            match set_up(&mut connection, role) {
                Ok(mode) if mode == "wal" => return Ok(connection),
                Ok(mode) => {
                    return Err(format!("this file system does not allow the WAL journal, only {mode}"));
                }
                // Two processes that open a new file together: the change to WAL does not wait for busy_timeout.
                Err(error) if Trouble::of(&error) == Trouble::Contention && Instant::now() < limit => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// A connection outside diesel, for whoever moves rows.
    pub(super) fn plain(&self) -> Result<rusqlite::Connection, String> {
        self.create_file().map_err(|error| format!("cannot create {}: {error}", self.path.display()))?;
        let connection = rusqlite::Connection::open(&self.path).map_err(|error| error.to_string())?;
        let patience = LOCK_WAIT.as_millis();
        let settings = format!(
            "PRAGMA busy_timeout = {patience}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384"
        );
        connection.execute_batch(&settings).map_err(|error| error.to_string())?;
        Ok(connection)
    }

    /// Makes the folder, for this user only.
    pub(super) fn create_folder(&self) -> std::io::Result<()> {
        match self.path.parent().filter(|folder| !folder.exists()) {
            Some(folder) => DirBuilder::new().recursive(true).mode(0o700).create(folder),
            None => Ok(()),
        }
    }

    /// Makes the folder and an empty file that only this user can read. An existing file is not opened here: closing any descriptor of it
    /// would drop the locks that SQLite holds on it in this process.
    fn create_file(&self) -> std::io::Result<()> {
        self.create_folder()?;
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Gives the journal mode that the file really has.
fn set_up(connection: &mut SqliteConnection, role: Role) -> QueryResult<String> {
    // First, or the statements after it fail at once when another process writes.
    let patience = if role == Role::Migrator { LOCK_WAIT } else { BUSY_TIMEOUT };
    connection.batch_execute(&format!("PRAGMA busy_timeout = {}", patience.as_millis()))?;
    let mode: JournalMode = diesel::sql_query("PRAGMA journal_mode = WAL").get_result(connection)?;
    connection.batch_execute(
        // FULL: NORMAL may lose acknowledged writes with the power.
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    if role == Role::Reader {
        // What belongs in `Store::write` fails here, on the first test that runs it.
        connection.batch_execute("PRAGMA query_only = ON")?;
    }
    Ok(mode.journal_mode)
}
