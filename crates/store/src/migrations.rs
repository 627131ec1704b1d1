//! Brings the schema up to date, one process at a time.
//!
//! Rules for a new migration: the same folder name for all three engines; only add, so that older replicas run beside it for a while;
//! one DDL statement each on MySQL, with `IF NOT EXISTS`, because MySQL commits each by itself and the migration may be run again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::deserialize::QueryableByName;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::commit_mark;
use super::connection::{Connection, MysqlConnection, PostgresConnection, set_deadline};
use super::error::{Trouble, loggable};
use super::limits::LOCK_WAIT;
use super::migration_lock::MigrationLock;
use super::role::Role;
use super::rows::UNFINISHED;
use super::tables::Tables;
use super::target::Target;

/// "dragoman" in ASCII: the key of the lock that PostgreSQL keeps while one process migrates.
const POSTGRES_LOCK: i64 = 0x6472_6167_6f6d_616e;

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// No connection; trying again later may help.
    #[error("cannot connect to the database: {0}")]
    Unavailable(String),
    /// Another process has been migrating for two minutes.
    #[error("another process has held the migration lock for {} seconds", LOCK_WAIT.as_secs())]
    Locked,
    /// The database has been migrated by a newer program.
    #[error("the database is newer than this program: it does not know the migrations {}", .0.join(", "))]
    Newer(Vec<String>),
    /// Names and texts of all languages are kept; this database would refuse most of them.
    #[error("the database's encoding is {0}, which cannot hold every text: make one with ENCODING 'UTF8'")]
    Encoding(String),
    /// A migration failed. On MySQL it may be half done; running it again is safe.
    #[error("migration {name} failed: {cause}")]
    Failed {
        /// The migration's folder.
        name: String,
        /// The database's own words.
        cause: String,
    },
    /// Rows are still to be copied into it.
    #[error(
        "a copy into this database was begun and is not finished: run the same `dragoman copy-database` again, which goes on \
         where it ended"
    )]
    Unfinished,
    /// All migrations ran, and yet a column is missing: tables of another program stand in their place.
    #[error("the tables are not this program's; use an empty database: {0}")]
    Foreign(String),
    /// The database refused something around the migrations.
    #[error("cannot migrate the database: {0}")]
    Database(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

/// Migrates on a thread and a connection of its own: neither waits for the queues nor for their time limits.
pub(super) async fn migrate(
    target: Arc<Target>,
    tables: Vec<&'static Tables>,
    runtime: Arc<Runtime>,
) -> Result<Vec<String>, MigrateError> {
    let (reply, answer) = oneshot::channel();
    thread::Builder::new()
        .name("store-migrate".to_owned())
        .spawn(move || {
            {
                let _entered = runtime.enter();
                set_deadline(None);
                let result = catch_unwind(AssertUnwindSafe(|| run(&target, &tables)))
                    .unwrap_or_else(|_| Err(MigrateError::Database("the database driver panicked".to_owned())));
                // An error means that the caller hung up: what has been done stays done.
                let _ = reply.send(result);
            }
            drop(runtime);
        })
        .map_err(|error| MigrateError::Database(error.to_string()))?;
    answer.await.unwrap_or(Err(MigrateError::Closed))
}

fn run(target: &Target, tables: &[&Tables]) -> Result<Vec<String>, MigrateError> {
    let (_, mut connection) = target.establish(Role::Migrator).map_err(MigrateError::Unavailable)?;
    if is_unfinished(&mut connection)? {
        return Err(MigrateError::Unfinished);
    }
    // The locks go with the connection, whatever happens.
    let ran = match &mut connection {
        Connection::Sqlite(c) => on_sqlite(c.inner(), tables)?,
        Connection::Postgres(c) => on_postgres(c.inner(), tables)?,
        Connection::Mysql(c) => on_mysql(c.inner(), tables)?,
    };
    for tables in tables {
        (tables.check_columns)(&mut connection).map_err(|error| MigrateError::Foreign(error.to_string()))?;
    }
    for name in &ran {
        tracing::info!(migration = name, "migrated the database");
    }
    Ok(ran)
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = name)]
    _name: String,
}

