//! One captcha presented many times at once, and a session that two replicas share.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod browser;

use std::{collections::HashSet, thread};

use browser::{Browser, flag, json};
use dragoman_testkit::{TestServer, ThrowawayDatabase, backends};

/// `Secret-1`
const OBFUSCATED: &str = "PU1WWmpKWFowMVNN";
const AT_ONCE: usize = 100;

#[test]
fn a_captcha_presented_a_hundred_times_at_once_logs_in_once() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        let mut browser = Browser::new(&server);
        assert_eq!(flag(&browser.submit("register.php", "guyu", OBFUSCATED)), "0");
        let (token, digits) = browser.page();
        let form = [("username", "guyu"), ("password", OBFUSCATED), ("captcha", &digits), ("login_token", &token)];
        let answers: Vec<_> = thread::scope(|scope| {
            let submit = || scope.spawn(|| browser.clone().post("login.php", &form));
            let logins: Vec<_> = (0..AT_ONCE).map(|_| submit()).collect();
            logins.into_iter().map(|login| login.join().expect("an answer")).collect()
        });
        let flags: Vec<String> = answers.iter().map(flag).collect();
        assert_eq!(flags.iter().filter(|flag| *flag == "0").count(), 1, "{}: {flags:?}", backend.name());
        // The others find it used, or the session gone.
        assert!(
            flags.iter().all(|flag| ["0", "1004", "1002"].contains(&flag.as_str())),
            "{}: {flags:?}",
            backend.name()
        );
    }
}

#[test]
fn a_captcha_presented_many_times_at_once_registers_once() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        let mut browser = Browser::new(&server);
        let (token, digits) = browser.page();
        let names: Vec<String> = (0..20).map(|number| format!("guyu_{number}")).collect();
        let answers: Vec<_> = thread::scope(|scope| {
            let register = |name| {
                let form =
                    [("username", name), ("password", OBFUSCATED), ("captcha", &digits), ("login_token", &token)];
                browser.clone().post("register.php", &form)
            };
            let registrations: Vec<_> = names.iter().map(|name| scope.spawn(move || register(name))).collect();
            registrations.into_iter().map(|made| made.join().expect("an answer")).collect()
        });
        let made = answers.iter().filter(|answer| flag(answer) == "0").count();
        assert_eq!(made, 1, "{}: {:?}", backend.name(), answers.iter().map(flag).collect::<Vec<_>>());
    }
}

#[test]
fn token_captcha_login_and_logout_may_each_meet_another_replica() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let replicas = [(); 2].map(|()| TestServer::start_on(database.url(), &[], true));
        let [a, b] = &replicas;
        let mut browser = Browser::new(a);
        assert_eq!(flag(&browser.submit("register.php", "guyu", OBFUSCATED)), "0");
        let (token, digits) = browser.page();
        browser.goes_to(b);
        let form = [("username", "guyu"), ("password", OBFUSCATED), ("captcha", &digits), ("login_token", &token)];
        let before = browser.cookie.clone();
        assert_eq!(flag(&browser.post("login.php", &form)), "0", "{}", backend.name());
        assert_ne!(browser.cookie, before);
        browser.goes_to(a);
        assert_eq!(json(&browser.get("get-status.php"))["username"], "guyu");
        let mut elsewhere = browser.clone();
        elsewhere.goes_to(b);
        assert_eq!(elsewhere.get("logout.php").text(), "true");
        assert_eq!(browser.get("get-status.php").text(), "{\"flag\":false}");
    }
}

#[test]
fn session_ids_and_tokens_are_not_made_twice() {
    let server = TestServer::start(&dragoman_testkit::Backend::Sqlite, &[]);
    let mut seen = HashSet::new();
    for _ in 0..50 {
        let mut browser = Browser::new(&server);
        let (token, digits) = browser.page();
        let id = browser.cookie.expect("a session");
        assert!(id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
        assert!(seen.insert(id) && seen.insert(token));
    }
}
