//! The account domain of a server, brought up to its schema.

use std::path::PathBuf;
use std::sync::Arc;

use dragoman_accounts::{
    Accounts, AccountsConfig, Origin,
    clock::{Clock, SettableClock, SystemClock},
};
use dragoman_passwords::{
    Cost,
    random::{Randomness, SystemRandomness},
};
use dragoman_store::{Claim, Store, Tables};
use tempfile::TempDir;

use super::{StartError, sealing::sealing_key};
use crate::config::{DatabaseSettings, PasswordSettings, Settings};

/// The tables of all rooms.
pub const ROOMS: [&Tables; 2] = [&dragoman_accounts::TABLES, &dragoman_usage::TABLES];

/// What a start is told beside its settings.
#[derive(Clone)]
pub struct StartOptions {
    /// Serve the testing API; hash cheaply; make no first administrator.
    pub testing: bool,
    /// Show what a person would read off a captcha or in a mail; no mail leaves the process.
    pub reveal_captchas: bool,
    /// With `testing`: work on the database of the settings, not on a temporary one.
    pub own_database: bool,
    /// Work on a SQLite file beside other servers, as tests of many replicas do. Else a second one is refused.
    pub shares_file: bool,
    /// Where ids, tokens and salts come from.
    pub randomness: Arc<dyn Randomness>,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self {
            testing: false,
            reveal_captchas: false,
            own_database: true,
            shares_file: false,
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// An opened account domain.
pub struct Domain {
    /// The handle.
    pub accounts: Accounts,
    /// What it is kept in, for the other rooms that have tables.
    pub store: Store,
    /// The clock it runs on, when that can be set.
    pub clock: Option<Arc<SettableClock>>,
    /// Where files of the gateway's own go.
    pub data_folder: PathBuf,
    /// The right to serve the database, where only one server has it.
    pub claim: Option<Claim>,
    /// Holds the temporary database of a testing server.
    pub temporary: Option<TempDir>,
}

/// Opens the database and brings its schema up to date.
pub(super) async fn open(settings: &Settings, options: &StartOptions) -> Result<Domain, StartError> {
    let mut database = settings.database.clone();
    let temporary = if options.testing && !options.own_database { Some(temporary(&mut database)?) } else { None };
    let claim = if options.shares_file { None } else { Some(claim(&database, &settings.server.listen.to_string())?) };
    let domain = Domain { claim, temporary, ..connect(&database, &settings.passwords, options)? };
    if options.testing {
        domain.accounts.migrate().await.map_err(|error| StartError::Database(error.to_string()))?;
    } else {
        bring_up_to_date(&domain.accounts, Origin::at("server start")).await?;
    }
    if domain.accounts.prove_writable().await.is_err() {
        tracing::warn!("the database takes no writes: whatever changes an account is refused, and /readyz says so");
    }
    if options.testing && !domain.accounts.claim_for_testing().await? {
        return Err(StartError::TestingWouldEmpty);
    }
    Ok(domain)
}

/// Brings the schema up to date, which is an act of whoever started this; gives the names of the migrations that ran. A
/// database that came about just now, to be copied into perhaps, stays empty.
pub async fn bring_up_to_date(accounts: &Accounts, origin: Origin) -> Result<Vec<String>, StartError> {
    let ran = accounts.migrate().await.map_err(|error| StartError::Database(error.to_string()))?;
    if let Some(last) = ran.last()
        && accounts.has_history().await?
    {
        let detail = format!("{} migrations, the last one {last}", ran.len());
        accounts.record_act("schema changed", origin, Some(&detail)).await?;
    }
    Ok(ran)
}

/// Opens the domain; connects to nothing yet.
pub fn connect(
    database: &DatabaseSettings,
    passwords: &PasswordSettings,
    options: &StartOptions,
) -> Result<Domain, StartError> {
    let store = Store::open(&database.store().map_err(StartError::Database)?, &ROOMS)
        .map_err(|error| StartError::Database(error.to_string()))?;
    let settable = options.testing.then(|| Arc::new(SettableClock::new()));
    let clock: Arc<dyn Clock> = match &settable {
        Some(clock) => clock.clone(),
        None => Arc::new(SystemClock),
    };
    let bcrypt_cost = if options.testing {
        Cost::MINIMUM
    } else {
        Cost::new(passwords.bcrypt_cost).map_err(|error| StartError::Database(error.to_string()))?
    };
    let config = AccountsConfig {
        store: store.clone(),
        bcrypt_cost,
        hashing_threads: passwords.hashing_threads,
        hashing_queue: passwords.hashing_queue,
        clock,
        randomness: options.randomness.clone(),
    };
    let accounts = Accounts::open(config).map_err(|error| StartError::Database(error.to_string()))?;
    let data_folder = data_folder(&database.url);
    if let Some(key) = sealing_key(passwords, &data_folder)? {
        accounts.set_sealing_key(key);
    }
    Ok(Domain { accounts, store, clock: settable, data_folder, claim: None, temporary: None })
}

fn claim(database: &DatabaseSettings, place: &str) -> Result<Claim, StartError> {
    let store = database.store().map_err(StartError::Database)?;
    Claim::of(&store.url, place).map_err(|error| StartError::Database(error.to_string()))
}

fn temporary(database: &mut DatabaseSettings) -> Result<TempDir, StartError> {
    let folder = tempfile::Builder::new()
        .prefix("dragoman-testing-")
        .tempdir()
        .map_err(|source| StartError::File { what: "temporary database".to_owned(), source })?;
    database.url = format!("sqlite://{}", folder.path().join("dragoman.db").display());
    Ok(folder)
}

/// Beside the SQLite file, else `./data`.
pub fn data_folder(url: &str) -> PathBuf {
    let file = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest)).map(PathBuf::from);
    file.and_then(|file| file.parent().map(PathBuf::from)).unwrap_or_else(|| PathBuf::from("data"))
}
