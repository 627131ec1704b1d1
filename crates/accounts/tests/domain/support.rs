//! A throwaway database for each test, handles to it, and the realms and requests that most tests begin with.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dragoman_accounts::clock::{Clock, SystemClock, Timestamp};
use dragoman_accounts::*;
use dragoman_passwords::random::{Randomness, SystemRandomness};
use dragoman_passwords::{Cost, Presented, Secret};
use dragoman_store::{Backend, DatabaseUrl, Store, StoreConfig};

/// `on_every_backend! { one, other }` runs the async functions `one(db: Database)` and `other` of this module on each backend.
macro_rules! on_every_backend {
    ($($test:ident),+ $(,)?) => {
        on_every_backend! { @on sqlite Sqlite: $($test),+ }
        on_every_backend! { @on postgres Postgres: $($test),+ }
        on_every_backend! { @on mysql Mysql: $($test),+ }
    };
    (@on $module:ident $backend:ident: $($test:ident),+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    $crate::support::run(dragoman_store::Backend::$backend, super::$test).await;
                }
            )+
        }
    };
}

/// A clock that stands still until it is moved: the edges of windows are exact.
pub struct StoppedClock(AtomicI64);

impl StoppedClock {
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.millis(), Ordering::SeqCst);
    }

    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An empty, migrated database of its own.
#[derive(Clone)]
pub struct Database {
    url: String,
    pub clock: Arc<StoppedClock>,
}

impl Database {
    /// One more handle, as another replica would have it.
    pub fn accounts(&self) -> Accounts {
        self.accounts_with(|_| {})
    }

