//! Too busy, and the database away (sections 3.5 and 14). Neither is ever told as a wrong password or an unknown token.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::{thread, time::Duration};

use dragoman_testkit::{
    Backend, TestServer, ThrowawayDatabase,
    http::{RawAnswer, call},
};

const LOGIN: &str = r#"{"username":"testuser","password":"Frp-test-0001","old_password":"Frp-test-0001"}"#;
const SEED: &str = r#"{"dialect":"frp","accounts":[{"id":1,"username":"testuser","password":"Frp-test-0001","email":"a@b.cc","token":"live"}]}"#;

fn assert_refused(answer: &RawAnswer, status: u16, text: &str, what: &str) {
    let envelope = format!(r#"{{"msg":"{text}","data":{{"msg":"{text}"}},"status":{status}}}"#);
    assert_eq!(answer.text(), envelope, "{what}");
    assert_eq!(answer.status, status, "{what}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{what}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
}

#[test]
fn while_the_database_is_away_every_endpoint_says_internal_error() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    assert_eq!(call(server.url(), "POST", "/_testing/reset", &[], SEED).status, 204);
    let checked = call(server.url(), "GET", "/frp/api/v2/check/token?token=live", &[], "");
    assert_eq!(checked.status, 200);
    server.run(server.accounts().close());
    let registration =
        r#"{"username":"new_user","password":"12345","confirm_password":"12345","email":"x@y.zz","verify":1}"#;
    for (method, path, body) in [
        ("POST", "users/login", LOGIN),
        ("POST", "users/reset/password", LOGIN),
        ("GET", "users/info?username=testuser", ""),
        ("POST", "users/register", registration),
        ("GET", "users/send?email=x@y.zz", ""),
        ("DELETE", "users/reset/token/all?username=testuser", ""),
        ("DELETE", "users/reset/token/single?username=testuser", ""),
        ("GET", "users/reset/frp_token?username=testuser", ""),
        ("POST", "users/reset/frp_token", LOGIN),
        ("GET", "check/token?token=live", ""),
    ] {
        let answer =
            call(server.url(), method, &format!("/frp/api/v2/{path}"), &[("Authorization", "Bearer live")], body);
        assert_refused(&answer, 500, "服务器内部错误", path);
    }
    assert_refused(&call(server.url(), "GET", "/frp/api/v2/nothing", &[], ""), 404, "请求的资源不存在", "nothing");
}

#[test]
fn past_the_hashing_queue_a_login_is_answered_busy_at_once() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let seeding = TestServer::start_on(database.url(), &[], true);
    assert_eq!(call(seeding.url(), "POST", "/_testing/reset", &[], SEED).status, 204);
    drop(seeding);
    // Real hashes, one thread, one place in the queue.
    let settings = [("passwords.hashing_threads", "1"), ("passwords.hashing_queue", "1")];
    let server = TestServer::start_on(database.url(), &settings, false);
    let log_in = || call(server.url(), "POST", "/frp/api/v2/users/login", &[], LOGIN);
    let wrong = LOGIN.replace("Frp-test-0001", "nope");
    let guess = || call(server.url(), "POST", "/frp/api/v2/users/login", &[], &wrong);
    // The first login replaces the cheap hash of the testing server by a dear one.
    assert_eq!(log_in().status, 200);
    let answers: Vec<_> = thread::scope(|scope| {
        let guesses: Vec<_> = (0..12).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().expect("an answer")).collect()
    });
    let (busy, told): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 503);
    assert!(!busy.is_empty() && !told.is_empty(), "{answers:?}");
    assert!(told.iter().all(|answer| answer.status == 403), "{answers:?}");
    for answer in &busy {
        assert_refused(answer, 503, "服务器繁忙，请稍后再试", "a storm of guesses");
    }
    for guessed in told.len()..10 {
        assert_refused(&guess(), 403, "登录失败，账号或密码错误", &format!("{guessed} were counted, no busy one"));
    }
    assert_refused(&log_in(), 429, "登录失败次数过多，请稍后再试", "ten were counted");
}

#[test]
fn a_body_that_never_ends_does_not_hold_the_others_up() {
    use std::{io::Write, net::TcpStream};
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let address = server.url().trim_start_matches("http://").to_owned();
    let slow: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            let head = "POST /frp/api/v2/users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{";
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    let answer = call(server.url(), "POST", "/frp/api/v2/users/login", &[], r#"{"username":"x"}"#);
    assert_refused(&answer, 400, "账号 / 密码 不可为空！", "beside slow ones");
    drop(slow);
}
