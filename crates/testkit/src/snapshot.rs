//! Every row of a database as text, to see that nothing changed.

use std::ops::ControlFlow;

use dragoman_legacy::{ReadOptions, Source};
use mysql_async::prelude::Queryable;

use crate::Backend;

/// Each row with its table in front, sorted. Nobody may be writing. Must not be called inside a tokio runtime.
pub fn rows(backend: &Backend, url: &str) -> Vec<String> {
    let mut rows = match backend {
        Backend::Sqlite => of_sqlite(url),
        Backend::Postgres(_) => of_server(of_postgres(url)),
        Backend::Mysql(_) => of_server(of_mysql(url)),
    };
    // The lock of the migrations is the store's own: each process that looks for some takes it anew.
    // Counts of calls are written by a running server whenever it is asked something, and what somebody does is recorded whether it
    // changes anything or not.
    let is_kept = |row: &String| !["usage_", "shadow_", "audit"].iter().any(|table| row.starts_with(table));
    rows.retain(|row| !row.contains("dragoman_locks") && !row.contains("dragoman_commits") && is_kept(row));
    rows.sort();
    rows
}

fn of_sqlite(url: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let path = url.trim_start_matches("sqlite://");
    let mut source = Source::open(path, &ReadOptions::default()).expect("the database opens");
    source
        .read(&[], &mut |row| {
            let values: Vec<String> = row.values().map(|value| format!("{:?}", value.raw())).collect();
            rows.push(format!("{} {}", row.table().label(), values.join(" ")));
            ControlFlow::Continue(())
        })
        .expect("the database reads");
    rows
}

fn of_server(work: impl Future<Output = Vec<String>>) -> Vec<String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

async fn of_postgres(url: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(connection);
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let mut rows = Vec::new();
    for table in client.query(tables, &[]).await.expect("tables") {
        let table: String = table.get(0);
        let found = client.query(&format!("SELECT t::text FROM {table} t"), &[]).await.expect("rows");
        rows.extend(found.iter().map(|row| format!("{table} {}", row.get::<_, String>(0))));
    }
    rows
}

async fn of_mysql(url: &str) -> Vec<String> {
    let options = mysql_async::Opts::from_url(url).expect("a MySQL URL");
    let mut connection = mysql_async::Conn::new(options).await.expect("MySQL answers");
    let tables: Vec<String> = connection.query("SHOW TABLES").await.expect("tables");
    let mut rows = Vec::new();
    for table in tables {
        let found: Vec<mysql_async::Row> = connection.query(format!("SELECT * FROM {table}")).await.expect("rows");
        rows.extend(found.into_iter().map(|row| format!("{table} {:?}", row.unwrap())));
    }
    connection.disconnect().await.expect("MySQL lets go");
    rows
}