    pub fn accounts_with(&self, adjust: impl FnOnce(&mut AccountsConfig)) -> Accounts {
        let mut store = StoreConfig::new(DatabaseUrl::parse(&self.url).unwrap());
        // The machine may be busy compiling.
        store.wait = Duration::from_secs(60);
        let store = Store::open(&store, &[&TABLES]).unwrap();
        let mut config = AccountsConfig {
            store,
            bcrypt_cost: Cost::new(4).unwrap(),
            hashing_threads: 2,
            hashing_queue: 1_000,
            clock: self.clock.clone(),
            randomness: Arc::new(SystemRandomness),
        };
        adjust(&mut config);
        Accounts::open(config).unwrap()
    }

    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Runs a statement past the domain.
    pub async fn execute(&self, statement: &str) {
        let Some(path) = self.url.strip_prefix("sqlite://") else { return execute(&self.url, statement).await };
        use diesel::connection::{Connection, SimpleConnection};
        let mut connection = diesel::SqliteConnection::establish(path).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
        connection.batch_execute(statement).unwrap();
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Applies a whole import of one batch.
pub async fn import_batch(
    accounts: &Accounts,
    realm: &Realm,
    import: &str,
    meets_others: bool,
    steps: Vec<(&str, ImportStep)>,
) -> Result<bool, AccountError> {
    let to = i64::try_from(steps.len()).unwrap();
    accounts.begin_import(realm, import, "a file", to).await?;
    let entry = |((key, step), position): ((&str, ImportStep), i64)| BatchEntry { key: key.to_owned(), position, step };
    let entries = steps.into_iter().zip(1..).map(entry).collect();
    let batch = ImportBatch { import: import.to_owned(), from: 0, to, highest: 1, meets_others, entries };
    accounts.import_batch(accounts.prepare_batch(realm, batch).await?).await
}

/// Runs one test on one backend, or says that it could not.
pub async fn run<T>(backend: Backend, test: fn(Database) -> T)
where
    T: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let (url, server) = match backend {
        Backend::Sqlite => (format!("sqlite://{}/accounts.db", folder.path().display()), None),
        Backend::Postgres | Backend::Mysql => {
            let Some(server) = server_of(backend) else { return };
            let name = format!("dragoman_test_{}", SystemRandomness.hex(8));
            execute(&server, &format!("CREATE DATABASE {name}")).await;
            let mut url = url::Url::parse(&server).unwrap();
            url.set_path(&name);
            (url.to_string(), Some((server, name)))
        }
    };
    let clock = Arc::new(StoppedClock(AtomicI64::new(SystemClock.now().millis())));
    let database = Database { url, clock };
    let migrating = database.accounts();
    migrating.migrate().await.unwrap();
    migrating.close().await;
    // A task of its own, so that the database goes even if the test panics.
    let outcome = tokio::spawn(test(database)).await;
    if let Some((server, name)) = server {
        let force = if backend == Backend::Postgres { " WITH (FORCE)" } else { "" };
        execute(&server, &format!("DROP DATABASE {name}{force}")).await;
    }
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// The server that `scripts/databases` started. Told past the test harness, which hides what passing tests print.
fn server_of(backend: Backend) -> Option<String> {
    let variable = match backend {
        Backend::Sqlite => return None,
        Backend::Postgres => "DRAGOMAN_TEST_POSTGRES_URL",
        Backend::Mysql => "DRAGOMAN_TEST_MYSQL_URL",
    };
    let server = std::env::var(variable).ok();
    if server.is_none() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        std::io::stderr().write_all(format!("not run: {test}, because {variable} is not set\n").as_bytes()).unwrap();
    }
    server
}

async fn execute(server: &str, statement: &str) {
    if server.starts_with("postgres") {
        let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
        let socket = tokio::spawn(connection);
        client.batch_execute(statement).await.unwrap();
        drop(client);
        socket.await.unwrap().unwrap();
    } else {
        use mysql_async::prelude::Queryable;
        let mut connection = mysql_async::Conn::from_url(server).await.unwrap();
        connection.query_drop(statement).await.unwrap();
        connection.disconnect().await.unwrap();
    }
}

/// A realm that compares names byte for byte, as medusa and php do.
pub fn exact(dialect: &'static str) -> Realm {
    Realm {
        dialect,
        scope: dialect.into(),
        names: NameMatching::Exact,
        admits: Admission::Everywhere,
        stateless_tokens: false,
        throttle: None,
    }
}

/// A realm that ignores letter case, as frp and v1 do.
pub fn blind(dialect: &'static str) -> Realm {
    Realm { names: NameMatching::CaseBlind, ..exact(dialect) }
}

/// proxy: case-blind, with signed tokens.
pub fn proxy() -> Realm {
    Realm { stateless_tokens: true, ..blind("proxy") }
}

pub fn registration(username: &str) -> Registration {
    Registration {
        username: username.to_owned(),
        password: NewPassword::Plain(Secret::from(PASSWORD)),
        role: Role::User,
        authority: None,
        display_name: None,
        bio: None,
        email: None,
        facet: None,
        origin: Origin::default(),
    }
}

/// The password of every account that [`registration`] and [`imported`] make.
pub const PASSWORD: &str = "correct horse";

pub fn imported(username: &str) -> ImportedAccount {
    ImportedAccount {
        id: None,
        uuid: None,
        username: username.to_owned(),
        email: None,
        address_logs_in: true,
        password: ImportedPassword::Plain(Secret::from(PASSWORD)),
        role: Role::User,
        locked: false,
        display_name: None,
        bio: None,
        created_at: None,
        facet: None,
        session: None,
    }
}

pub fn attempt(username: &str, password: &str) -> LoginAttempt {
    LoginAttempt {
        name: LoginName::Username(username.to_owned()),
        presented: Presented::plain(password),
        session: None,
        facet: "",
        origin: Origin::default(),
    }
}

/// An attempt from a network.
pub fn attempt_from(network: &str, username: &str, password: &str) -> LoginAttempt {
    LoginAttempt { origin: Origin { network: Some(network.to_owned()) }, ..attempt(username, password) }
}

pub fn session(token: &str) -> NewSession {
    NewSession {
        tokens: vec![NewToken::new("access", token.to_owned(), None)],
        limit: SessionLimit::None,
        replaces: None,
    }
}

pub async fn register(accounts: &Accounts, realm: &Realm, username: &str) -> AccountNumber {
    accounts.register(realm, registration(username)).await.unwrap()
}

/// An account with a role, made by the operator.
pub async fn register_as(accounts: &Accounts, realm: &Realm, username: &str, role: Role) -> AccountNumber {
    let registration = Registration { role, authority: Some(Authority::Operator), ..registration(username) };
    accounts.register(realm, registration).await.unwrap()
}

pub async fn log_in(
    accounts: &Accounts,
    realm: &Realm,
    username: &str,
    password: &str,
) -> Result<Member, AccountError> {
    accounts.log_in(realm, attempt(username, password)).await
}

/// A login that begins a session with this token.
pub async fn enter(accounts: &Accounts, realm: &Realm, username: &str, token: &str) -> Member {
    let attempt = LoginAttempt { session: Some(session(token)), ..attempt(username, PASSWORD) };
    accounts.log_in(realm, attempt).await.unwrap()
}

/// Whose live token this is.
pub async fn owner(accounts: &Accounts, realm: &Realm, token: &str) -> Option<AccountNumber> {
    let session = accounts.resolve_token(realm, token, "").await.unwrap()?;
    if session.expired { None } else { session.member.map(|member| member.account.number) }
}

/// Writes a facet, whether or not it was there.
pub async fn put_facet(
    accounts: &Accounts,
    account: AccountNumber,
    facet: &'static str,
    body: &str,
) -> Result<(), AccountError> {
    let body = body.to_owned();
    let edit: FacetEdit = Arc::new(move |_| Ok(Some(body.clone())));
    let amendment = Amendment { facet: Some((facet, edit)), ..Amendment::default() };
    accounts.amend_own(&exact(facet), account, amendment, Origin::default()).await
}

/// The number behind a name in a realm.
pub async fn named(accounts: &Accounts, realm: &Realm, username: &str) -> Option<AccountNumber> {
    let member = accounts.find_by_name(realm, username, "").await.unwrap()?;
    Some(member.account.number)
}

/// Runs all at once and gives the results in the order of the tasks.
pub async fn at_once<T, F>(tasks: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(running.len());
    for task in running {
        results.push(task.await.unwrap());
    }
    results
}
