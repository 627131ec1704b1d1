//! Who still calls what, as an operator is told: on every database, over two replicas, after a kill, for every route.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dragoman_server::REGISTRY;
use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, backends, http::call};
use serde_json::Value;

fn usage(url: &str, more: &[&str]) -> Value {
    let arguments = [&["usage", "--json", "--database", url], more].concat();
    serde_json::from_str(&told(&arguments)).unwrap()
}

fn told(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_dragoman")).current_dir(folder.path()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The requests of each route that has any, of one mount.
fn requests(usage: &Value, mount: &str) -> BTreeMap<String, i64> {
    let mounts = usage["mounts"].as_array().unwrap();
    let mount = mounts.iter().find(|known| known["mount"] == mount).unwrap();
    let routes = mount["routes"].as_array().unwrap().iter();
    let counts = routes.map(|route| (route["route"].as_str().unwrap().to_owned(), route["requests"].as_i64().unwrap()));
    counts.filter(|(_, requests)| *requests > 0).collect()
}

/// What a route is called with: its pattern with names for what varies.
fn path(pattern: &str) -> String {
    pattern.replace("{name}", "x.png").replace("{query:.*}", "keyword=x")
}

#[test]
fn every_route_of_every_dialect_is_counted_as_itself() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let server = TestServer::start_on(database.url(), &[], true);
    let mut expected: BTreeMap<&str, BTreeMap<String, i64>> = BTreeMap::new();
    for dialect in REGISTRY {
        assert!(!dialect.routes.is_empty(), "{}", dialect.name);
        for route in dialect.routes {
            let methods = if route.methods.is_empty() { &["GET", "POST"] } else { route.methods };
            for method in methods {
                for prefix in [format!("/{}", dialect.name), String::new()] {
                    let answer = call(server.url(), method, &format!("{prefix}{}", path(route.pattern)), &[], "");
                    let unknown = matches!(answer.status, 405 | 501) || answer.text().contains("File not found");
                    assert!(!unknown, "{} {method} {prefix}{}: {answer:?}", dialect.name, route.pattern);
                    *expected.entry(dialect.name).or_default().entry(route.pattern.to_owned()).or_default() += 1;
                }
            }
        }
    }
    // A preflight is nobody's call; an unknown path and a wrong method are no route's.
    call(server.url(), "OPTIONS", "/proxy/about", &[("Origin", "http://x")], "");
    call(server.url(), "GET", "/proxy/updatespend", &[], "");
    call(server.url(), "DELETE", "/proxy/about", &[], "");
    expected.entry("proxy").or_default().insert("(other)".to_owned(), 2);
    drop(server);
    let usage = usage(database.url(), &[]);
    for (dialect, counts) in expected {
        assert_eq!(requests(&usage, &format!("/{dialect}")), counts, "{dialect}");
    }
}

#[test]
fn two_replicas_tell_one_story() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let settings = [("usage.interval_seconds", "1")];
        let replicas = [(); 2].map(|()| TestServer::start_on(database.url(), &settings, false));
        let password = replicas.iter().find_map(TestServer::first_administrator).unwrap();
        for replica in &replicas {
            let login = format!(r#"{{"username":"admin","password":"{password}"}}"#);
            let answer = call(replica.url(), "POST", "/proxy/login", &[("User-Agent", "okhttp/4.9.3")], &login);
            let token: Value = serde_json::from_str(&answer.text()).unwrap();
            let token = token["Authorization"].as_str().unwrap();
            let headers = [("User-Agent", "okhttp/4.9.3"), ("Authorization", token)];
            for _ in 0..5 {
                assert_eq!(call(replica.url(), "GET", "/proxy/about", &headers, "").status, 200);
            }
        }
        let begun = Instant::now();
        let usage = loop {
            let usage = usage(database.url(), &["--since", "1"]);
            if requests(&usage, "/proxy").get("/about") == Some(&10) {
                break usage;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{usage}");
            std::thread::sleep(Duration::from_millis(300));
        };
        let proxy = usage["mounts"].as_array().unwrap().iter().find(|mount| mount["mount"] == "/proxy").unwrap();
        let about = proxy["routes"].as_array().unwrap().iter().find(|route| route["route"] == "/about").unwrap();
        assert_eq!(about["accounts"], serde_json::json!([1]));
        assert_eq!(about["clients"][0]["client"], "okhttp/4.9");
        let text = told(&["usage", "--database", database.url()]);
        assert!(text.contains("/iplist: no caller for 30 days"), "{text}");
        let without = told(&["usage", "--database", database.url(), "--without", "proxy"]);
        assert!(without.contains("without it 12 requests of 1 clients and 1 accounts would have failed"), "{without}");
        let frp = told(&["usage", "--database", database.url(), "--without", "/frp"]);
        assert!(frp.contains("nobody called in 30 days"), "{frp}");
    }
}

#[test]
fn a_killed_server_has_lost_no_more_than_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("d.db").display());
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .current_dir(folder.path())
        .args(["serve", "--listen", &free.to_string(), "--database", &database])
        .env("DRAGOMAN__USAGE__INTERVAL_SECONDS", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = format!("http://{free}");
    for _ in 0..7 {
        call(&url, "GET", "/proxy/about", &[], "");
    }
    let begun = Instant::now();
    while requests(&usage(&database, &[]), "/proxy").get("/about") != Some(&7) {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(200));
    }
    for _ in 0..5 {
        call(&url, "GET", "/proxy/about", &[], "");
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let left = requests(&usage(&database, &[]), "/proxy")["/about"];
    assert!((7..=12).contains(&left), "{left}");
}

#[test]
fn who_counts_nothing_says_so() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let server = TestServer::start_on(database.url(), &[("usage.enabled", "false")], true);
    call(server.url(), "GET", "/proxy/about", &[], "");
    drop(server);
    assert!(told(&["usage", "--database", database.url()]).starts_with("nothing was counted yet"));
}
