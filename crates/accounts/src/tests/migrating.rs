//! Migrations: the three folders agree with each other and with the schema in the code, and many processes may start at once.

use std::collections::BTreeMap;
use std::process::Command;

use diesel::deserialize::QueryableByName;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use dragoman_store::throwaway::{Throwaway, every_engine, on_connection};
use dragoman_store::{DatabaseUrl, MigrateError, Store, StoreConfig, on};

use crate::TABLES;

/// Set in the child processes of the concurrent test.
const CHILD_URL: &str = "DRAGOMAN_STORE_TEST_MIGRATE";

fn names() -> [Vec<String>; 3] {
    fn of<DB: diesel::backend::Backend>(source: &diesel_migrations::EmbeddedMigrations) -> Vec<String> {
        let mut names: Vec<_> =
            MigrationSource::<DB>::migrations(source).unwrap().iter().map(|m| m.name().to_string()).collect();
        names.sort();
        names
    }
    [
        of::<diesel::sqlite::Sqlite>(&TABLES.sqlite),
        of::<diesel::pg::Pg>(&TABLES.postgres),
        of::<diesel::mysql::Mysql>(&TABLES.mysql),
    ]
}

#[test]
fn the_three_folders_have_equal_names() {
    let [sqlite, postgres, mysql] = names();
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
    assert_eq!(sqlite, mysql);
}

#[test]
fn mysql_migrations_can_be_run_again_and_state_their_engine() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/mysql");
    for name in std::fs::read_dir(folder).unwrap() {
        let path = name.unwrap().path().join("up.sql");
        let sql = std::fs::read_to_string(&path).unwrap();
        assert_eq!(sql.matches(';').count(), 1, "{}: MySQL commits each statement by itself", path.display());
        assert!(sql.contains("IF NOT EXISTS") || !sql.contains("CREATE TABLE"), "{}", path.display());
        let table = "ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;";
        assert!(sql.contains(table) || !sql.contains("CREATE TABLE"), "{}", path.display());
    }
}

#[tokio::test]
async fn migrating_tells_what_ran_and_the_second_time_nothing() {
    for database in every_engine() {
        let store = database.store(&TABLES);
        let [all, ..] = names();
        assert_eq!(store.migrate().await.unwrap(), all);
        assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
        // As after a MySQL migration whose statement ran and whose entry in the list did not.
        if database.url.starts_with("mysql") {
            database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '0003'");
            assert_eq!(store.migrate().await.unwrap(), ["0003_identities"]);
        }
    }
}

/// Column name -> (type, may be NULL), in the words of schema.rs.
type Columns = BTreeMap<String, (String, bool)>;

/// The tables as schema.rs states them.
fn stated() -> BTreeMap<String, Columns> {
    let mut tables = BTreeMap::new();
    for table in include_str!("../schema.rs").split("diesel::table! {").skip(1) {
        let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
        let name = lines.next().unwrap().split(' ').next().unwrap().to_owned();
        let columns = lines
            .map_while(|line| line.split_once(" -> "))
            .map(|(column, kind)| {
                let kind = kind.trim_end_matches(',');
                let inner = kind.strip_prefix("Nullable<").map(|inner| inner.trim_end_matches('>'));
                (column.to_owned(), (inner.unwrap_or(kind).to_owned(), inner.is_some()))
            })
            .collect();
        tables.insert(name, columns);
    }
    tables
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Integer)]
    nullable: i32,
}

/// The columns the database really has.
fn found(database: &Throwaway, table: &str) -> Columns {
    let sql = if database.is_sqlite() {
        format!(
            "SELECT name, type AS kind, CAST(\"notnull\" = 0 AS INTEGER) AS nullable FROM pragma_table_info('{table}')"
        )
    } else {
        let (schema, text) =
            if database.url.starts_with("postgres") { ("current_schema()", "TEXT") } else { ("DATABASE()", "CHAR") };
        let integer = if text == "TEXT" { "INTEGER" } else { "SIGNED" };
        format!(
            "SELECT CAST(column_name AS {text}) AS name, CAST(data_type AS {text}) AS kind, \
             CAST(CASE is_nullable WHEN 'YES' THEN 1 ELSE 0 END AS {integer}) AS nullable \
             FROM information_schema.columns WHERE table_schema = {schema} AND table_name = '{table}'"
        )
    };
    let columns: Vec<Column> = on_connection(&database.url, |c| on!(c, c => diesel::sql_query(sql).load(c)).unwrap());
    columns.into_iter().map(|column| (column.name, (column.kind.to_lowercase(), column.nullable == 1))).collect()
}

