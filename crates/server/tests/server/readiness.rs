//! What `/readyz` promises, and that a SQLite file has one server.

use std::time::{Duration, Instant};

use dragoman_server::process::{StartOptions, check, start};
use dragoman_store::{DatabaseUrl, throwaway::on_connection};

use crate::exchange::get;
use crate::fake::{TestServer, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_not_ready_and_asked_once_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&settings(&folder, "[database]\nwait_seconds = 1"), &StartOptions::default()).await.unwrap();
    let address = running.address();
    assert_eq!(get(address, "/readyz").await, (200, "ready\n".to_owned()));
    let url = format!("sqlite://{}", folder.path().join("accounts.db").display());
    assert!(DatabaseUrl::parse(&url).is_ok());
    // Another process holds the lock of all writes; reads go on.
    let (held, release) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
    let holder = std::thread::spawn(move || {
        use diesel::connection::SimpleConnection;
        on_connection(&url, move |connection| {
            dragoman_store::on!(&mut *connection, c => c.batch_execute("BEGIN IMMEDIATE")).unwrap();
            held.0.send(()).unwrap();
            release.1.recv().unwrap();
            dragoman_store::on!(connection, c => c.batch_execute("ROLLBACK")).unwrap();
        });
    });
    held.1.recv().unwrap();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let began = Instant::now();
    let asked: Vec<_> = (0..20).map(|_| tokio::spawn(get(address, "/readyz"))).collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), (503, "database takes no writes\n".to_owned()));
    }
    assert!(began.elapsed() < Duration::from_secs(3), "20 probes took {:?}", began.elapsed());
    assert_eq!(get(address, "/healthz").await.0, 200);
    release.0.send(()).unwrap();
    holder.join().unwrap();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(get(address, "/readyz").await, (200, "ready\n".to_owned()));
    running.stop().await;
}

#[tokio::test]
async fn a_second_server_on_one_sqlite_file_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let mut elsewhere = settings(&folder, "");
    elsewhere.server.listen = "127.0.0.1:1".parse().unwrap();
    let settings = settings(&folder, "");
    let first = TestServer {
        running: start(&settings, &StartOptions::default()).await.unwrap(),
        folder: tempfile::tempdir().unwrap(),
    };
    let told = start(&settings, &StartOptions::default()).await.err().expect("a refusal").to_string();
    assert!(
        told.contains(&format!(
            "another server (process {}, at 127.0.0.1:0) works on this SQLite file",
            std::process::id()
        )),
        "{told}"
    );
    // `config check`: another deployment on the file is told, the server that runs now is not.
    let refusals = |settings| check(settings).err().unwrap_or_default();
    let names_another = |refusals: Vec<String>| refusals.iter().any(|refusal| refusal.contains("another server"));
    assert!(names_another(refusals(&elsewhere)));
    assert!(!names_another(refusals(&settings)));
    first.running.stop().await;
    start(&settings, &StartOptions::default()).await.unwrap().stop().await;
}

/// A small disk of its own; making one is root's.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn make() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=16m", "dragoman-test"];
        let made = std::process::Command::new("mount").args(mount).arg(folder.path()).output();
        if !made.is_ok_and(|output| output.status.success()) {
            eprintln!("no small disk can be mounted here: not tested on a full one");
            return None;
        }
        Some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_not_ready_until_there_is_room_again() {
    use diesel::connection::SimpleConnection;
    use std::io::Write;

    let Some(disk) = SmallDisk::make() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&folder, "[database]\nwait_seconds = 1");
    settings.database.url = format!("sqlite://{}", disk.0.path().join("accounts.db").display());
    let running = start(&settings, &StartOptions::default()).await.unwrap();
    let address = running.address();
    assert_eq!(get(address, "/readyz").await.0, 200);
    // What the log of writes has taken already would be used again.
    let url = settings.database.url.clone();
    let shrink = move || {
        on_connection(&url, |connection| {
            dragoman_store::on!(connection, c => c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")).unwrap();
        });
    };
    tokio::task::spawn_blocking(shrink).await.unwrap();
    let filler = disk.0.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4_096]).is_ok() {}
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(get(address, "/readyz").await, (503, "database takes no writes\n".to_owned()));
    assert_eq!(get(address, "/healthz").await.0, 200);
    std::fs::remove_file(&filler).unwrap();
    drop(file);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(get(address, "/readyz").await.0, 200);
    running.stop().await;
}