fn is_unfinished(connection: &mut Connection) -> Result<bool, MigrateError> {
    let [on_sqlite, on_postgres, on_mysql] = UNFINISHED;
    let found: Vec<Named> = match connection {
        Connection::Sqlite(c) => sql_query(on_sqlite).load(c),
        Connection::Postgres(c) => sql_query(on_postgres).load(c),
        Connection::Mysql(c) => sql_query(on_mysql).load(c),
    }
    .map_err(database)?;
    Ok(!found.is_empty())
}

/// One transaction around all: it is the lock between processes, and a failure leaves the file as it was.
fn on_sqlite(connection: &mut SqliteConnection, tables: &[&Tables]) -> Result<Vec<String>, MigrateError> {
    AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN EXCLUSIVE").map_err(not_locked)?;
    match run_pending(connection, tables.iter().map(|tables| &tables.sqlite), |_| Ok(())) {
        Ok(ran) => {
            AnsiTransactionManager::commit_transaction(connection).map_err(database)?;
            Ok(ran)
        }
        Err(error) => {
            AnsiTransactionManager::rollback_transaction(connection).map_err(database)?;
            Err(error)
        }
    }
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Without the lock 72 of 100 concurrent starts failed (one-domain.md 5, "Migrations").
fn on_postgres(connection: &mut PostgresConnection, tables: &[&Tables]) -> Result<Vec<String>, MigrateError> {
    let encoding: Setting =
        sql_query("SELECT current_setting('server_encoding') AS value").get_result(connection).map_err(database)?;
    if encoding.value != "UTF8" {
        return Err(MigrateError::Encoding(encoding.value));
    }
    connection.batch_execute(&format!("SELECT pg_advisory_lock({POSTGRES_LOCK})")).map_err(not_locked)?;
    let ran = commit_mark::prepare_postgres(connection)
        .map_err(database)
        .and_then(|()| run_pending(connection, tables.iter().map(|tables| &tables.postgres), |_| Ok(())));
    connection.batch_execute(&format!("SELECT pg_advisory_unlock({POSTGRES_LOCK})")).map_err(database)?;
    ran
}

fn on_mysql(connection: &mut MysqlConnection, tables: &[&Tables]) -> Result<Vec<String>, MigrateError> {
    let lock = MigrationLock::take(connection).map_err(not_locked)?.ok_or(MigrateError::Locked)?;
    let sources = tables.iter().map(|tables| &tables.mysql);
    let ran = commit_mark::prepare_mysql(connection).map_err(database).and_then(|()| {
        run_pending(connection, sources, |connection| match lock.renew(connection) {
            Ok(true) => Ok(()),
            Ok(false) => Err(MigrateError::Locked),
            Err(error) => Err(database(error)),
        })
    });
    lock.release(connection).map_err(database)?;
    ran
}

fn run_pending<'a, C, DB>(
    connection: &mut C,
    sources: impl Iterator<Item = &'a EmbeddedMigrations>,
    before_each: impl Fn(&mut C) -> Result<(), MigrateError>,
) -> Result<Vec<String>, MigrateError>
where
    C: MigrationHarness<DB>,
    DB: Backend,
{
    let described = |error: Box<dyn std::error::Error + Send + Sync>| MigrateError::Database(error.to_string());
    let mut known: BTreeMap<MigrationVersion<'static>, Box<dyn Migration<DB>>> = BTreeMap::new();
    for source in sources {
        let migrations = source.migrations().map_err(described)?;
        known.extend(migrations.into_iter().map(|migration| (migration.name().version().as_owned(), migration)));
    }
    let applied = connection.applied_migrations().map_err(described)?;
    let unknown: Vec<_> =
        applied.iter().filter(|version| !known.contains_key(version)).map(ToString::to_string).collect();
    if !unknown.is_empty() {
        return Err(MigrateError::Newer(unknown));
    }
    let mut ran = Vec::new();
    for (_, migration) in known.iter().filter(|(version, _)| !applied.contains(version)) {
        let name = migration.name().to_string();
        before_each(connection)?;
        if let Err(cause) = connection.run_migration(&**migration) {
            return Err(MigrateError::Failed { name, cause: cause.to_string() });
        }
        ran.push(name);
    }
    Ok(ran)
}

fn not_locked(error: diesel::result::Error) -> MigrateError {
    match Trouble::of(&error) {
        Trouble::Contention => MigrateError::Locked,
        _ => database(error),
    }
}

fn database(error: diesel::result::Error) -> MigrateError {
    MigrateError::Database(loggable(&error))
}
