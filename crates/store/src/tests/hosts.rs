//! Several hosts, silent ones, socket files, and databases that cannot hold what is to be stored.

use std::convert::Infallible;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;

use super::schema::{TABLES, counters};
use crate::throwaway::{Throwaway, every_engine, execute};
use crate::{Aborted, DatabaseUrl, MigrateError, Store, StoreConfig, StoreFailure, on};

fn open(url: &str) -> Store {
    Store::open(&StoreConfig::new(DatabaseUrl::parse(url).unwrap()), &[&TABLES]).unwrap()
}

fn on_servers() -> Vec<Throwaway> {
    every_engine().into_iter().filter(|database| !database.is_sqlite()).collect()
}

#[tokio::test]
async fn a_silent_host_costs_a_fraction_of_the_time() {
    // It accepts nothing, and its queue takes the connections: a host that is switched off looks alike.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for database in on_servers() {
        database.migrated(&TABLES).await;
        let at = database.url.rfind('@').unwrap() + 1;
        let (user, rest) = database.url.split_at(at);
        let store = open(&format!("{user}{},{rest}", silent.local_addr().unwrap()));
        let began = Instant::now();
        assert_eq!(store.prove_writable().await, Ok(()), "{}", database.url);
        let first = began.elapsed();
        assert!(first < Duration::from_millis(2_500), "{first:?}");
        // Every other thread goes to the one that answered.
        let began = Instant::now();
        assert_eq!(store.ping().await, Ok(()));
        assert!(began.elapsed() < Duration::from_millis(700), "{:?}", began.elapsed());
    }
}

/// More threads than the server lets in: whoever has no connection passes its job on, to the other lane too.
#[tokio::test]
async fn fewer_connections_than_threads_fail_nothing() {
    let Ok(server) = std::env::var("DRAGOMAN_TEST_POSTGRES_URL") else { return };
    for limit in [1, 3] {
        let database = Throwaway::on(&server);
        database.migrated(&TABLES).await.close().await;
        let role = format!("few_{limit}_{}", std::process::id());
        execute(&server, &format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}"));
        execute(&database.url, &format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"));
        let (scheme, place) = (database.url.split_once("//").unwrap().0, database.url.rsplit_once('@').unwrap().1);
        let store = open(&format!("{scheme}//{role}@{place}"));
        let mut asked = Vec::new();
        for index in 0..60 {
            let store = store.clone();
            asked.push(tokio::spawn(async move {
                if index % 2 == 0 { store.ping().await } else { store.prove_writable().await }
            }));
        }
        let mut refused = 0;
        for answer in asked {
            refused += u32::from(answer.await.unwrap().is_err());
        }
        store.close().await;
        drop(database);
        execute(&server, &format!("DROP ROLE {role}"));
        assert_eq!(refused, 0, "with {limit} connections");
    }
}

#[tokio::test]
async fn a_socket_file_is_used_without_tls() {
    let Ok(server) = std::env::var("DRAGOMAN_TEST_MYSQL_URL") else { return };
    let database = Throwaway::on(&server);
    let path = std::sync::Mutex::new(String::new());
    crate::throwaway::on_connection(&server, |c| {
        #[derive(diesel::deserialize::QueryableByName)]
        struct Socket {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let found: Socket =
            on!(c, c => diesel::sql_query("SELECT CAST(@@socket AS CHAR) AS value").get_result(c)).unwrap();
        *path.lock().unwrap() = found.value;
    });
    let socket = path.into_inner().unwrap();
    let store = open(&format!("{}?socket={}", database.url, socket.replace('/', "%2F")));
    assert_eq!(store.ping().await, Ok(()), "{socket}");
}

#[tokio::test]
async fn an_encoding_that_cannot_hold_every_text_is_refused_by_name() {
    let Ok(server) = std::env::var("DRAGOMAN_TEST_POSTGRES_URL") else { return };
    let name = format!("latin_{}", std::process::id());
    execute(
        &server,
        &format!("CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"),
    );
    let store = open(&format!("{}/{name}", server.rsplit_once('/').unwrap().0));
    let refused = store.migrate().await;
    store.close().await;
    execute(&server, &format!("DROP DATABASE {name}"));
    assert!(matches!(&refused, Err(MigrateError::Encoding(encoding)) if encoding == "LATIN1"), "{refused:?}");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_no_ready_one() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        assert_eq!(store.prove_writable().await, Ok(()), "{}", database.url);
        assert_eq!(store.prove_writable().await, Ok(()), "{}", database.url);
        store.close().await;
    }
    let Ok(server) = std::env::var("DRAGOMAN_TEST_POSTGRES_URL") else { return };
    let database = Throwaway::on(&server);
    database.migrated(&TABLES).await.close().await;
    let name = database.url.rsplit_once('/').unwrap().1;
    execute(&server, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let store = database.store(&TABLES);
    assert_eq!(store.ping().await, Ok(()));
    assert!(store.prove_writable().await.is_err());
    let written =
        store.write(|c| Ok::<_, Aborted<Infallible>>(on!(c, c => diesel::delete(counters::table).execute(c))?)).await;
    assert_eq!(written, Err(StoreFailure::Unavailable));
}

/// A process that died while it migrated holds the others up for a minute, not for ever.
#[tokio::test]
async fn a_migration_lock_has_one_holder_and_an_end() {
    let Ok(server) = std::env::var("DRAGOMAN_TEST_MYSQL_URL") else { return };
    let database = Throwaway::on(&server);
    database.migrated(&TABLES).await;
    let hold = "UPDATE dragoman_locks SET holder = 'somebody', expires_at = UNIX_TIMESTAMP() * 1000 + 1500";
    database.execute(hold);
    let began = Instant::now();
    assert_eq!(database.store(&TABLES).migrate().await.unwrap(), Vec::<String>::new());
    let waited = began.elapsed();
    assert!(waited > Duration::from_millis(400) && waited < Duration::from_secs(5), "{waited:?}");
}
