//! A connection that is cut right before or after COMMIT has left: the write is answered by what became of it, and counts once.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;

use super::schema::{TABLES, counters};
use crate::throwaway::Throwaway;
use crate::{Aborted, DatabaseUrl, Store, StoreConfig, on};

/// What happens to a COMMIT on its way.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// The server never sees it.
    Before,
    /// It is carried out, and its answer is lost.
    After,
}

/// What of the store's is cut off: so many messages of one kind.
struct Rule {
    is_meant: fn(&[u8]) -> bool,
    cut: Cut,
    left: AtomicU32,
}

impl Rule {
    fn new(is_meant: fn(&[u8]) -> bool, cut: Cut, times: u32) -> Self {
        Self { is_meant, cut, left: AtomicU32::new(times) }
    }

    /// Whether this message is one of them.
    fn takes(&self, bytes: &[u8]) -> bool {
        (self.is_meant)(bytes)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

/// Not the isolation level that a connection begins with.
fn commits(bytes: &[u8]) -> bool {
    bytes.ends_with(b"COMMIT") || bytes.ends_with(b"COMMIT\0")
}

/// What became of a write?
fn asks(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|seven| seven == b"-undone")
}

/// A statement that stores a row of this name.
fn names_fragile(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|seven| seven == b"fragile")
}

/// Stands between store and server.
struct Cutter {
    rules: Vec<Rule>,
}

impl Cutter {
    /// Gives the address to connect to.
    fn start(server: &str, rules: Vec<Rule>) -> (String, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (cutter, server) = (Arc::new(Self { rules }), server.to_owned());
        let shared = Arc::clone(&cutter);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (cutter, server) = (Arc::clone(&shared), TcpStream::connect(&server).unwrap());
                let (mut back, mut answers) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut answers, &mut back);
                    let _ = back.shutdown(Shutdown::Both);
                });
                thread::spawn(move || cutter.pass(client, server));
            }
        });
        (address, cutter)
    }

    fn pass(&self, mut client: TcpStream, mut server: TcpStream) {
        let mut buffer = [0; 65_536];
        while let Ok(length @ 1..) = client.read(&mut buffer) {
            let bytes = &buffer[..length];
            if let Some(rule) = self.rules.iter().find(|rule| rule.takes(bytes)) {
                client.shutdown(Shutdown::Both).unwrap();
                if matches!(rule.cut, Cut::After) {
                    server.write_all(bytes).unwrap();
                    // The server answers nobody, and must not take the end of the connection for the end of the transaction.
                    thread::sleep(Duration::from_millis(300));
                }
                let _ = server.shutdown(Shutdown::Both);
                return;
            }
            if server.write_all(bytes).is_err() {
                return;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    /// Everything was cut that was to be.
    fn is_done(&self) -> bool {
        self.rules.iter().all(|rule| rule.left.load(Ordering::SeqCst) == 0)
    }
}

/// A store that reaches `database` by way of a cutter only, with one writer.
fn behind(database: &Throwaway, rules: Vec<Rule>) -> (Store, Arc<Cutter>) {
    let (before, rest) = database.url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let (address, cutter) = Cutter::start(server, rules);
    let clear = if before.starts_with("postgres") { "sslmode=disable" } else { "ssl-mode=disabled" };
    let url = DatabaseUrl::parse(&format!("{before}@{address}/{name}?{clear}")).unwrap();
    let mut config = StoreConfig::new(url);
    config.wait = Duration::from_secs(30);
    config.writers = 1;
    (Store::open(&config, &[&TABLES]).unwrap(), cutter)
}

fn insert(name: &'static str) -> impl Fn(&mut crate::Connection) -> Result<(), Aborted<Infallible>> {
    move |c| {
        let row = (counters::name.eq(name), counters::value.eq(0));
        on!(c, c => diesel::insert_into(counters::table).values(row).execute(c))?;
        Ok(())
    }
}

fn add(c: &mut crate::Connection) -> Result<usize, Aborted<Infallible>> {
    let more = counters::value.eq(counters::value + 1);
    Ok(on!(c, c => diesel::update(counters::table.find("a")).set(more).execute(c))?)
}

async fn stored(store: &Store) -> i64 {
    store.read(|c| on!(c, c => counters::table.find("a").select(counters::value).first(c))).await.unwrap()
}

/// Both servers at hand, with both cuts.
fn every_cut() -> impl Iterator<Item = (Throwaway, Cut)> {
    let servers = ["DRAGOMAN_TEST_POSTGRES_URL", "DRAGOMAN_TEST_MYSQL_URL"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    servers.flat_map(|server| [Cut::Before, Cut::After].map(|cut| (Throwaway::on(&server), cut)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_commit_is_cut_off_counts_once_and_is_acknowledged() {
    for (database, cut) in every_cut() {
        let straight = database.migrated(&TABLES).await;
        straight.write(insert("a")).await.unwrap();
        let (store, cutter) = behind(&database, vec![Rule::new(commits, cut, 3)]);
        for _ in 0..10 {
            assert_eq!(store.write(add).await, Ok(1), "{} {cut:?}", database.url);
        }
        assert!(cutter.is_done());
        assert_eq!(stored(&straight).await, 10, "{} {cut:?}", database.url);

        // A new row, as a registration is one: the answer is yes, not "taken".
        let (store, _cutter) = behind(&database, vec![Rule::new(commits, cut, 1)]);
        assert_eq!(store.write(insert("new")).await, Ok(()), "{} {cut:?}", database.url);
    }
}

/// Who asks what became of a write may be cut off in turn: what he wrote to ask is not taken for the write itself afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_whose_answer_is_lost_is_asked_again() {
    for (database, cut) in every_cut() {
        let straight = database.migrated(&TABLES).await;
        straight.write(insert("a")).await.unwrap();
        let (store, cutter) = behind(&database, vec![Rule::new(commits, cut, 1), Rule::new(asks, Cut::After, 2)]);
        for _ in 0..3 {
            assert_eq!(store.write(add).await, Ok(1), "{} {cut:?}", database.url);
        }
        assert!(cutter.is_done());
        assert_eq!(stored(&straight).await, 3, "{} {cut:?}", database.url);
    }
}

/// Nothing of it was committed, so it is run again, whatever the thread has committed before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_breaks_before_its_commit_is_run_again() {
    for (database, cut) in every_cut() {
        let straight = database.migrated(&TABLES).await;
        let (store, cutter) = behind(&database, vec![Rule::new(names_fragile, cut, 2)]);
        assert_eq!(store.write(insert("a")).await, Ok(()), "{} {cut:?}", database.url);
        assert_eq!(store.write(insert("fragile")).await, Ok(()), "{} {cut:?}", database.url);
        assert!(cutter.is_done());
        let rows: i64 = straight.read(|c| on!(c, c => counters::table.count().get_result(c))).await.unwrap();
        assert_eq!(rows, 2, "{} {cut:?}", database.url);
    }
}
