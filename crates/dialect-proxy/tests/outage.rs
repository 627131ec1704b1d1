//! Section 11: too busy, and the database away. Neither is ever told as a wrong password.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::thread;

use dragoman_testkit::{Backend, TestServer, http::call};

const ANN: &str = r#"{"username":"ann","password":"p","password1":"p"}"#;

#[test]
fn while_the_database_is_away_every_endpoint_gives_the_500_page() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    assert_eq!(call(server.url(), "POST", "/proxy/regist", &[], ANN).status, 200);
    let token =
        call(server.url(), "POST", "/proxy/login", &[], ANN).text().split('"').nth(3).expect("a token").to_owned();
    server.run(server.accounts().close());
    for (method, path) in [
        ("POST", "/proxy/login"),
        ("POST", "/proxy/regist"),
        ("GET", "/proxy/about"),
        ("GET", "/proxy/iplist"),
        ("POST", "/proxy/lock"),
    ] {
        let body = if method == "POST" { ANN } else { "" };
        let answer = call(server.url(), method, path, &[("Authorization", &token)], body);
        assert_eq!(answer.status, 500, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert!(answer.text().contains("<title>500 Internal Server Error</title>"), "{path}: {}", answer.text());
        assert!(answer.text().contains("Either the server is overloaded or there is an error in the application."));
    }
    let ready = call(server.url(), "GET", "/readyz", &[], "");
    assert_eq!(ready.status, 503);
    assert_eq!(call(server.url(), "GET", "/healthz", &[], "").status, 200);
}

#[test]
fn past_the_hashing_queue_a_login_is_answered_busy_at_once() {
    let database = dragoman_testkit::ThrowawayDatabase::create(&Backend::Sqlite);
    // Real hashes, one thread, one place in the queue.
    let settings = [
        ("passwords.hashing_threads", "1"),
        ("passwords.hashing_queue", "1"),
        ("throttle.account_network_failures", "0"),
    ];
    let server = TestServer::start_on(database.url(), &settings, false);
    assert_eq!(call(server.url(), "POST", "/proxy/regist", &[], ANN).status, 200);
    let origin = [("Origin", "http://localhost:8080")];
    let answers: Vec<_> = thread::scope(|scope| {
        let logins: Vec<_> =
            (0..12).map(|_| scope.spawn(|| call(server.url(), "POST", "/proxy/login", &origin, ANN))).collect();
        logins.into_iter().map(|login| login.join().expect("an answer")).collect()
    });
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!busy.is_empty() && busy.len() < answers.len(), "{answers:?}");
    assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)), "{answers:?}");
    for answer in busy {
        assert_eq!(
            answer.text(),
            "{\"message\":\"\\u670d\\u52a1\\u7e41\\u5fd9\\uff0c\\u8bf7\\u7a0d\\u540e\\u518d\\u8bd5\"}\n"
        );
        assert_eq!(answer.header("access-control-allow-origin"), Some("http://localhost:8080"));
    }
    let again = call(server.url(), "POST", "/proxy/login", &[], ANN);
    assert_eq!(again.status, 200, "being busy was not counted as a failure");
}
