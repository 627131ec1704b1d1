//! Databases copied to each engine, while others write and after the copy was killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dragoman_accounts::TABLES;
use dragoman_backup::{BackupError, Phase, copy, resume_or_begin};
use dragoman_store::MigrateError;
use dragoman_store::throwaway::{Throwaway, every_engine};

use crate::filled::{differences, empty, filled, pairs, rows};

#[tokio::test]
async fn a_copy_is_equal_row_by_row_and_its_source_takes_no_more_writes() {
    for (from, to) in pairs() {
        let (source, target) = (filled(&from).await, empty(&to).await);
        assert!(resume_or_begin(&source, &target).await.unwrap());
        // Rows that change between the first pass and the last.
        let mut changed = false;
        let url = from.url.clone();
        let copied = copy(&source, &target, true, &mut |progress| {
            if progress.phase == Phase::Copying && progress.table == "imports" && !changed {
                changed = true;
                let change = |sql: &str| dragoman_store::throwaway::execute(&url, sql);
                change("UPDATE accounts SET bio = 'later' WHERE number < 100");
                change("DELETE FROM identities WHERE kind = 0");
                change("INSERT INTO audit (at, action, dialect) VALUES (1, 'later', 'y')");
            }
        })
        .await
        .unwrap();
        assert!(changed && copied.deleted > 99, "{copied:?}");
        assert_eq!(differences(&source, &target).await, Vec::<String>::new(), "{} -> {}", from.url, to.url);
        assert_eq!(target.unfinished().await.unwrap(), None);
        // The source is read, and not written.
        let store = from.store(&TABLES);
        store.migrate().await.unwrap();
        store.ping().await.unwrap();
        assert!(store.prove_writable().await.is_err());
        store.close().await;
        source.reopen().await.unwrap();
        from.execute("INSERT INTO audit (at, action, dialect) VALUES (1, 'x', 'y')");
        to.execute("INSERT INTO audit (at, action, dialect) VALUES (1, 'x', 'y')");
        assert!(matches!(resume_or_begin(&source, &target).await, Err(BackupError::NotEmpty { .. })));
    }
}

#[tokio::test]
async fn a_copy_that_ended_early_goes_on_and_nobody_serves_it_meanwhile() {
    for to in every_engine() {
        let from = Throwaway::sqlite();
        let (source, target) = (filled(&from).await, empty(&to).await);
        // As after SIGKILL in the middle: some tables, and one with too much and too little in it.
        target.begin(source.shown()).await.unwrap();
        let mut writer = target.writer().await.unwrap();
        for table in source.tables().iter().take(4) {
            let mut snapshot = source.snapshot().await.unwrap();
            snapshot.open_table(table).await.unwrap();
            writer.empty(table).await.unwrap();
            writer.insert(table, &snapshot.batch().await.unwrap()).await.unwrap();
            snapshot.end().await;
        }
        to.execute("UPDATE accounts SET bio = 'not the source''s' WHERE number = 3");
        to.execute("DELETE FROM accounts WHERE number = 4");
        let refused = to.store(&TABLES).migrate().await.unwrap_err();
        assert!(matches!(refused, MigrateError::Unfinished), "{refused}");
        let other = rows(&to);
        assert!(matches!(resume_or_begin(&other, &target).await, Err(BackupError::OtherCopy(_))));
        assert!(!resume_or_begin(&source, &target).await.unwrap());
        copy(&source, &target, true, &mut |_| {}).await.unwrap();
        assert_eq!(differences(&source, &target).await, Vec::<String>::new(), "{}", to.url);
        to.store(&TABLES).migrate().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_that_was_acknowledged_while_it_was_copied() {
    for from in every_engine() {
        let to = Throwaway::sqlite();
        let (source, target) = (filled(&from).await, empty(&to).await);
        let store = from.store(&TABLES);
        let over = Arc::new(AtomicBool::new(false));
        let writing = tokio::spawn({
            let (store, over) = (store.clone(), Arc::clone(&over));
            async move {
                let (mut held, mut refused) = (0, 0);
                while !over.load(Ordering::Relaxed) {
                    // Each success raises a counter by one.
                    match store.prove_writable().await {
                        Ok(()) => held += 1,
                        Err(_) => refused += 1,
                    }
                }
                (held, refused)
            }
        });
        let copied = copy(&source, &target, true, &mut |_| {}).await;
        over.store(true, Ordering::Relaxed);
        let (held, refused) = writing.await.unwrap();
        copied.unwrap();
        store.close().await;
        assert!(held > 0 && refused > 0, "{held} {refused} {}", from.url);
        assert_eq!(differences(&source, &target).await, Vec::<String>::new());
        // One check for the value that the table holds of every proof that was acknowledged.
        to.execute(&format!(
            "CREATE TABLE proof (value INTEGER NOT NULL CHECK (value = {held})); \
             INSERT INTO proof SELECT value FROM counters WHERE name = 'proofs'"
        ));
    }
}
