//! What `read` and `write` promise, on every engine.

use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::schema::{TABLES, counters, labels};
use crate::throwaway::{Throwaway, every_engine};
use crate::{Aborted, Connection, Store, StoreError, StoreFailure, on};

fn insert(connection: &mut Connection, key: &str, amount: i64) -> QueryResult<usize> {
    use counters::{name, value};
    on!(connection, c => diesel::insert_into(counters::table).values((name.eq(key), value.eq(amount))).execute(c))
}

async fn value_of(store: &Store, key: &'static str) -> Option<i64> {
    store
        .read(move |connection| on!(connection, c => counters::table.find(key).select(counters::value).first(c).optional()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_write_is_committed_and_read_back() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        let inserted = store.write(|c| Ok::<_, Aborted<Infallible>>(insert(c, "a", 5)?)).await;
        assert_eq!(inserted, Ok(1));
        assert_eq!(value_of(&store, "a").await, Some(5));
        assert_eq!(store.ping().await, Ok(()));
        store.empty_all().await.unwrap();
        assert_eq!(value_of(&store, "a").await, None);
        store.close().await;
        assert_eq!(store.ping().await, Err(StoreError::Unavailable));
    }
}

#[tokio::test]
async fn a_refusal_rolls_back_and_arrives_unchanged() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        let refused = store
            .write(|c| {
                insert(c, "a", 1)?;
                Err::<(), _>(Aborted::Refused("taken by a rule"))
            })
            .await;
        assert_eq!(refused, Err(StoreFailure::Refused("taken by a rule")));
        assert_eq!(value_of(&store, "a").await, None);
    }
}

#[tokio::test]
async fn a_unique_violation_is_told_apart_and_rolls_back() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        store.write(|c| Ok::<_, Aborted<Infallible>>(insert(c, "a", 1)?)).await.unwrap();
        let collided = store
            .write(|c| {
                insert(c, "b", 1)?;
                insert(c, "a", 2)?;
                Ok::<_, Aborted<Infallible>>(())
            })
            .await;
        assert_eq!(collided, Err(StoreFailure::UniqueViolation), "{}", database.url);
        assert_eq!((value_of(&store, "a").await, value_of(&store, "b").await), (Some(1), None));
        // The same constraint by a unique column, not by the key.
        let labelled = |key: i64| {
            move |c: &mut Connection| {
                let row = (labels::number.eq(key), labels::label.eq("x"));
                on!(c, c => diesel::insert_into(labels::table).values(row).execute(c))?;
                Ok::<_, Aborted<Infallible>>(())
            }
        };
        assert_eq!(store.write(labelled(1)).await, Ok(()));
        assert_eq!(store.write(labelled(2)).await, Err(StoreFailure::UniqueViolation), "{}", database.url);
    }
}

#[tokio::test]
async fn a_broken_query_is_internal_and_harms_nothing_else() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        let bad = |c: &mut Connection| on!(c, c => diesel::sql_query("SELECT nothing FROM nowhere").execute(c));
        assert_eq!(store.read(bad).await, Err(StoreError::Internal), "{}", database.url);
        let failed = store
            .write(move |c| {
                insert(c, "a", 1)?;
                Ok::<_, Aborted<Infallible>>(bad(c)?)
            })
            .await;
        assert_eq!(failed, Err(StoreFailure::Internal));
        assert_eq!(value_of(&store, "a").await, None);
    }
}

#[tokio::test]
async fn a_panic_rolls_back_and_the_thread_lives_on() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        for _ in 0..3 {
            let panicked = store
                .write(|c| {
                    insert(c, "a", 1)?;
                    if value_is_positive() {
                        panic!("a defect in a query");
                    }
                    Ok::<_, Aborted<Infallible>>(())
                })
                .await;
            assert_eq!(panicked, Err(StoreFailure::Internal));
        }
        assert_eq!(value_of(&store, "a").await, None);
        assert_eq!(store.write(|c| Ok::<_, Aborted<Infallible>>(insert(c, "a", 1)?)).await, Ok(1));
    }
}

