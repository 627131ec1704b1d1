//! A connection that is cut right before or after COMMIT has left: the write is answered by what became of it, and counts once.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

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

/// Stands between store and server, and cuts so many connections at their COMMIT.
struct Cutter {
    cut: Cut,
    left: AtomicU32,
}

impl Cutter {
    /// Gives the address to connect to.
    fn start(server: &str, cut: Cut, times: u32) -> (String, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (cutter, server) = (Arc::new(Self { cut, left: AtomicU32::new(times) }), server.to_owned());
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
            // Not the isolation level that a connection begins with.
            let commits = bytes.ends_with(b"COMMIT") || bytes.ends_with(b"COMMIT\0");
            if commits && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
            {
                client.shutdown(Shutdown::Both).unwrap();
                if matches!(self.cut, Cut::After) {
                    server.write_all(bytes).unwrap();
                    // The server answers nobody, and must not take the end of the connection for the end of the transaction.
                    thread::sleep(std::time::Duration::from_millis(300));
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
}

/// A store that reaches `database` by way of a cutter only.
fn behind(database: &Throwaway, cut: Cut, times: u32) -> (Store, Arc<Cutter>) {
    let (before, rest) = database.url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let (address, cutter) = Cutter::start(server, cut, times);
    let clear = if before.starts_with("postgres") { "sslmode=disable" } else { "ssl-mode=disabled" };
    let url = DatabaseUrl::parse(&format!("{before}@{address}/{name}?{clear}")).unwrap();
    (Store::open(&StoreConfig::new(url), &[&TABLES]).unwrap(), cutter)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_commit_is_cut_off_counts_once_and_is_acknowledged() {
    for variable in ["DRAGOMAN_TEST_POSTGRES_URL", "DRAGOMAN_TEST_MYSQL_URL"] {
        let Ok(server) = std::env::var(variable) else { continue };
        for cut in [Cut::Before, Cut::After] {
            let database = Throwaway::on(&server);
            let straight = database.migrated(&TABLES).await;
            let insert = |name: &'static str| {
                move |c: &mut crate::Connection| {
                    let row = (counters::name.eq(name), counters::value.eq(0));
                    on!(c, c => diesel::insert_into(counters::table).values(row).execute(c))?;
                    Ok::<_, Aborted<Infallible>>(())
                }
            };
            straight.write(insert("a")).await.unwrap();
            let (store, cutter) = behind(&database, cut, 3);
            let mut acknowledged = 0;
            for _ in 0..10 {
                let add = |c: &mut crate::Connection| {
                    let more = counters::value.eq(counters::value + 1);
                    Ok::<_, Aborted<Infallible>>(
                        on!(c, c => diesel::update(counters::table.find("a")).set(more).execute(c))?,
                    )
                };
                assert_eq!(store.write(add).await, Ok(1), "{variable} {cut:?}");
                acknowledged += 1;
            }
            assert_eq!(cutter.left.load(Ordering::SeqCst), 0, "nothing was cut");
            let stored: i64 = straight
                .read(|c| on!(c, c => counters::table.find("a").select(counters::value).first(c)))
                .await
                .unwrap();
            assert_eq!(stored, acknowledged, "{variable} {cut:?}");

            // A new row, as a registration is one: the answer is yes, not "taken".
            let (store, _cutter) = behind(&database, cut, 1);
            assert_eq!(store.write(insert("new")).await, Ok(()), "{variable} {cut:?}");
        }
    }
}
