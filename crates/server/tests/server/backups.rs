//! Backup, restore and copy-database as an operator calls them, beside a server that runs.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use dragoman_store::throwaway::{Throwaway, every_engine};
use dragoman_testkit::moto::Moto;

fn dragoman(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = dragoman(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = dragoman(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.trim().lines().count(), 1, "{told}");
    told
}

/// A server of its own process that is gone with the test.
struct Serving {
    child: Child,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(folder: &Path, database: &str) -> Serving {
    serve_with(folder, database, &[])
}

fn serve_with(folder: &Path, database: &str, settings: &[(&str, &str)]) -> Serving {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let child = Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .current_dir(folder)
        .args(["serve", "--listen", &address, "--database", database])
        .env_clear()
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let serving = Serving { child, url: address };
    let begun = Instant::now();
    while std::net::TcpStream::connect(&serving.url).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the server did not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    serving
}

/// Status and body of one answer.
fn send_json(address: &str, method: &str, path: &str, body: &str, token: Option<&str>) -> (u16, String) {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    let token = token.map_or(String::new(), |token| format!("Authorization: {token}\r\n"));
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{token}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// A user of proxy: its name leads to a token, the token to the user.
fn register(serving: &Serving, name: &str) -> u16 {
    let body = format!(r#"{{"username":"{name}","password":"secret","password1":"secret"}}"#);
    send_json(&serving.url, "POST", "/proxy/regist", &body, None).0
}

fn log_in(serving: &Serving, name: &str) -> String {
    let (status, body) = send_json(&serving.url, "POST", "/proxy/login", &login_of(name), None);
    assert_eq!(status, 200, "{body}");
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    answer["Authorization"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

fn login_of(name: &str) -> String {
    format!(r#"{{"username":"{name}","password":"secret"}}"#)
}

fn about(serving: &Serving, token: &str) -> (u16, String) {
    send_json(&serving.url, "GET", "/proxy/about", "", Some(token))
}

#[test]
fn a_backup_made_beside_a_server_is_restored_elsewhere_and_damaged_ones_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let from = Throwaway::sqlite();
    let serving = serve(path, &from.url);
    assert_eq!(register(&serving, "ann"), 200);
    let token = log_in(&serving, "ann");
    let file = path.join("ann.backup");
    let said = done(path, &["backup", "ann.backup", "--database", &from.url]);
    assert!(said.contains("rows in ann.backup"), "{said}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(refused(path, &["backup", "ann.backup", "--database", &from.url]).contains("is there already"));
    drop(serving);

    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(path.join("cut"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(path.join("flipped"), {
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        flipped
    })
    .unwrap();
    std::fs::write(path.join("zip"), b"PK\x03\x04").unwrap();
    for to in every_engine() {
        for (damaged, told) in [("cut", "damaged"), ("flipped", "damaged"), ("zip", "no backup of dragoman")] {
            assert!(refused(path, &["restore", damaged, "--database", &to.url]).contains(told));
        }
        let said = done(path, &["restore", "ann.backup", "--database", &to.url]);
        assert!(said.contains("and no others"), "{said}");
        let again = refused(path, &["restore", "ann.backup", "--database", &to.url]);
        assert!(again.contains("is not empty"), "{again}");
        let serving = serve(path, &to.url);
        assert_eq!(about(&serving, &token).0, 200, "{}", to.url);
        log_in(&serving, "ann");
        assert_eq!(register(&serving, "bob"), 200);
        drop(serving);
        let told = dragoman(path, &["restore", "ann.backup", "--verify", "--database", &to.url]);
        assert_eq!(told.status.code(), Some(1));
        let told = String::from_utf8(told.stderr).unwrap();
        assert!(
            told.contains("counters \"account_number\": different") && told.contains("are not those of the backup"),
            "{told}"
        );
    }
}

#[test]
fn who_was_logged_in_stays_so_on_every_engine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for place in 0..every_engine().len() {
        for to in every_engine() {
            let from = every_engine().remove(place);
            let old = serve(path, &from.url);
            assert_eq!(register(&old, "ann"), 200);
            let token = log_in(&old, "ann");
            let said = done(path, &["copy-database", "--from", &from.url, "--to", &to.url]);
            assert!(said.contains("the source takes no more writes"), "{said}");
            // The old server reads, and takes nothing more.
            assert_eq!(about(&old, &token).0, 200);
            assert_ne!(register(&old, "late"), 200);
            let new = serve(path, &to.url);
            assert_eq!(about(&new, &token).0, 200, "{} -> {}", from.url, to.url);
            assert_eq!(register(&new, "bob"), 200);
            let bob = log_in(&new, "bob");
            assert!(about(&new, &bob).1.contains("bob"));
            let refused = refused(path, &["copy-database", "--from", &from.url, "--to", &to.url]);
            assert!(refused.contains("server") || refused.contains("is not empty"), "{refused}");
            done(path, &["copy-database", "--from", &from.url, "--reopen"]);
            assert_eq!(register(&old, "late"), 200);
        }
    }
}

#[test]
fn pictures_go_into_a_backup_and_out_of_it_if_they_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let from = Throwaway::sqlite();
    drop(serve(path, &from.url));
    let (old, new) = (path.join("old"), path.join("new"));
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    for (name, bytes) in [("v1/large.png", large.as_slice()), ("v1/empty.png", b""), ("medusa/small.gif", b"GIF89a")] {
        std::fs::create_dir_all(old.join(name).parent().unwrap()).unwrap();
        std::fs::write(old.join(name), bytes).unwrap();
    }
    std::fs::create_dir_all(old.join("v1/below")).unwrap();
    std::fs::write(old.join("v1/below/other.png"), b"of nobody").unwrap();
    std::fs::create_dir(&new).unwrap();
    let with = |arguments: &[&str], pictures: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_dragoman"))
            .current_dir(path)
            .args(arguments)
            .env_clear()
            .env("DRAGOMAN__PICTURES__URL", format!("file://{}", pictures.display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let said = with(&["backup", "with.backup", "--pictures", "--database", &from.url], &old);
    assert!(said.contains(" and 3 pictures in with.backup"), "{said}");
    let said = with(&["backup", "without.backup", "--database", &from.url], &old);
    assert!(!said.contains("pictures"), "{said}");

    let to = Throwaway::sqlite();
    let said = with(&["restore", "without.backup", "--pictures", "--database", &to.url], &new);
    assert!(said.contains("0 pictures put into the store"), "{said}");
    let to = Throwaway::sqlite();
    let said = with(&["restore", "with.backup", "--database", &to.url], &new);
    assert!(!said.contains("pictures") && !new.join("v1").exists(), "{said}");
    let to = Throwaway::sqlite();
    let said = with(&["restore", "with.backup", "--pictures", "--database", &to.url], &new);
    assert!(said.contains("3 pictures put into the store"), "{said}");
    for name in ["v1/large.png", "v1/empty.png", "medusa/small.gif"] {
        assert!(std::fs::read(new.join(name)).unwrap() == std::fs::read(old.join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_server_puts_its_backups_into_a_bucket_and_the_oldest_go() {
    let Some(moto) = Moto::start() else { return };
    moto.put("/backups", "");
    let earlier = ["20200101T000000Z", "20200102T000000Z", "20200103T000000Z"];
    for time in earlier {
        moto.put(&format!("/backups/nightly/dragoman-{time}.backup"), "old");
    }
    // Another gateway's, and what nobody of us made.
    let others =
        ["nightly/other/dragoman-20990101T000000Z.backup", "nightly/readme.txt", "dragoman-20200101T000000Z.backup"];
    for other in others {
        moto.put(&format!("/backups/{other}"), "another's");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let from = Throwaway::sqlite();
    let key = "0123456789abcdef".repeat(4);
    std::fs::write(path.join("backup.key"), &key).unwrap();
    let settings = [
        ("DRAGOMAN__BACKUP__TO", "s3://backups/nightly"),
        ("DRAGOMAN__BACKUP__ENDPOINT", moto.endpoint()),
        ("DRAGOMAN__BACKUP__ACCESS_KEY_ID", "DRAGOMAN"),
        ("DRAGOMAN__BACKUP__SECRET_ACCESS_KEY", "hunter2"),
        ("DRAGOMAN__BACKUP__KEEP", "2"),
        ("DRAGOMAN__BACKUP__KEY", &key),
    ];
    let serving = serve_with(path, &from.url, &settings);
    let ours = || -> Vec<String> {
        let names = moto.names("backups").into_iter().filter(|name| !others.contains(&name.as_str()));
        names.filter(|name| name.starts_with("nightly/dragoman-")).collect()
    };
    let begun = Instant::now();
    while ours().len() != 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", ours());
        std::thread::sleep(Duration::from_millis(100));
    }
    let kept = ours();
    assert_eq!(kept[0], "nightly/dragoman-20200103T000000Z.backup");
    assert!(kept[1].as_str() > "nightly/dragoman-2026", "{kept:?}");
    for other in others {
        assert_eq!(moto.get(&format!("/backups/{other}")).text(), "another's", "{other}");
    }
    drop(serving);
    let data = Path::new(from.url.trim_start_matches("sqlite://")).parent().unwrap();
    let left = std::fs::read_dir(data).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert!(!left.into_iter().any(|name| name.ends_with(".backup")), "what went into the bucket is not left here");

    std::fs::write(path.join("fetched"), moto.get(&format!("/backups/{}", kept[1])).body).unwrap();
    let to = Throwaway::sqlite();
    assert!(refused(path, &["restore", "fetched", "--database", &to.url]).contains("key"));
    let said = done(path, &["restore", "fetched", "--key", "backup.key", "--database", &to.url]);
    assert!(said.contains("and no others"), "{said}");
    let acts = done(path, &["audit", "list", "--action", "backup made", "--database", &from.url]);
    assert!(acts.contains("from schedule: dragoman-2"), "{acts}");
}
