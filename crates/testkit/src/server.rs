//! A real server on a real socket, in this process.

use std::io::Write;

use dragoman_accounts::Accounts;
use dragoman_server::{
    REGISTRY,
    config::{ConfigFile, Sources, load},
    process::{RunningServer, StartOptions, start},
};
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;

use crate::{Backend, ThrowawayDatabase};

/// Configuration beside the defaults: dotted key and value, e.g. `("proxy.json_layout", "indented")`.
pub type TestSettings<'a> = &'a [(&'static str, &'a str)];

/// Where there is no configuration file.
const NO_FILE: &str = "/nowhere/dragoman.toml";

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
        let options = StartOptions { testing, ..StartOptions::default() };
        Self::start_configured(database, ConfigFile::IfPresent(NO_FILE.into()), settings, &options)
    }

    /// A server on a given database that shows what a person would read off a captcha, and cannot be reset.
    pub fn start_revealing(database: &str, settings: TestSettings<'_>) -> Self {
        let options = StartOptions { reveal_captchas: true, ..StartOptions::default() };
        Self::start_configured(database, ConfigFile::IfPresent(NO_FILE.into()), settings, &options)
    }

    /// As [`TestServer::start_on`] with a configuration file, which alone can tell of further mounts.
    pub fn start_with_file(database: &str, toml: &str, settings: TestSettings<'_>) -> Self {
        let mut file = NamedTempFile::with_suffix(".toml").expect("a configuration file");
        file.write_all(toml.as_bytes()).expect("a configuration file");
        let options = StartOptions { testing: true, ..StartOptions::default() };
        Self::start_configured(database, ConfigFile::Required(file.path().to_owned()), settings, &options)
    }

    fn start_configured(database: &str, file: ConfigFile, settings: TestSettings<'_>, options: &StartOptions) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let given = [("server.listen", "127.0.0.1:0"), ("database.url", database)];
        let given = given.into_iter().chain(settings.iter().copied());
        let sources = Sources {
            file,
            environment: Vec::new(),
            command_line: given.map(|(key, value)| ("test", key, value.to_owned())).collect(),
        };
        let settings = load(&sources, REGISTRY).unwrap_or_else(|problems| panic!("{problems}")).settings;
        let options = StartOptions { own_database: true, shares_file: true, ..options.clone() };
        let server = runtime.block_on(start(&settings, &options)).unwrap_or_else(|error| panic!("{error}"));
        let url = format!("http://{}", server.address());
        let accounts = server.accounts().clone();
        Self { server: Some(server), accounts, url, runtime: Some(runtime), database: None }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `http://127.0.0.1:PORT` of its console, if the settings want one.
    pub fn console_url(&self) -> Option<String> {
        Some(format!("http://{}", self.server.as_ref()?.console_address()?))
    }

    /// The URL of the database that it made for itself.
    ///
    /// # Panics
    /// If it was started on a given one.
    pub fn database(&self) -> &str {
        self.database.as_ref().expect("a database of its own").url()
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
