//! A host that falls silent, as one that was cut off does: its connections stay open, and nothing comes of them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::schema::TABLES;
use crate::throwaway::Throwaway;
use crate::{DatabaseUrl, Store, StoreConfig};

/// A way to a server on which nothing passes from some moment on.
struct Way {
    address: String,
    silent: Arc<AtomicBool>,
}

impl Way {
    fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, silent) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicBool::new(false)));
        let (shared, server) = (Arc::clone(&silent), server.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to, silent) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&shared));
                    thread::spawn(move || pass(from, to, &silent));
                }
            }
        });
        Self { address, silent }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        while silent.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20));
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// A store with two ways to one database, all its threads connected by the first; and that way.
async fn on_two_ways(database: &Throwaway, wait: Duration) -> (Store, Way) {
    database.migrated(&TABLES).await.close().await;
    let (user, rest) = database.url.split_at(database.url.rfind('@').unwrap() + 1);
    let server = rest.split_once('/').unwrap().0;
    let first = Way::to(server);
    let url = DatabaseUrl::parse(&format!("{user}{},{rest}", first.address)).unwrap();
    let config = StoreConfig { wait, ..StoreConfig::new(url) };
    let store = Store::open(&config, &[&TABLES]).unwrap();
    let mut asked = Vec::new();
    for index in 0..200 {
        let store = store.clone();
        asked.push(tokio::spawn(async move {
            if index % 3 == 0 { store.prove_writable().await } else { store.ping().await }
        }));
    }
    for answer in asked {
        answer.await.unwrap().unwrap();
    }
    (store, first)
}

fn server(variable: &str) -> Option<Throwaway> {
    std::env::var(variable).ok().map(|url| Throwaway::on(&url))
}

/// Each request meets another thread, whose connection is as dead as that of the one before.
async fn one_time_out_is_enough_for_all_threads(database: &Throwaway) {
    let (store, way) = on_two_ways(database, Duration::from_secs(3)).await;
    way.silent.store(true, Ordering::SeqCst);
    let began = Instant::now();
    let mut failed = 0;
    for _ in 0..10 {
        failed += u32::from(store.ping().await.is_err()) + u32::from(store.prove_writable().await.is_err());
    }
    way.silent.store(false, Ordering::SeqCst);
    assert!((1..=3).contains(&failed), "{}: {failed} of 20 failed within {:?}", database.url, began.elapsed());
}

/// Those that wait already are asked again, on the host that somebody has found.
async fn nobody_waits_for_a_host_that_was_left(database: &Throwaway) {
    let (store, way) = on_two_ways(database, Duration::from_secs(20)).await;
    way.silent.store(true, Ordering::SeqCst);
    let began = Instant::now();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { (store.prove_writable().await, store.ping().await) }
    });
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(store.ping().await, Ok(()), "{}", database.url);
    assert_eq!(waiting.await.unwrap(), (Ok(()), Ok(())), "{}", database.url);
    assert!(began.elapsed() < Duration::from_secs(15), "{}: {:?}", database.url, began.elapsed());
    way.silent.store(false, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_host_of_postgres_is_left() {
    let Some(database) = server("DRAGOMAN_TEST_POSTGRES_URL") else { return };
    one_time_out_is_enough_for_all_threads(&database).await;
    nobody_waits_for_a_host_that_was_left(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_host_of_mysql_is_left() {
    let Some(database) = server("DRAGOMAN_TEST_MYSQL_URL") else { return };
    one_time_out_is_enough_for_all_threads(&database).await;
    nobody_waits_for_a_host_that_was_left(&database).await;
}
