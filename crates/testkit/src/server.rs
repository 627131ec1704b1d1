//! A real server on a real socket, in this process.

use dragoman_accounts::Accounts;
use dragoman_server::{
    REGISTRY,
    config::{ConfigFile, Sources, load},
    process::{RunningServer, StartOptions, start},
};
use tokio::runtime::Runtime;

use crate::{Backend, ThrowawayDatabase};

/// Configuration beside the defaults: dotted key and value, e.g. `("proxy.json_layout", "indented")`.
pub type TestSettings<'a> = &'a [(&'static str, &'a str)];

/// The lifetime of tokens in tests: recordings hold tokens whose date does not move with the calendar.
const RECORDED_TOKENS_LIVE: (&str, &str) = ("proxy.session_seconds", "3153600000");

/// A running server; it and its database end with the value.
pub struct TestServer {
    server: Option<RunningServer>,
    accounts: Accounts,
    url: String,
    runtime: Option<Runtime>,
    database: Option<ThrowawayDatabase>,
}

impl TestServer {
    /// A server with the testing API on a fresh database.
    pub fn start(backend: &Backend, settings: TestSettings<'_>) -> Self {
        let database = ThrowawayDatabase::create(backend);
        let mut server = Self::start_on(database.url(), settings, true);
        server.database = Some(database);
        server
    }

    /// A server on a given database, `testing` or as an operator would start it.
    pub fn start_on(database: &str, settings: TestSettings<'_>, testing: bool) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let given = [("server.listen", "127.0.0.1:0"), ("database.url", database), RECORDED_TOKENS_LIVE];
        let given = given.into_iter().chain(settings.iter().copied());
        let sources = Sources {
            file: ConfigFile::IfPresent("/nowhere/dragoman.toml".into()),
            environment: Vec::new(),
            command_line: given.map(|(key, value)| ("test", key, value.to_owned())).collect(),
        };
        let settings = load(&sources, REGISTRY).unwrap_or_else(|problems| panic!("{problems}")).settings;
        let options = StartOptions { testing, own_database: true, ..StartOptions::default() };
        let server = runtime.block_on(start(&settings, &options)).unwrap_or_else(|error| panic!("{error}"));
        let url = format!("http://{}", server.address());
        let accounts = server.accounts().clone();
        Self { server: Some(server), accounts, url, runtime: Some(runtime), database: None }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The account domain behind it.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The password of the super administrator, if this start made one.
    pub fn first_administrator(&self) -> Option<&str> {
        self.server.as_ref()?.first_administrator().map(|first| first.password.as_str())
    }

    /// Runs a future on the server's runtime.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("the server runs").block_on(future)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let (Some(server), Some(runtime)) = (self.server.take(), &self.runtime) {
            runtime.block_on(server.stop());
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
