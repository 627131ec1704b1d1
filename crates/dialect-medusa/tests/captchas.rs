//! What a fixture cannot show of captchas: the exact second, and many at once. On every backend.

// clippy exempts tests, but not what they share.
#![allow(clippy::expect_used)]

use std::thread;

use dragoman_testkit::{
    Backend, TestServer, backends,
    http::{call, exchange},
};

const RESET: &str = r#"{"dialect":"medusa","accounts":[{"username":"rei","password":"p"}]}"#;

fn start(backend: &Backend) -> TestServer {
    let server = TestServer::start(backend, &[]);
    testing(&server, "reset", RESET);
    server
}

fn testing(server: &TestServer, call_name: &str, body: &str) {
    assert_eq!(call(server.url(), "POST", &format!("/_testing/{call_name}"), &[], body).status, 204);
}

fn set_clock(server: &TestServer, now: &str) {
    testing(server, "clock", &format!(r#"{{"now":"{now}"}}"#));
}

/// Key and text of a new captcha.
fn captcha(server: &TestServer) -> (String, String) {
    let answer = call(server.url(), "GET", "/medusa/api/get_verification_code/", &[], "");
    let header = |name| answer.header(name).expect("a captcha").to_owned();
    (header("verificationcodekey"), header("x-dragoman-captcha-answer"))
}

/// The code of a login's answer.
fn log_in(server: &TestServer, (key, text): &(String, String), password: &str) -> String {
    let body = format!(
        r#"{{"username":"rei","passwd":"{password}","verification_code_key":"{key}","verification_code":"{text}"}}"#
    );
    let answer = call(server.url(), "POST", "/medusa/api/login/", &[], &body).text();
    answer.rsplit(": ").next().expect("a code").trim_end_matches('}').to_owned()
}

#[test]
fn a_captcha_lives_sixty_whole_seconds() {
    for backend in backends() {
        let server = start(&backend);
        for (issued, presented, code) in [
            ("2026-11-20T12:00:00.100Z", "2026-11-20T12:01:00.100Z", "200"),
            ("2026-11-20T12:00:00.000Z", "2026-11-20T12:01:00.300Z", "200"),
            ("2026-11-20T12:00:00.000Z", "2026-11-20T12:01:01.000Z", "503"),
        ] {
            set_clock(&server, issued);
            let captcha = captcha(&server);
            set_clock(&server, presented);
            assert_eq!(log_in(&server, &captcha, "p"), code, "{}: {issued} {presented}", backend.name());
        }
    }
}

#[test]
fn of_a_hundred_at_once_one_is_right() {
    for backend in backends() {
        let server = start(&backend);
        let captcha = captcha(&server);
        let codes: Vec<String> = thread::scope(|scope| {
            let logins: Vec<_> = (0..100).map(|_| scope.spawn(|| log_in(&server, &captcha, "wrong"))).collect();
            logins.into_iter().map(|login| login.join().expect("an answer")).collect()
        });
        let count = |code: &str| codes.iter().filter(|given| *given == code).count();
        assert_eq!((count("604"), count("503")), (1, 99), "{}: {codes:?}", backend.name());
    }
}

#[test]
fn the_solution_is_shown_to_tests_only() {
    let database = dragoman_testkit::ThrowawayDatabase::create(&Backend::Sqlite);
    let server = TestServer::start_on(database.url(), &[], false);
    let answer = call(server.url(), "GET", "/medusa/api/get_verification_code/", &[], "");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("verificationcodekey").map(str::len), Some(250));
    assert_eq!(answer.header("x-dragoman-captcha-answer"), None);
    assert!(answer.body.starts_with(b"\x89PNG"));
    assert!((5_000..20_000).contains(&answer.body.len()), "{} bytes, of old 7 to 12 KB", answer.body.len());
}

/// The code of an upload's answer.
fn upload(server: &TestServer, token: &str, size: usize) -> String {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.resize(body.len() + size, b'x');
    body.extend_from_slice(b"\r\n--b--\r\n");
    let head = format!(
        "POST /medusa/api/upload_avatar/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\ntoken: {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(server.url(), &[head.as_bytes(), &body].concat()).expect("an answer").text();
    answer.rsplit(": ").next().expect("a code").trim_end_matches('}').to_owned()
}

#[test]
fn an_allowance_for_uploads_is_used_up() {
    let server = TestServer::start(&Backend::Sqlite, &[("pictures.account_mib_per_day", "2")]);
    let token = "0123456789abcdef0123456789abcdef";
    testing(
        &server,
        "reset",
        &format!(r#"{{"dialect":"medusa","accounts":[{{"username":"rei","password":"p","token":"{token}"}}]}}"#),
    );
    for (size, code) in [(1_000_000, "200"), (1_000_000, "200"), (1_000_000, "169"), (20_000, "200"), (20_000, "169")] {
        assert_eq!(upload(&server, token, size), code, "{size}");
    }
}
