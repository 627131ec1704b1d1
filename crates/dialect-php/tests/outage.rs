//! Section 14 and 2.6: too busy, and the database away. Neither is ever told as a wrong password.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod browser;

use std::thread;

use browser::{Browser, flag, json};
use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, http::RawAnswer};

/// `Secret-1`
const OBFUSCATED: &str = "PU1WWmpKWFowMVNN";
const FAULT: &str = "{\"flag\":\"9001\",\"message\":\"服务器内部错误，请稍后再试\",\"success\":false,\"action\":[]}";
const BUSY: &str = "{\"flag\":\"9002\",\"message\":\"服务器繁忙，请稍后再试\",\"success\":false,\"action\":[]}";

/// Section 2.4, on whatever answer.
fn has_every_header(answer: &RawAnswer, script: &str) {
    for (name, value) in [
        ("content-type", "application/json; charset=UTF-8"),
        ("expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
        ("cache-control", "no-store, no-cache, must-revalidate"),
        ("pragma", "no-cache"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{script}: {name}");
    }
}

#[test]
fn while_the_database_is_away_every_script_fails_in_its_own_shape() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let mut browser = Browser::new(&server);
    assert_eq!(flag(&browser.submit("register.php", "guyu", OBFUSCATED)), "0");
    assert_eq!(flag(&browser.submit("login.php", "guyu", OBFUSCATED)), "0");
    server.run(server.accounts().close());
    let shape_m = "{\"msg\":\"服务器内部错误，请稍后再试\",\"success\":false}";
    for (method, script, status, body) in [
        ("POST", "login.php", 500, FAULT),
        ("POST", "register.php", 500, FAULT),
        ("POST", "modify_user_nickname.php?nickname=x", 500, shape_m),
        ("POST", "modify_user_password.php", 500, shape_m),
        ("GET", "get-status.php", 500, "{\"flag\":false}"),
        ("GET", "get-user-info.php", 500, "{\"flag\":false}"),
        ("GET", "login-token.php", 500, "{\"flag\":false}"),
        ("GET", "captcha.php", 500, "{\"flag\":false}"),
        ("GET", "logout.php", 200, "false"),
        // These need no store.
        (
            "GET",
            "login.php",
            200,
            "{\"flag\":\"1006\",\"message\":\"请求方式错误，请使用POST方式提交\",\"success\":false,\"action\":[]}",
        ),
    ] {
        let form =
            [("key", "ajax"), ("username", "guyu"), ("password", OBFUSCATED), ("captcha", "1"), ("login_token", "1")];
        let answer = browser.clone().send(method, script, if method == "POST" { &form } else { &[] });
        assert_eq!((answer.status, answer.text().as_str()), (status, body), "{script}");
        assert_eq!(answer.header("set-cookie"), None, "{script}");
        has_every_header(&answer, script);
    }
    let mut stranger = Browser::new(&server);
    assert_eq!(stranger.get("logout.php").text(), "true", "nothing had to be asked");
    assert_eq!(stranger.get("login-token.php").status, 500);
}

/// In testing mode hashes are cheap, so it takes a few rounds to fill a queue of one.
#[test]
fn past_the_hashing_queue_the_answer_is_busy_at_once() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let settings = [
        ("passwords.hashing_threads", "1"),
        ("passwords.hashing_queue", "1"),
        ("throttle.account_network_failures", "0"),
    ];
    let server = TestServer::start_on(database.url(), &settings, true);
    assert_eq!(flag(&Browser::new(&server).submit("register.php", "guyu", OBFUSCATED)), "0");
    let busy_at = |script: &'static str, username: fn(usize) -> String| {
        (0..20).any(|round| {
            let pages: Vec<_> = (0..16)
                .map(|number| {
                    let mut browser = Browser::new(&server);
                    let (token, digits) = browser.page();
                    (browser, token, digits, username(round * 16 + number))
                })
                .collect();
            let answers: Vec<RawAnswer> = thread::scope(|scope| {
                let submit = |(mut browser, token, digits, username): (Browser, String, String, String)| {
                    let form = [
                        ("username", &*username),
                        ("password", OBFUSCATED),
                        ("captcha", &*digits),
                        ("login_token", &*token),
                    ];
                    browser.post(script, &form)
                };
                let sent: Vec<_> = pages.into_iter().map(|page| scope.spawn(move || submit(page))).collect();
                sent.into_iter().map(|sent| sent.join().expect("an answer")).collect()
            });
            let busy: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
            for answer in &busy {
                assert_eq!((answer.status, answer.text().as_str()), (503, BUSY), "{script}");
                has_every_header(answer, script);
            }
            assert!(
                answers.iter().filter(|answer| answer.status == 200).all(|answer| flag(answer) == "0"),
                "{answers:?}"
            );
            !busy.is_empty()
        })
    };
    assert!(busy_at("login.php", |_| "guyu".to_owned()), "logins never filled the queue");
    assert!(busy_at("register.php", |number| format!("guyu_{number}")), "registrations never filled the queue");
    let mut browser = Browser::new(&server);
    assert_eq!(flag(&browser.submit("login.php", "guyu", OBFUSCATED)), "0", "being busy was not counted as a failure");
    assert_eq!(json(&browser.get("get-status.php"))["flag"], true);
}