fn value_is_positive() -> bool {
    std::hint::black_box(1) > 0
}

/// MySQL counts changed rows unless told otherwise; an update that changes nothing would look like a missing row.
#[tokio::test]
async fn an_update_that_changes_nothing_counts_its_row() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        store.write(|c| Ok::<_, Aborted<Infallible>>(insert(c, "a", 5)?)).await.unwrap();
        let updated = store
            .write(|c| {
                Ok::<_, Aborted<Infallible>>(on!(c, c => diesel::update(counters::table.find("a"))
                    .set(counters::value.eq(5))
                    .execute(c))?)
            })
            .await;
        assert_eq!(updated, Ok(1), "{}", database.url);
    }
}

#[tokio::test]
async fn a_caller_waits_no_longer_than_its_time_and_an_abandoned_job_is_skipped() {
    for database in every_engine() {
        let mut config = database.config();
        (config.writers, config.wait) = (1, Duration::from_millis(300));
        let store = Store::open(&config, &[&TABLES]).unwrap();
        store.migrate().await.unwrap();
        store.ping().await.unwrap();

        let slow = store.clone();
        let slow = tokio::spawn(async move {
            slow.write(|_| {
                std::thread::sleep(Duration::from_millis(900));
                Ok::<_, Aborted<Infallible>>(())
            })
            .await
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let began = Instant::now();
        let queued = store
            .write(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Aborted<Infallible>>(())
            })
            .await;
        assert_eq!(queued, Err(StoreFailure::Unavailable));
        assert!(began.elapsed() < Duration::from_millis(600), "{:?}", began.elapsed());
        assert_eq!(slow.await.unwrap(), Err(StoreFailure::Unavailable));

        // A caller that hangs up before its job begins.
        let hung_up = store.clone();
        let counted = Arc::clone(&runs);
        let hung_up = tokio::spawn(async move {
            hung_up
                .write(move |_| {
                    counted.fetch_add(1, Ordering::SeqCst);
                    Ok::<_, Aborted<Infallible>>(())
                })
                .await
        });
        tokio::task::yield_now().await;
        hung_up.abort();
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 0);
        assert_eq!(store.write(|c| Ok::<_, Aborted<Infallible>>(insert(c, "a", 1)?)).await, Ok(1));
    }
}

#[tokio::test]
async fn a_full_queue_is_refused_at_once() {
    let database = Throwaway::sqlite();
    let mut config = database.config();
    config.queue = 2;
    let store = Store::open(&config, &[&TABLES]).unwrap();
    store.migrate().await.unwrap();
    let began = Instant::now();
    let mut asked = Vec::new();
    for _ in 0..10 {
        let store = store.clone();
        asked.push(tokio::spawn(async move {
            store
                .write(|_| {
                    std::thread::sleep(Duration::from_millis(200));
                    Ok::<_, Aborted<Infallible>>(())
                })
                .await
        }));
    }
    let mut refused = 0;
    for answer in asked {
        refused += u32::from(answer.await.unwrap() == Err(StoreFailure::Unavailable));
    }
    assert!((7..=8).contains(&refused), "{refused} of 10 refused, 1 running and 2 queued");
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn the_sqlite_file_is_private_and_reads_cannot_write() {
    let database = Throwaway::sqlite();
    let store = database.migrated(&TABLES).await;
    let file = database.folder().join("made/by/dragoman/accounts.db");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(store.read(|c| insert(c, "a", 1)).await, Err(StoreError::Internal));
    store.close().await;
    // The last connection folds the journal into the file.
    assert!(!file.with_extension("db-wal").exists());
}

#[tokio::test]
async fn a_store_may_be_dropped_anywhere() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        store.ping().await.unwrap();
        // On an async worker: dropping a runtime here would panic.
        drop(store);
    }
}
