//! What no fixture can set: `Secure` cookies, the operator's mode that shows no captcha, and sites under other hosts.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod browser;

use browser::{Browser, flag};
use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, backends, http::call};

/// `Secret-1`
const OBFUSCATED: &str = "PU1WWmpKWFowMVNN";

#[test]
fn behind_https_every_cookie_is_secure() {
    let server = TestServer::start(&Backend::Sqlite, &[("php.secure_cookie", "true")]);
    let mut browser = Browser::new(&server);
    let begun = browser.get("login-token.php");
    let id = browser.cookie.clone().expect("a session");
    assert_eq!(begun.header("set-cookie"), Some(&*format!("PHPSESSID={id}; path=/; HttpOnly; SameSite=Lax; Secure")));
    assert_eq!(flag(&browser.submit("register.php", "guyu", OBFUSCATED)), "0");
    let login = browser.submit("login.php", "guyu", OBFUSCATED);
    assert!(login.header("set-cookie").is_some_and(|cookie| cookie.ends_with("; SameSite=Lax; Secure")));
    let logout = browser.get("logout.php");
    let dropped =
        "PHPSESSID=deleted; expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; path=/; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(logout.header("set-cookie"), Some(dropped));
}

#[test]
fn outside_testing_no_captcha_shows_its_digits() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let server = TestServer::start_on(database.url(), &[], false);
    let answer = Browser::new(&server).get("captcha.php");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")));
    assert_eq!(answer.header("x-dragoman-captcha-answer"), None);
    assert!(answer.body.starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn a_network_begins_so_many_sessions_a_minute() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[("php.visits_per_minute", "3")]);
        let mut known = Browser::new(&server);
        for script in ["login-token.php", "captcha.php", "login-token.php"] {
            assert_eq!(Browser::new(&server).get(script).status, 200, "{}", backend.name());
        }
        for script in ["login-token.php", "captcha.php"] {
            let answer = Browser::new(&server).get(script);
            assert_eq!((answer.status, answer.text().as_str()), (429, "{\"flag\":false}"), "{}", backend.name());
            assert_eq!(answer.header("set-cookie"), None);
        }
        assert_eq!(known.get("get-status.php").text(), "{\"flag\":false}", "what makes no rows is not limited");
        let later = call(server.url(), "POST", "/_testing/clock", &[], "{\"advance\": 61}");
        assert_eq!(later.status, 204);
        assert_eq!(known.get("login-token.php").status, 200, "{}: a minute later", backend.name());
        let (_, digits) = known.page();
        assert_eq!(digits.len(), 4, "a session that is there may load any number of pages");
    }
}
