//! What is mounted where, for the operator who has just started the server.

use std::fmt::Write;
use std::net::SocketAddr;

use dragoman_store::Backend;

use crate::mounting::{Mount, Mounts};

/// One line for the server, then one a mount.
pub fn report(
    (address, console): (SocketAddr, Option<SocketAddr>),
    https: bool,
    database: Backend,
    mounts: &Mounts,
) -> String {
    let scheme = if https { "https" } else { "http" };
    let base = format!("{scheme}://{address}");
    let mut text = format!("dragoman listens on {base}, database {}\n", engine(database));
    for mount in mounts.list() {
        let _ = writeln!(text, "  {}", line(&base, database, mount));
    }
    if mounts.list().is_empty() {
        text.push_str("  nothing is mounted\n");
    }
    if let Some(console) = console {
        let _ = writeln!(text, "  console  {scheme}://{console}/");
    }
    text
}

fn line(base: &str, database: Backend, mount: &Mount) -> String {
    let familiar = match (mount.namespaces, mount.hosts.as_slice()) {
        ([], _) => "no familiar paths".to_owned(),
        (namespaces, []) => format!("familiar {}", namespaces.join(" ")),
        (namespaces, hosts) => format!("familiar {} for {}", namespaces.join(" "), hosts.join(", ")),
    };
    let Mount { name, prefix, scope, .. } = mount;
    format!("{name:<8} {base}{prefix}/  {familiar}  scope {scope}  database {}", engine(database))
}

fn engine(database: Backend) -> &'static str {
    match database {
        Backend::Sqlite => "SQLite",
        Backend::Postgres => "PostgreSQL",
        Backend::Mysql => "MySQL/MariaDB",
    }
}
