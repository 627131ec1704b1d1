//! Backups of each engine restored on each engine.

use dragoman_accounts::TABLES;
use dragoman_backup::{Archive, Backup, BackupError, BackupKey, check, restore, verify, write_backup};
use dragoman_store::rows::Rows;
use dragoman_store::throwaway::{Throwaway, every_engine};

use crate::filled::{all_rows, differences, empty, filled, pairs, rows_of};

pub async fn backed_up(rows: &Rows, key: Option<&BackupKey>) -> Vec<u8> {
    let how = Backup { program: "test", made_at: 5, key, salt: [7; 32] };
    let (file, totals) = write_backup(rows, Vec::new(), &how, &mut ()).await.unwrap();
    assert_eq!(totals.rows.iter().sum::<u64>(), all_rows(rows.tables()));
    file
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up_on_any_engine() {
    for (from, to) in pairs() {
        let (source, target) = (filled(&from).await, empty(&to).await);
        let file = backed_up(&source, None).await;
        let open = || Archive::open(file.as_slice(), None, target.tables()).unwrap();
        check(&mut open()).unwrap();
        let written = restore(&mut open(), &target, &mut |_| {}).await.unwrap();
        assert_eq!(written, all_rows(target.tables()));
        assert_eq!(differences(&source, &target).await, Vec::<String>::new(), "{} -> {}", from.url, to.url);
        assert_eq!(verify(&mut open(), &target, &mut |_, _| panic!()).await.unwrap(), written);
        // A new audit row gets a number of its own.
        to.execute("INSERT INTO audit (at, action, dialect) VALUES (1, 'x', 'y')");
        // A database that holds something is left alone.
        let refused = restore(&mut open(), &target, &mut |_| {}).await.unwrap_err();
        assert!(matches!(refused, BackupError::NotEmpty { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_difference_is_named() {
    let database = Throwaway::sqlite();
    let rows = filled(&database).await;
    let file = backed_up(&rows, None).await;
    database.execute("UPDATE accounts SET bio = 'other' WHERE number = 5");
    database.execute("DELETE FROM catalogue WHERE number = 9");
    database.execute("INSERT INTO counters (name, value) VALUES ('more', 1)");
    let mut told = Vec::new();
    let mut archive = Archive::open(file.as_slice(), None, rows.tables()).unwrap();
    verify(&mut archive, &rows, &mut |table, difference| told.push(difference.told(table))).await.unwrap();
    told.sort();
    assert_eq!(told, ["accounts 5: different", "catalogue \"ä8\" 9: missing", "counters \"more\": not expected"]);
}

#[tokio::test]
async fn a_backup_is_of_one_instant() {
    for database in every_engine() {
        let rows = filled(&database).await;
        let mut snapshot = rows.snapshot().await.unwrap();
        database.execute("DELETE FROM accounts");
        let accounts = rows.tables().iter().find(|table| table.name == "accounts").unwrap();
        snapshot.open_table(accounts).await.unwrap();
        let mut count = 0;
        loop {
            let batch = snapshot.batch().await.unwrap();
            if batch.is_empty() {
                break;
            }
            count += batch.len();
        }
        snapshot.end().await;
        assert_eq!(count, rows_of(accounts), "{}", database.url);
    }
}

#[tokio::test]
async fn an_encrypted_backup_opens_with_its_key_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("key"), "00".repeat(31) + "01\n").unwrap();
    std::fs::write(path("other"), "00".repeat(32)).unwrap();
    std::fs::write(path("short"), "00").unwrap();
    let key = BackupKey::read(&path("key")).unwrap();
    assert!(matches!(BackupKey::read(&path("short")), Err(BackupError::NoKey(_))));
    let (from, to) = (Throwaway::sqlite(), Throwaway::sqlite());
    let (source, target) = (filled(&from).await, empty(&to).await);
    let file = backed_up(&source, Some(&key)).await;
    assert!(!file.windows(8).any(|window| window == b"accounts"));
    let open = |key: Option<&BackupKey>| Archive::open(file.as_slice(), key, target.tables());
    assert!(matches!(open(None), Err(BackupError::KeyNeeded)));
    let other = BackupKey::read(&path("other")).unwrap();
    assert!(matches!(open(Some(&other)), Err(BackupError::WrongKey)));
    restore(&mut open(Some(&key)).unwrap(), &target, &mut |_| {}).await.unwrap();
    assert_eq!(differences(&source, &target).await, Vec::<String>::new());
    let plain = backed_up(&source, None).await;
    assert!(matches!(Archive::open(plain.as_slice(), Some(&key), &[]), Err(BackupError::KeyUnneeded)));
}

#[test]
fn the_key_is_what_the_database_says() {
    let described = (TABLES.rows)();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = Throwaway::sqlite();
    let rows = runtime.block_on(empty(&database));
    assert_eq!(rows.tables(), described);
    for table in &described {
        for (place, column) in table.columns.iter().enumerate() {
            let expected = if place < table.key { place + 1 } else { 0 };
            // Fails with a division by zero in no engine: SQLite gives NULL, which the constraint refuses.
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS proof (pk INTEGER NOT NULL CHECK (pk = 1)); \
                 INSERT INTO proof SELECT pk = {expected} FROM pragma_table_info('{}') WHERE name = '{}'",
                table.name, column.name
            );
            database.execute(&sql);
        }
    }
}
