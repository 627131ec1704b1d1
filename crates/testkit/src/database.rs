//! Databases that live as long as a test.

use mysql_async::prelude::Queryable;
use rand::random;
use tempfile::TempDir;

use crate::Backend;

/// An empty database, dropped with the value.
pub struct ThrowawayDatabase {
    url: String,
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "removes the folder when it is dropped")] TempDir),
    Server { backend: Backend, name: String },
}

impl ThrowawayDatabase {
    /// Makes a database on a backend; must not be called inside a tokio runtime.
    pub fn create(backend: &Backend) -> Self {
        if *backend == Backend::Sqlite {
            let folder = memory_folder().unwrap_or_else(|| tempfile::tempdir().expect("a folder for the database"));
            let url = format!("sqlite://{}", folder.path().join("dragoman.db").display());
            return Self { url, place: Place::Folder(folder) };
        }
        let name = format!("dragoman_test_{:016x}", random::<u64>());
        execute(backend, &format!("CREATE DATABASE {name}"));
        let (Backend::Postgres(server) | Backend::Mysql(server)) = backend else {
            unreachable!("SQLite has no server")
        };
        Self { url: with_database(server, &name), place: Place::Server { backend: backend.clone(), name } }
    }

    /// Runs statements in it; SQLite's are left to whoever opens the file.
    pub fn execute(&self, statements: &str) {
        match &self.place {
            Place::Folder(_) => {}
            Place::Server { backend: Backend::Postgres(_), .. } => {
                execute(&Backend::Postgres(self.url.clone()), statements)
            }
            Place::Server { .. } => execute(&Backend::Mysql(self.url.clone()), statements),
        }
    }

    /// The URL a server is told.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for ThrowawayDatabase {
    fn drop(&mut self) {
        match &self.place {
            Place::Folder(_) => {}
            Place::Server { backend: backend @ Backend::Postgres(_), name } => {
                execute(backend, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
            Place::Server { backend, name } => execute(backend, &format!("DROP DATABASE IF EXISTS {name}")),
        }
    }
}

/// In memory where there is such a place: the suite tests what is stored, not how fast the disk is.
fn memory_folder() -> Option<TempDir> {
    tempfile::tempdir_in("/dev/shm").ok()
}

/// The server's URL with its path replaced, its query kept.
fn with_database(server: &str, name: &str) -> String {
    let (address, query) =
        server.split_once('?').map_or((server, String::new()), |(address, query)| (address, format!("?{query}")));
    let authority = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[authority..].find('/').map_or(address.len(), |slash| authority + slash);
    format!("{}/{name}{query}", &address[..end])
}

/// On a thread of its own, because tests drop databases inside and outside runtimes.
fn execute(backend: &Backend, statement: &str) {
    let (backend, statement) = (backend.clone(), statement.to_owned());
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            match backend {
                Backend::Sqlite => {}
                Backend::Postgres(url) => {
                    let (client, connection) =
                        tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("PostgreSQL answers");
                    tokio::spawn(connection);
                    client.batch_execute(&statement).await.expect("PostgreSQL obeys");
                }
                Backend::Mysql(url) => {
                    let options = mysql_async::Opts::from_url(&url).expect("a MySQL URL");
                    let mut connection = mysql_async::Conn::new(options).await.expect("MySQL answers");
                    connection.query_drop(&statement).await.expect("MySQL obeys");
                    connection.disconnect().await.expect("MySQL lets go");
                }
            }
        });
    });
    done.join().expect("the statement runs");
}
