//! A database that is killed, restarted, frozen, silent or never there: every answer is bounded in time, and all recovers by itself.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::schema::{TABLES, counters};
use crate::throwaway::{Server, Throwaway};
use crate::{Aborted, DatabaseUrl, Store, StoreConfig, StoreError, StoreFailure, on};

async fn add(store: &Store) -> Result<usize, StoreFailure<Infallible>> {
    store
        .write(|c| {
            Ok(on!(c, c => diesel::update(counters::table.find("a")).set(counters::value.eq(counters::value + 1)).execute(c))?)
        })
        .await
}

async fn value(store: &Store) -> Result<i64, StoreError> {
    store.read(|c| on!(c, c => counters::table.find("a").select(counters::value).first(c))).await
}

async fn with_counter(store: &Store) {
    store.migrate().await.unwrap();
    store
        .write(|c| {
            on!(c, c => diesel::insert_into(counters::table).values((counters::name.eq("a"), counters::value.eq(0))).execute(c))?;
            Ok::<_, Aborted<Infallible>>(())
        })
        .await
        .unwrap();
}

/// Reads and writes until both succeed; how long that took.
async fn recovery(store: &Store) -> Duration {
    let began = Instant::now();
    while value(store).await.is_err() || add(store).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "no recovery");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

/// `count` reads at once; every answer with the time it took.
async fn reads_at_once(store: &Store, count: usize) -> Vec<(Result<i64, StoreError>, Duration)> {
    let asked: Vec<_> = (0..count)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let began = Instant::now();
                (value(&store).await, began.elapsed())
            })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    answers
}

async fn survives_a_restart(server: &Server) {
    let database = Throwaway::on(&server.url);
    let store = database.store(&TABLES);
    with_counter(&store).await;

    // A restart between two requests: nobody notices, except that a write may not be repeated once it has begun.
    reads_at_once(&store, 50).await;
    server.crash();
    server.revive();
    assert_eq!(value(&store).await, Ok(0), "a read on a dead connection is repeated");
    assert_eq!(add(&store).await, Ok(1), "BEGIN failed, so the write is repeated");

    // An outage: answers are prompt, never wrong, and the return is noticed without a restart of ours.
    server.crash();
    let began = Instant::now();
    for (answer, took) in reads_at_once(&store, 300).await {
        assert_eq!(answer, Err(StoreError::Unavailable));
        assert!(took < Duration::from_millis(1500), "{took:?}");
    }
    eprintln!("{}: 300 reads refused in {:?}", server.url, began.elapsed());
    assert_eq!(add(&store).await, Err(StoreFailure::Unavailable));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let began = Instant::now();
    assert_eq!(value(&store).await, Err(StoreError::Unavailable));
    assert!(
        began.elapsed() < Duration::from_millis(20),
        "an outage that is known costs nothing: {:?}",
        began.elapsed()
    );
    server.revive();
    let took = recovery(&store).await;
    eprintln!("{}: back after {took:?}", server.url);
    assert!(took < Duration::from_secs(5), "{took:?}");

    acknowledged_writes_are_kept(server, &store).await;
}