/// What a type of schema.rs is called on each engine.
fn spelt(database: &Throwaway, kind: &str) -> &'static [&'static str] {
    let engine = database.url.split(':').next().unwrap();
    match (engine, kind) {
        ("sqlite", "Text") => &["text"],
        ("sqlite", "Binary") => &["blob"],
        ("sqlite", _) => &["integer"],
        ("postgres", "Text") => &["text", "character varying"],
        ("postgres", "Binary") => &["bytea"],
        ("postgres", "Bool") => &["boolean"],
        ("mysql", "Text") => &["mediumtext", "varchar"],
        ("mysql", "Binary") => &["binary", "varbinary"],
        ("mysql", "Bool") => &["tinyint"],
        ("mysql", "Integer") => &["int"],
        (_, "Integer") => &["integer"],
        (_, "SmallInt") => &["smallint"],
        (_, "BigInt") => &["bigint"],
        other => panic!("no spelling for {other:?}"),
    }
}

#[tokio::test]
async fn the_columns_are_those_of_schema_rs() {
    let stated = stated();
    assert_eq!(stated.len(), 19);
    for database in every_engine() {
        database.migrated(&TABLES).await;
        for (table, columns) in &stated {
            let found = found(&database, table);
            let names = |columns: &Columns| columns.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&found), names(columns), "{table} on {}", database.url);
            for (column, (kind, nullable)) in columns {
                let (found_kind, found_nullable) = &found[column];
                assert!(
                    spelt(&database, kind).contains(&found_kind.as_str()),
                    "{table}.{column}: {found_kind} on {}",
                    database.url
                );
                assert_eq!(found_nullable, nullable, "{table}.{column} on {}", database.url);
            }
        }
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        let error = store.migrate().await.unwrap_err();
        assert!(matches!(&error, MigrateError::Newer(unknown) if unknown == &["9999"]), "{error}");
        assert!(error.to_string().contains("newer than this program"), "{error}");
    }
}

#[tokio::test]
async fn tables_of_another_program_are_not_taken_over() {
    for database in every_engine() {
        let store = database.store(&TABLES);
        if database.is_sqlite() {
            // A store makes the file's folder; this test comes before it.
            store.ping().await.unwrap();
        }
        database.execute("CREATE TABLE sessions (sid INTEGER)");
        let error = store.migrate().await.unwrap_err();
        let told = match &error {
            MigrateError::Failed { name, .. } => name == "0005_sessions",
            MigrateError::Foreign(_) => database.url.starts_with("mysql"),
            _ => false,
        };
        assert!(told, "{error:?} on {}", database.url);
        if !database.url.starts_with("mysql") {
            database.execute("DROP TABLE sessions");
            store.migrate().await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_unreachable_database_is_said_to_be_so() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let url = DatabaseUrl::parse(&format!("{scheme}://u:hunter2@127.0.0.1:{closed}/db")).unwrap();
        let store = Store::open(&StoreConfig::new(url), &[&TABLES]).unwrap();
        let error = store.migrate().await.unwrap_err();
        assert!(matches!(error, MigrateError::Unavailable(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

/// Four processes with two threads each, started together on an empty database. Each must find the schema complete; exactly one runs
/// each migration.
#[test]
fn many_processes_may_start_at_once() {
    for database in every_engine() {
        let children: Vec<_> = (0..4)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["a_child_process_migrates", "--nocapture", "--test-threads=1"])
                    .env(CHILD_URL, &database.url)
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut ran = Vec::new();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{}: {text}{}", database.url, String::from_utf8_lossy(&output.stderr));
            ran.extend(text.lines().filter_map(|line| Some(line.split_once("ran ")?.1.to_owned())));
        }
        ran.sort();
        assert_eq!(ran, names()[0], "{}", database.url);
    }
}

/// One process of the test above; by itself it has nothing to do.
#[test]
fn a_child_process_migrates() {
    let Ok(url) = std::env::var(CHILD_URL) else {
        return;
    };
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let url = url.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let config = StoreConfig::new(DatabaseUrl::parse(&url).unwrap());
                    Store::open(&config, &[&TABLES]).unwrap().migrate().await.unwrap()
                })
            })
        })
        .collect();
    for thread in threads {
        for name in thread.join().unwrap() {
            println!("\nran {name}");
        }
    }
}
