//! Where the database is, as operators write it.

use std::fmt::{self, Debug, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use super::tls::TlsWish;

/// The engines this program can store accounts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file, for one server on one machine.
    Sqlite,
    /// PostgreSQL or an engine that speaks its wire protocol.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

/// A database address: `sqlite://PATH`, `postgres://`, `postgresql://`, `mysql://` or `mariadb://`.
///
/// `Display` and `Debug` show it without the password.
///
/// - SQLite: `sqlite://accounts.db` is relative to the working directory, `sqlite:///var/lib/dragoman/accounts.db` absolute.
/// - PostgreSQL: libpq's URLs, with `sslmode` (disable, allow, prefer, require, verify-ca, verify-full) and `sslrootcert` (a PEM file, or
///   `system`, the default); as with libpq, `require` checks the certificate only if `sslrootcert` names a file.
///   With several hosts (`postgres://u@a,b/db`) the first is taken that accepts writes, whatever `target_session_attrs` says; a standby
///   is never used.
/// - MySQL/MariaDB: several hosts likewise (`mysql://u:p@a,b:3307/db`: the nodes of a cluster, or a primary and its replicas);
///   `ssl-mode` (disabled, preferred, required, verify_ca, verify_identity) and `ssl-ca`, as the `mysql` client has them.
#[derive(Clone)]
pub struct DatabaseUrl {
    shown: String,
    pub(super) place: Place,
}

/// A checked address, ready to be connected to.
#[derive(Clone)]
pub(super) enum Place {
    Sqlite(PathBuf),
    Postgres(Box<tokio_postgres::Config>, TlsWish),
    /// One for each host.
    Mysql(Vec<mysql_async::Opts>, Option<TlsWish>),
}

/// Why a text is no usable database address. Never contains the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseUrlError {
    /// No known scheme at the beginning.
    #[error("a database URL begins with sqlite://, postgres://, postgresql://, mysql:// or mariadb://, not with {0:?}")]
    Scheme(String),
    /// A SQLite address that names no file.
    #[error("{0}")]
    Sqlite(&'static str),
    /// A server address with something wrong in it.
    #[error("the database URL cannot be used: {0}")]
    Server(String),
    /// A server address without a database name.
    #[error("the database URL names no database: add it after the host, as in scheme://user@host/name")]
    NoDatabase,
}

impl DatabaseUrl {
    /// Reads and checks an address.
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        let place = match scheme {
            "sqlite" => sqlite(rest.strip_prefix("//").unwrap_or(rest))?,
            "postgres" | "postgresql" => postgres(text)?,
            "mysql" | "mariadb" => mysql(&format!("mysql:{rest}"))?,
            other => return Err(DatabaseUrlError::Scheme(other.to_owned())),
        };
        Ok(Self { shown: masked(text), place })
    }

    /// Which engine it leads to.
    pub fn backend(&self) -> Backend {
        match self.place {
            Place::Sqlite(_) => Backend::Sqlite,
            Place::Postgres(..) => Backend::Postgres,
            Place::Mysql(..) => Backend::Mysql,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({})", self.shown)
    }
}

fn sqlite(path: &str) -> Result<Place, DatabaseUrlError> {
    if path.contains(":memory:") || path.contains("mode=memory") {
        return Err(DatabaseUrlError::Sqlite(
            "a SQLite database in memory is not supported: several threads and the command line must see the same one; name a file",
        ));
    }
    if path.is_empty() || path.ends_with('/') {
        return Err(DatabaseUrlError::Sqlite(
            "a SQLite URL names a file, as in sqlite:///var/lib/dragoman/accounts.db",
        ));
    }
    if path.contains(['?', '\0']) {
        return Err(DatabaseUrlError::Sqlite(
            "a SQLite URL is a plain path: it takes no parameters after a question mark",
        ));
    }
    Ok(Place::Sqlite(PathBuf::from(path)))
}

fn postgres(url: &str) -> Result<Place, DatabaseUrlError> {
    let (url, [mode, roots]) = without(url, ["sslmode", "sslrootcert"]);
    let tls = TlsWish::postgres(mode, roots).map_err(DatabaseUrlError::Server)?;
    let config = tokio_postgres::Config::from_str(&url).map_err(|error| {
        // The driver's text says only "invalid connection string"; what is wrong is its source.
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        DatabaseUrlError::Server(reason)
    })?;
    if config.get_dbname().is_none_or(str::is_empty) {
        return Err(DatabaseUrlError::NoDatabase);
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(DatabaseUrlError::Server("it names no host".to_owned()));
    }
    Ok(Place::Postgres(Box::new(config), tls))
}

fn mysql(url: &str) -> Result<Place, DatabaseUrlError> {
    let (url, [mode, roots]) = without(url, ["ssl-mode", "ssl-ca"]);
    let mut hosts = Vec::new();
    for url in one_for_each_host(&url) {
        hosts.push(mysql_async::Opts::from_url(&url).map_err(|error| DatabaseUrlError::Server(error.to_string()))?);
    }
    if hosts.iter().any(|opts| opts.db_name().is_none_or(str::is_empty)) {
        return Err(DatabaseUrlError::NoDatabase);
    }
    // mysql_async's own parameters (require_ssl, verify_ca, ...) are left to it.
    let tls = match hosts.first().and_then(mysql_async::Opts::ssl_opts) {
        Some(_) if mode.is_none() && roots.is_none() => None,
        _ => Some(TlsWish::mysql(mode, roots).map_err(DatabaseUrlError::Server)?),
    };
    Ok(Place::Mysql(hosts, tls))
}

/// `mysql://u:p@a,b:3307/db` as `mysql://u:p@a/db` and `mysql://u:p@b:3307/db`: the driver knows one host only.
fn one_for_each_host(url: &str) -> Vec<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("mysql", url));
    // A slash or question mark before the last `@` would be part of a password.
    let start = rest.rfind('@').map_or(0, |at| at + 1);
    let (user, rest) = rest.split_at(start);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, database) = rest.split_at(end);
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{database}")).collect()
}

