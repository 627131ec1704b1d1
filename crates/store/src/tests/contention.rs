//! Deadlocks and other people's locks: the transaction is run again, within its time.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::schema::{TABLES, counters};
use crate::throwaway::{Throwaway, every_engine, on_connection};
use crate::{Aborted, Connection, Store, StoreFailure, on};

fn add(connection: &mut Connection, key: &str, amount: i64) -> QueryResult<usize> {
    on!(connection, c => diesel::update(counters::table.find(key)).set(counters::value.eq(counters::value + amount)).execute(c))
}

async fn with_counters(store: &Store) {
    store
        .write(|c| {
            for key in ["a", "b"] {
                on!(c, c => diesel::insert_into(counters::table)
                    .values((counters::name.eq(key), counters::value.eq(0)))
                    .execute(c))?;
            }
            Ok::<_, Aborted<Infallible>>(())
        })
        .await
        .unwrap();
}

async fn values(store: &Store) -> Vec<i64> {
    store.read(|c| on!(c, c => counters::table.select(counters::value).order(counters::name).load(c))).await.unwrap()
}

#[tokio::test]
async fn deadlocked_writes_are_run_again() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        with_counters(&store).await;
        let runs = Arc::new(AtomicU32::new(0));
        // Both hold their first row before either asks for the second. SQLite has one writer and nothing to meet.
        let meeting = Arc::new(Barrier::new(if database.is_sqlite() { 1 } else { 2 }));
        let mut writes = Vec::new();
        // Two, not more: PostgreSQL takes a second to notice each deadlock.
        for (first, second) in [("a", "b"), ("b", "a")] {
            let (store, runs, meeting) = (store.clone(), Arc::clone(&runs), Arc::clone(&meeting));
            writes.push(tokio::spawn(async move {
                store
                    .write(move |c| {
                        add(c, first, 1)?;
                        if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                            meeting.wait();
                        }
                        add(c, second, 1)?;
                        Ok::<_, Aborted<Infallible>>(())
                    })
                    .await
            }));
        }
        for write in writes {
            assert_eq!(write.await.unwrap(), Ok(()), "{}", database.url);
        }
        assert_eq!(values(&store).await, [2, 2], "{}", database.url);
        if !database.is_sqlite() {
            assert!(runs.load(Ordering::SeqCst) > 2, "no deadlock came about, so nothing was tested: {}", database.url);
        }
    }
}

#[tokio::test]
async fn many_increments_at_once_all_count() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        with_counters(&store).await;
        let mut writes = Vec::new();
        for _ in 0..100 {
            let store = store.clone();
            writes.push(tokio::spawn(
                async move { store.write(|c| Ok::<_, Aborted<Infallible>>(add(c, "a", 1)?)).await },
            ));
        }
        for write in writes {
            assert_eq!(write.await.unwrap(), Ok(1));
        }
        assert_eq!(values(&store).await, [100, 0]);
    }
}

/// The command line writes to the same file as the server.
#[tokio::test]
async fn a_write_waits_for_another_process_that_writes_to_the_file() {
    let database = Throwaway::sqlite();
    let store = database.migrated(&TABLES).await;
    with_counters(&store).await;
    let url = database.url.clone();
    let hold = move |time: Duration, url: String| {
        on_connection(&url, move |c| {
            on!(&mut *c, c => c.batch_execute("BEGIN IMMEDIATE")).unwrap();
            std::thread::sleep(time);
            on!(c, c => c.batch_execute("COMMIT")).unwrap();
        });
    };
    // Longer than busy_timeout, shorter than the deadline.
    let held = url.clone();
    let holder = std::thread::spawn(move || hold(Duration::from_millis(2500), held));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    assert_eq!(store.write(|c| Ok::<_, Aborted<Infallible>>(add(c, "a", 1)?)).await, Ok(1));
    assert!(began.elapsed() > Duration::from_secs(2), "the lock was not held: {:?}", began.elapsed());
    holder.join().unwrap();

    let holder = std::thread::spawn(move || hold(Duration::from_millis(6500), url));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    let late = store.write(|c| Ok::<_, Aborted<Infallible>>(add(c, "a", 1)?)).await;
    assert_eq!(late, Err(StoreFailure::Unavailable));
    assert!(began.elapsed() < Duration::from_millis(5500), "{:?}", began.elapsed());
    // Readers never wait for a writer.
    assert_eq!(values(&store).await, [1, 0]);
    holder.join().unwrap();
    assert_eq!(store.write(|c| Ok::<_, Aborted<Infallible>>(add(c, "a", 1)?)).await, Ok(1));
    assert_eq!(values(&store).await, [2, 0]);
}
