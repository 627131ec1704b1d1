//! A live server: the rows of a dump that was loaded into it, as of one moment.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dragoman_legacy::{Kind, Moment, ReadOptions, Source};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use std::ops::ControlFlow;

/// The URL of a fresh database on the test server, or `None` where there is no server.
async fn database(name: &str) -> Option<(String, Conn)> {
    let Ok(url) = std::env::var("DRAGOMAN_TEST_MYSQL_URL") else {
        eprintln!("DRAGOMAN_TEST_MYSQL_URL is not set: the live server was not tried");
        return None;
    };
    let name = format!("legacy_{name}_{}", std::process::id());
    let opts: Opts = OptsBuilder::from_opts(Opts::from_url(&url).unwrap()).db_name(None::<String>).into();
    let mut connection = Conn::new(opts).await.unwrap();
    connection.query_drop(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await.unwrap();
    connection.query_drop(format!("USE {name}")).await.unwrap();
    let mut url = url::Url::parse(&url).unwrap();
    url.set_path(&name);
    Some((url.to_string(), connection))
}

fn names(url: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut source = Source::open(url, &ReadOptions::default()).unwrap();
    source
        .read(&["user"], &mut |row| {
            names.push(row.value("username").unwrap().text().unwrap().unwrap().into_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(source.warnings().is_empty(), "{:?}", source.warnings());
    names
}

#[tokio::test]
async fn a_live_server_is_read_like_its_dump() {
    let Some((url, mut connection)) = database("dump").await else { return };
    let dump = std::fs::read_to_string("tests/data/originals/leaf-docker.sql").unwrap();
    connection.query_drop(dump).await.unwrap();
    let live = tokio::task::spawn_blocking({
        let url = url.clone();
        move || names(&url)
    });
    assert_eq!(live.await.unwrap(), names("tests/data/originals/leaf-docker.sql"));
    let tables =
        tokio::task::spawn_blocking(move || Source::open(&url, &ReadOptions::default()).unwrap().tables().unwrap());
    assert_eq!(tables.await.unwrap().len(), 14);
    connection.query_drop(format!("DROP DATABASE legacy_dump_{}", std::process::id())).await.unwrap();
}

#[tokio::test]
async fn bits_bytes_and_instants_come_as_what_they_are_and_later_rows_do_not_come() {
    let Some((url, mut connection)) = database("kinds").await else { return };
    connection
        .query_drop(
            "CREATE TABLE `a``b` (id INT, f BIT(10), salt VARBINARY(8), t TIMESTAMP NULL, n VARCHAR(9) CHARACTER SET gbk);
             SET time_zone = '+08:00';
             INSERT INTO `a``b` VALUES (1, b'1000000001', x'00ff', '2024-01-02 11:04:05', '\u{661e}'), (2, NULL, '', NULL, NULL)",
        )
        .await
        .unwrap();
    let (started, later) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel::<()>());
    let reading = tokio::task::spawn_blocking(move || {
        let mut rows = Vec::new();
        let mut source = Source::open(&url, &ReadOptions::default()).unwrap();
        source
            .read(&[], &mut |row| {
                if rows.is_empty() {
                    started.0.send(()).unwrap();
                    later.1.recv().unwrap();
                }
                assert_eq!(row.table().columns[1].kind, Kind::Bit(10));
                let value = |name| row.value(name).unwrap();
                let salt = value("salt").bytes().unwrap().unwrap().to_vec();
                rows.push((
                    value("f").integer().unwrap(),
                    salt,
                    value("t").moment().unwrap(),
                    value("n").text().unwrap().map(String::from),
                ));
                ControlFlow::Continue(())
            })
            .unwrap();
        rows
    });
    tokio::task::spawn_blocking(move || started.1.recv().unwrap()).await.unwrap();
    connection.query_drop("INSERT INTO `a``b` VALUES (3, NULL, 'late', NULL, NULL)").await.unwrap();
    later.0.send(()).unwrap();
    let instant = Moment::Instant("2024-01-02T03:04:05Z".parse().unwrap());
    let first = (Some(513), vec![0, 255], Some(instant), Some("\u{661e}".to_owned()));
    assert_eq!(reading.await.unwrap(), [first, (None, vec![], None, None)]);
    connection.query_drop(format!("DROP DATABASE legacy_kinds_{}", std::process::id())).await.unwrap();
}

#[test]
fn a_server_that_is_not_there_is_an_error_without_the_password() {
    let error = Source::open("mysql://u:secret@127.0.0.1:1/db", &ReadOptions::default())
        .unwrap()
        .tables()
        .unwrap_err()
        .to_string();
    assert!(error.contains("old database server") && !error.contains("secret"), "{error}");
    assert!(Source::open("mysql://u:secret@127.0.0.1:1", &ReadOptions::default()).is_err());
}

#[tokio::test]
async fn all_readings_of_a_source_are_of_one_moment() {
    let Some((url, mut connection)) = database("moment").await else { return };
    connection.query_drop("CREATE TABLE user (username VARCHAR(9)); INSERT INTO user VALUES ('ann')").await.unwrap();
    let count = |source: &mut Source| {
        let mut rows = 0;
        source
            .read(&["user"], &mut |_| {
                rows += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        rows
    };
    let (read, written) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel::<()>());
    let reading = tokio::task::spawn_blocking(move || {
        let mut source = Source::open(&url, &ReadOptions::default()).unwrap();
        let first = count(&mut source);
        read.0.send(()).unwrap();
        written.1.recv().unwrap();
        let (second, tables) = (count(&mut source), source.tables().unwrap().len());
        (first, second, tables, count(&mut Source::open(&url, &ReadOptions::default()).unwrap()))
    });
    tokio::task::spawn_blocking(move || read.1.recv().unwrap()).await.unwrap();
    connection.query_drop("INSERT INTO user VALUES ('bob')").await.unwrap();
    written.0.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), (1, 1, 1, 2));
    connection.query_drop(format!("DROP DATABASE legacy_moment_{}", std::process::id())).await.unwrap();
}