/// `url` without the parameters `names`, and their values: the drivers know neither these names nor these meanings.
fn without<const N: usize>(url: &str, names: [&str; N]) -> (String, [Option<String>; N]) {
    let mut values = [const { None }; N];
    // A question mark before the last `@` would be part of a password.
    let start = url.rfind('@').unwrap_or(0);
    let Some((before, query)) = url.get(start..).and_then(|tail| tail.split_once('?')) else {
        return (url.to_owned(), values);
    };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match names.iter().zip(values.iter_mut()).find(|(name, _)| **name == key) {
            Some((_, found)) => *found = Some(percent_decoded(value)),
            None => kept.push(pair),
        }
    }
    let mut url = format!("{}{before}", url.get(..start).unwrap_or_default());
    if !kept.is_empty() {
        url.push('?');
        url.push_str(&kept.join("&"));
    }
    (url, values)
}

fn percent_decoded(value: &str) -> String {
    // `+` stays a plus in libpq's URLs; form_urlencoded would make it a blank.
    url::form_urlencoded::parse(value.replace('+', "%2B").as_bytes())
        .next()
        .map_or_else(String::new, |(text, _)| text.into_owned())
}

/// `text` with `***` in place of any password. What might be one is hidden too: everything from the first colon after the scheme to the
/// last `@`, and the parameter `password`.
fn masked(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let rest = match rest.rsplit_once('@') {
        Some((user, place)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{place}"),
            None => rest.to_owned(),
        },
        None => rest.to_owned(),
    };
    let rest = match rest.split_once("password=") {
        Some((before, value)) => {
            format!("{before}password=***{}", value.find('&').and_then(|end| value.get(end..)).unwrap_or_default())
        }
        None => rest,
    };
    if scheme.is_empty() { rest } else { format!("{scheme}://{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathBuf {
        match DatabaseUrl::parse(text).unwrap().place {
            Place::Sqlite(path) => path,
            _ => panic!("{text} is no SQLite URL"),
        }
    }

    #[test]
    fn sqlite_urls_name_files() {
        assert_eq!(path("sqlite://data/accounts.db"), PathBuf::from("data/accounts.db"));
        assert_eq!(path("sqlite:///var/accounts.db"), PathBuf::from("/var/accounts.db"));
        assert_eq!(path("sqlite:accounts.db"), PathBuf::from("accounts.db"));
        for refused in
            ["sqlite::memory:", "sqlite://:memory:", "sqlite://", "sqlite:///var/lib/", "sqlite://a.db?mode=ro"]
        {
            assert!(matches!(DatabaseUrl::parse(refused), Err(DatabaseUrlError::Sqlite(_))), "{refused}");
        }
    }

    #[test]
    fn server_urls_are_recognised() {
        for (text, backend) in [
            ("postgres://u:p@host/db", Backend::Postgres),
            ("postgresql://u@host:5433/db?sslmode=verify-full&application_name=x", Backend::Postgres),
            ("postgres:///db?host=/var/run/postgresql&user=u", Backend::Postgres),
            ("mysql://u:p@host/db?ssl-mode=REQUIRED", Backend::Mysql),
            ("mariadb://u:p@host:3307/db", Backend::Mysql),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().backend(), backend, "{text}");
        }
    }

    #[test]
    fn unusable_urls_say_why() {
        assert_eq!(DatabaseUrl::parse("oracle://x"), Err(DatabaseUrlError::Scheme("oracle".to_owned())));
        assert!(matches!(DatabaseUrl::parse("accounts.db"), Err(DatabaseUrlError::Scheme(_))));
        assert_eq!(DatabaseUrl::parse("postgres://u:p@host"), Err(DatabaseUrlError::NoDatabase));
        assert_eq!(DatabaseUrl::parse("mysql://u:p@host"), Err(DatabaseUrlError::NoDatabase));
        for refused in [
            "postgres://u@host/db?sslmode=sometimes",
            "postgres://u@host/db?no_such_parameter=1",
            "mysql://u@host/db?ssl-mode=maybe",
            "mysql://u@host/db?no_such_parameter=1",
            "postgres://u@host:notaport/db",
        ] {
            let error = DatabaseUrl::parse(refused).unwrap_err();
            assert!(matches!(error, DatabaseUrlError::Server(_)), "{refused}: {error:?}");
        }
    }

    #[test]
    fn the_password_is_never_shown() {
        for text in [
            "postgres://user:hunter2@host/db",
            "postgres://user:hunter2%3F@host/db?sslmode=require",
            "postgres://host/db?user=u&password=hunter2&sslmode=disable",
            "mysql://user:hun@ter2hunter2@host/db",
            "mariadb://user:hunter2@host/db",
        ] {
            if let Ok(url) = DatabaseUrl::parse(text) {
                assert!(!format!("{url} {url:?}").contains("hunter2"), "{url}");
            }
            assert!(!masked(text).contains("hunter2"), "{}", masked(text));
        }
        assert_eq!(DatabaseUrl::parse("postgres://u:p@h/d").unwrap().to_string(), "postgres://u:***@h/d");
        assert_eq!(DatabaseUrl::parse("mysql://u@h:3306/d").unwrap().to_string(), "mysql://u@h:3306/d");
    }

    #[test]
    fn several_hosts_differ_in_nothing_else() {
        assert_eq!(
            one_for_each_host("mysql://u:a,b/c@d,[::1]:3307,e/db?x=1,2"),
            ["mysql://u:a,b/c@d/db?x=1,2", "mysql://u:a,b/c@[::1]:3307/db?x=1,2", "mysql://u:a,b/c@e/db?x=1,2"]
        );
        let Place::Mysql(hosts, _) = DatabaseUrl::parse("mariadb://u:p@one,two:3307/db").unwrap().place else {
            panic!("not MySQL");
        };
        let places: Vec<_> = hosts.iter().map(|opts| (opts.ip_or_hostname(), opts.tcp_port())).collect();
        assert_eq!(places, [("one", 3306), ("two", 3307)]);
        assert!(DatabaseUrl::parse("mysql://u:p@one,/db").is_err());
        assert!(DatabaseUrl::parse("mysql://u:p@one,two").is_err());
        let Place::Postgres(config, _) = DatabaseUrl::parse("postgres://u@one,two:5433/db").unwrap().place else {
            panic!("not PostgreSQL");
        };
        assert_eq!((config.get_hosts().len(), config.get_ports()), (2, &[5432, 5433][..]));
    }

    #[test]
    fn our_parameters_are_taken_out() {
        let (url, [mode, roots]) =
            without("postgres://u:a?b@h/d?x=1&sslmode=require&sslrootcert=%2Fca+1.pem&y=2", ["sslmode", "sslrootcert"]);
        assert_eq!(url, "postgres://u:a?b@h/d?x=1&y=2");
        assert_eq!((mode.as_deref(), roots.as_deref()), (Some("require"), Some("/ca+1.pem")));
    }

    impl PartialEq for DatabaseUrl {
        fn eq(&self, other: &Self) -> bool {
            self.shown == other.shown
        }
    }
}
