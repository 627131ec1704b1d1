//! Requests that are also put to an old server: which, what is told of the answers, and that no client waits for it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, http::call};
use serde_json::Value;

fn status(url: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    let output =
        command.current_dir(folder.path()).args(["shadow", "status", "--json", "--database", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The verdicts of a route: (verdict, requests).
fn verdicts(status: &Value, route: &str) -> Vec<(String, i64)> {
    let rows = status["verdicts"].as_array().unwrap().iter().filter(|row| row["route"] == route);
    rows.map(|row| (row["verdict"].as_str().unwrap().to_owned(), row["requests"].as_i64().unwrap())).collect()
}

fn shadowing(dialect: &str, old: &str, percent: u8) -> String {
    format!("[usage]\ninterval_seconds = 1\n[{dialect}.shadow]\nupstream = \"{old}\"\npercent = {percent}\n")
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// An old server that notes what it is asked, and answers all alike, or never.
struct Old {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Old {
    fn start(answer: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, noted) = (stream.unwrap(), Arc::clone(&noted));
                thread::spawn(move || {
                    let mut bytes = [0; 65_536];
                    while let Ok(read @ 1..) = stream.read(&mut bytes) {
                        noted.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
                        let Some(answer) = answer else { continue };
                        let length = answer.len();
                        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
                        stream.write_all(format!("{head}{length}\r\n\r\n{answer}").as_bytes()).unwrap();
                    }
                });
            }
        });
        Self { url, asked }
    }
}

const SEED: &str = r#"{"dialect":"medusa","accounts":[{"id":1,"username":"bob","display_name":"NAME","email":"bob@example.com",
    "password":"secret","token":"0123456789abcdef0123456789abcdef"}]}"#;

#[test]
fn answers_of_two_servers_agree_until_they_do_not() {
    let old = TestServer::start(&Backend::Sqlite, &[]);
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let ours = TestServer::start_with_file(database.url(), &shadowing("medusa", old.url(), 100), &[]);
    let seeded = |server: &TestServer, name: &str| {
        let answer = call(server.url(), "POST", "/_testing/reset", &[], &SEED.replace("NAME", name));
        assert_eq!(answer.status, 204, "{}", answer.text());
    };
    seeded(&old, "Bob");
    seeded(&ours, "Bob");
    let asked = r#"{"token":"0123456789abcdef0123456789abcdef"}"#;
    for path in ["/medusa/api/user_info/", "/api/user_info", "/s/none.png"] {
        assert!(call(ours.url(), "POST", path, &[], asked).status < 500);
    }
    let route = "/api/user_info";
    wait_for("they agree", || verdicts(&status(database.url()), route) == [("same".to_owned(), 2)]);
    seeded(&old, "Robert");
    call(ours.url(), "POST", "/api/user_info", &[], asked);
    wait_for("they differ", || verdicts(&status(database.url()), route).contains(&("differs".to_owned(), 1)));
    let status = status(database.url());
    let sample = &status["samples"][0];
    assert_eq!(sample["place"], "body, /message/show_name", "{status}");
    for name in ["Bob", "bob", "Robert", "0123456789abcdef"] {
        assert!(!status["samples"].to_string().contains(name), "{name}: {status}");
    }
}

#[test]
fn only_reading_requests_are_put_to_the_old_server_and_no_connection_headers() {
    let old = Old::start(Some("{}"));
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let ours = TestServer::start_with_file(database.url(), &shadowing("proxy", &old.url, 100), &[]);
    for (method, path) in [
        ("POST", "/login"),
        ("POST", "/regist"),
        ("GET", "/upavatar"),
        ("GET", "/nowhere"),
        ("DELETE", "/about"),
        ("OPTIONS", "/about"),
    ] {
        call(ours.url(), method, path, &[], r#"{"username":"x","password":"y"}"#);
    }
    let headers = [("Authorization", "abc"), ("Accept-Encoding", "gzip"), ("X-Own", "1")];
    call(ours.url(), "GET", "/proxy/about?a=%20b", &headers, "");
    wait_for("it is asked", || !old.asked.lock().unwrap().is_empty());
    thread::sleep(Duration::from_millis(300));
    let asked = old.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let asked = asked[0].to_ascii_lowercase();
    assert!(asked.starts_with("get /about?a=%20b http/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: abc\r\n") && asked.contains("x-own: 1\r\n"), "{asked}");
    assert!(!asked.contains("accept-encoding") && !asked.contains("host: localhost"), "{asked}");
    drop(ours);
}

#[test]
fn a_percentage_is_put_to_the_old_server() {
    let old = Old::start(Some("{}"));
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let ours = TestServer::start_with_file(database.url(), &shadowing("proxy", &old.url, 10), &[]);
    for _ in 0..100 {
        call(ours.url(), "GET", "/proxy/about", &[], "");
    }
    let all = || verdicts(&status(database.url()), "/about").iter().map(|(_, requests)| requests).sum::<i64>();
    wait_for("ten of a hundred", || all() == 10);
    assert!(old.asked.lock().unwrap().len() <= 10);
}

/// The 99th of a hundred, of many requests one after the other.
fn p99(server: &TestServer) -> Duration {
    let mut times: Vec<Duration> = (0..600)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(call(server.url(), "GET", "/proxy/about", &[], "").status, 401);
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() * 99 / 100]
}

#[test]
fn a_silent_or_dead_old_server_costs_the_client_nothing() {
    let silent = Old::start(None);
    let dead = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let plain = TestServer::start(&Backend::Sqlite, &[]);
    let without = p99(&plain);
    for (name, old) in [("silent", &silent.url), ("dead", &dead)] {
        let database = ThrowawayDatabase::create(&Backend::Sqlite);
        let ours = TestServer::start_with_file(database.url(), &shadowing("proxy", old, 100), &[]);
        let with = p99(&ours);
        eprintln!("p99 of a request: {without:?} without a shadow, {with:?} with a {name} old server");
        // Far below the patience with the old server, on a busy machine too.
        assert!(with < without * 5 + Duration::from_millis(50), "{name}: {without:?} {with:?}");
        drop(ours);
        let counted = verdicts(&status(database.url()), "/about");
        assert!(counted.iter().all(|(verdict, _)| verdict == "dropped" || verdict == "unanswered"), "{counted:?}");
        assert!(!counted.is_empty());
    }
}