/// Writes under way while the server dies: none is lost that was acknowledged, none counted twice.
async fn acknowledged_writes_are_kept(server: &Server, store: &Store) {
    let before = value(store).await.unwrap();
    let reconnects = store.report().writers.reconnects;
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (store, over) = (store.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let (mut done, mut failed) = (0_i64, 0_i64);
                while !over.load(Ordering::Relaxed) {
                    match add(&store).await {
                        Ok(_) => done += 1,
                        Err(_) => {
                            failed += 1;
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                }
                (done, failed)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.crash();
    server.revive();
    over.store(true, Ordering::Relaxed);
    let (mut done, mut failed) = (0, 0);
    for writer in writers {
        let counted = writer.await.unwrap();
        (done, failed) = (done + counted.0, failed + counted.1);
    }
    let began = Instant::now();
    let after = loop {
        match value(store).await {
            Ok(value) => break value,
            Err(_) => assert!(began.elapsed() < Duration::from_secs(20), "no recovery"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    eprintln!("{}: {done} acknowledged, {failed} failed, {} stored", server.url, after - before);
    let broken = store.report().writers.reconnects - reconnects;
    assert!(done > 0 && (failed > 0 || broken > 0), "the crash came too early or too late to test anything");
    assert!((before + done..=before + done + failed).contains(&after), "{before} + {done} (+ {failed}) became {after}");
}

async fn survives_a_freeze(server: &Server) {
    let database = Throwaway::on(&server.url);
    let mut config = database.config();
    config.wait = Duration::from_secs(2);
    let store = Store::open(&config, &[&TABLES]).unwrap();
    with_counter(&store).await;
    reads_at_once(&store, 50).await;

    // Shorter than a request may take: only slow.
    server.freeze();
    let (slow, ()) = tokio::join!(reads_at_once(&store, 20), async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.thaw();
    });
    assert!(slow.iter().all(|(answer, _)| *answer == Ok(0)), "{slow:?}");

    // Longer: every answer in time, the threads are free again, and so is everything after the thaw.
    server.freeze();
    let mut slowest = Duration::ZERO;
    for _ in 0..4 {
        for (answer, took) in reads_at_once(&store, 100).await {
            assert_eq!(answer, Err(StoreError::Unavailable));
            slowest = slowest.max(took);
        }
        let began = Instant::now();
        assert_eq!(add(&store).await, Err(StoreFailure::Unavailable));
        slowest = slowest.max(began.elapsed());
    }
    server.thaw();
    assert!(slowest < Duration::from_millis(2300), "{slowest:?}");
    let took = recovery(&store).await;
    eprintln!("{}: frozen, slowest answer {slowest:?}, back after {took:?}", server.url);
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_may_be_killed_and_frozen() {
    let Some(server) = Server::start("postgres") else {
        return;
    };
    survives_a_restart(&server).await;
    survives_a_freeze(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mysql_may_be_killed_and_frozen() {
    let Some(server) = Server::start("mysql") else {
        return;
    };
    survives_a_restart(&server).await;
    survives_a_freeze(&server).await;
}

/// A host that accepts and never answers, and one that refuses: no thread hangs, and the queue is answered as a whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_never_there_is_refused_promptly() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["postgres", "mysql"] {
        for (address, first) in
            [(silent.local_addr().unwrap(), Duration::from_millis(4000)), (closed, Duration::from_millis(1500))]
        {
            let url = DatabaseUrl::parse(&format!("{scheme}://user@{address}/nowhere")).unwrap();
            let store = Store::open(&StoreConfig::new(url.clone()), &[&TABLES]).unwrap();
            for (answer, took) in reads_at_once(&store, 200).await {
                assert_eq!(answer, Err(StoreError::Unavailable));
                assert!(took < first, "{url}: {took:?}");
            }
            for (answer, took) in reads_at_once(&store, 200).await {
                assert_eq!(answer, Err(StoreError::Unavailable));
                assert!(took < Duration::from_millis(250), "{url}: {took:?}");
            }
            let closed = tokio::time::timeout(Duration::from_secs(6), store.close()).await;
            assert!(closed.is_ok(), "{url}: the threads did not end");
        }
    }
}

/// Nothing of the file system is cached: a folder that cannot be made is an outage until it can.
#[tokio::test]
async fn a_sqlite_folder_that_comes_back_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    std::fs::write(&place, "a file where the folder should be").unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite://{}/accounts.db", place.display())).unwrap();
    let store = Store::open(&StoreConfig::new(url), &[&TABLES]).unwrap();
    assert_eq!(store.ping().await, Err(StoreError::Unavailable));
    std::fs::remove_file(&place).unwrap();
    with_counter_when_back(&store).await;
    assert_eq!(value(&store).await, Ok(0));
}

async fn with_counter_when_back(store: &Store) {
    let began = Instant::now();
    while store.ping().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(5), "no recovery");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    with_counter(store).await;
}
