//! Switching digests off, and what an operator's command keeps of a password (docs/security.md).

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod browser;

use browser::{Browser, flag};
use dragoman_accounts::{Admission, NameMatching, Origin, Realm};
use dragoman_dialect::DialectKind;
use dragoman_dialect_php::{Php, Settings};
use dragoman_passwords::{Secret, View, md5, self_md5, user_md5};
use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, backends};

const PASSWORD: &[u8] = b"Secret-1";
const OBFUSCATED: &str = "PU1WWmpKWFowMVNN";

fn realm(dialect: &'static str) -> Realm {
    Realm {
        dialect,
        scope: dialect.into(),
        names: NameMatching::Exact,
        admits: Admission::Everywhere,
        stateless_tokens: false,
        throttle: None,
    }
}

fn log_in(server: &TestServer, password: &str) -> String {
    flag(&Browser::new(server).submit("login.php", "guyu", password))
}

#[test]
fn digests_that_are_switched_off_can_be_dropped_and_come_back_with_the_plain_text() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        assert_eq!(flag(&Browser::new(&server).submit("register.php", "guyu", OBFUSCATED)), "0");
        let only = user_md5("hanlu", PASSWORD);
        assert_eq!(flag(&Browser::new(&server).submit("register.php", "hanlu", &only)), "0");
        assert_eq!(log_in(&server, &md5(PASSWORD)), "0");

        let realm = realm("php");
        let accounts = server.accounts();
        accounts.set_digest_views(&realm, &[View::UserMd5]);
        assert_eq!(server.run(accounts.drop_disabled_digests()), Ok(1), "{}", backend.name());
        assert_eq!(server.run(accounts.drop_disabled_digests()), Ok(0), "{}", backend.name());
        Php::prepare(&Settings::default(), accounts, &realm);
        assert_eq!(log_in(&server, &self_md5(PASSWORD)), "2001", "{}: it is not stored any more", backend.name());
        assert_eq!(log_in(&server, &user_md5("guyu", PASSWORD)), "0", "{}: this one is", backend.name());
        assert_eq!(log_in(&server, OBFUSCATED), "0", "{}", backend.name());
        assert_eq!(log_in(&server, &self_md5(PASSWORD)), "0", "{}: the plain text brought it back", backend.name());
        let digest_only = flag(&Browser::new(&server).submit("login.php", "hanlu", &only));
        assert_eq!(digest_only, "0", "{}: the only credential stays", backend.name());
    }
}

#[test]
fn an_account_of_before_gets_its_digests_when_its_plain_text_is_first_seen() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let before = TestServer::start_on(database.url(), &[("php.enabled", "false")], true);
        let ann = r#"{"username":"guyu","password":"Secret-1","password1":"Secret-1"}"#;
        assert_eq!(dragoman_testkit::http::call(before.url(), "POST", "/proxy/regist", &[], ann).status, 200);
        drop(before);
        let server = TestServer::start_on(database.url(), &[], true);
        assert_eq!(log_in(&server, &md5(PASSWORD)), "2001", "{}: only bcrypt(plaintext) is there", backend.name());
        let login = r#"{"username":"guyu","password":"Secret-1"}"#;
        assert_eq!(dragoman_testkit::http::call(server.url(), "POST", "/proxy/login", &[], login).status, 200);
        for digest in [user_md5("guyu", PASSWORD), self_md5(PASSWORD), md5(PASSWORD)] {
            assert_eq!(log_in(&server, &digest), "0", "{}", backend.name());
        }
    }
}

#[test]
fn a_password_set_by_an_operator_logs_in_as_a_digest() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    assert_eq!(flag(&Browser::new(&server).submit("register.php", "guyu", OBFUSCATED)), "0");
    let realm = realm("");
    let accounts = server.accounts();
    let found = server.run(accounts.find_by_name(&realm, "guyu", "")).expect("a store").expect("an account");
    server
        .run(accounts.set_password(&realm, found.account.number, Secret::from("Neu-2021"), Origin::default()))
        .expect("set");
    assert_eq!(log_in(&server, &md5(PASSWORD)), "2001");
    assert_eq!(log_in(&server, &user_md5("guyu", b"Neu-2021")), "0");
}
