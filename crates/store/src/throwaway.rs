//! Empty databases that are gone when a test is over, and servers that may be killed: for tests only.

// clippy exempts tests, but not what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

pub mod cluster;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::role::Role;
use crate::target::Target;
use crate::{Connection, DatabaseUrl, Store, StoreConfig, Tables, on};

/// An empty database of its own.
pub struct Throwaway {
    pub url: String,
    /// The server's URL and the database's name, if there is a server.
    server: Option<(String, String)>,
    folder: Option<TempDir>,
}

/// One empty database on each engine at hand.
pub fn every_engine() -> Vec<Throwaway> {
    let mut found = vec![Throwaway::sqlite()];
    for variable in ["DRAGOMAN_TEST_POSTGRES_URL", "DRAGOMAN_TEST_MYSQL_URL"] {
        match std::env::var(variable) {
            Ok(server) => found.push(Throwaway::on(&server)),
            Err(_) => eprintln!("{variable} is not set: not tested there"),
        }
    }
    found
}

impl Throwaway {
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("made/by/dragoman/accounts.db").display());
        Self { url, server: None, folder: Some(folder) }
    }

    pub fn on(server: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("store_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        execute(server, &format!("CREATE DATABASE {name}"));
        let (before, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{before}/{name}"), server: Some((server.to_owned(), name)), folder: None }
    }

    pub fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    pub fn config(&self) -> StoreConfig {
        StoreConfig::new(DatabaseUrl::parse(&self.url).unwrap())
    }

    /// A store on it that is to hold `tables`.
    pub fn store(&self, tables: &'static Tables) -> Store {
        Store::open(&self.config(), &[tables]).unwrap()
    }

    /// A store on it that holds `tables`.
    pub async fn migrated(&self, tables: &'static Tables) -> Store {
        let store = self.store(tables);
        store.migrate().await.unwrap();
        store
    }

    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    pub fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let Some((server, name)) = &self.server else {
            return;
        };
        let force = if server.starts_with("postgres") { " WITH (FORCE)" } else { "" };
        let (server, sql) = (server.clone(), format!("DROP DATABASE {name}{force}"));
        // The server may be gone on purpose.
        let _ = std::panic::catch_unwind(move || execute(&server, &sql));
    }
}

/// Runs `work` on a connection of its own, outside any store.
pub fn on_connection<T: Send>(url: &str, work: impl FnOnce(&mut Connection) -> T + Send) -> T {
    let target = Target::new(&DatabaseUrl::parse(url).unwrap().clone(), Duration::from_secs(30)).unwrap();
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
                let _entered = runtime.enter();
                let (_, mut connection) = target.establish(Role::Migrator).unwrap();
                work(&mut connection)
            })
            .join()
            .unwrap()
    })
}

pub fn execute(url: &str, sql: &str) {
    on_connection(url, |connection| on!(connection, c => c.batch_execute(sql)).unwrap());
}

/// A database server that belongs to one test, which may crash and freeze it.
pub struct Server {
    name: &'static str,
    folder: PathBuf,
    pub url: String,
    _temp: Arc<TempDir>,
}

impl Server {
    /// `None` if its program is not installed.
    pub fn start(name: &'static str) -> Option<Self> {
        let temp = Arc::new(tempfile::Builder::new().prefix("dragoman-outage.").tempdir().unwrap());
        let folder = temp.path().join("databases");
        // The servers run as users of their own.
        std::fs::set_permissions(temp.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let output = script("databases", &folder, &["start", name]);
        let url = output.lines().find_map(|line| {
            line.strip_prefix("export DRAGOMAN_TEST_")?.split_once("_URL=").map(|(_, url)| url.to_owned())
        });
        let Some(url) = url else {
            eprintln!("{name} is not installed: not tested");
            return None;
        };
        Some(Self { name, folder, url, _temp: temp })
    }

    pub fn crash(&self) {
        script("databases", &self.folder, &["crash", self.name]);
    }

    pub fn revive(&self) {
        script("databases", &self.folder, &["revive", self.name]);
    }

    pub fn freeze(&self) {
        script("databases", &self.folder, &["freeze", self.name]);
    }

    pub fn thaw(&self) {
        script("databases", &self.folder, &["thaw", self.name]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script("databases", &self.folder, &["stop"]);
    }
}

/// Runs `scripts/NAME`, whose servers live in `folder`.
fn script(name: &str, folder: &Path, arguments: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts").join(name);
    let variable = format!("DRAGOMAN_{}_DIR", name.to_uppercase());
    let output = Command::new(path).args(arguments).env(variable, folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
