//! Old clients through the reverse proxies that Debian has, each told what `docs/operating.md` says: a dozen fixtures are
//! replayed through it. A proxy that is not installed is skipped, loudly; with DRAGOMAN_TEST_REQUIRE=all it is an error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod proxy;

use std::path::{Path, PathBuf};

use dragoman_fixtures::{Standard, Target, replay_paths};
use dragoman_testkit::{Backend, TestServer};
use jiff::Timestamp;
use proxy::{APACHE, HAPROXY, NGINX, Program, start};

/// Cookies, captchas, uploads of megabytes, raw UTF-8, preflights, bare tokens, odd paths.
const FIXTURES: [&str; 14] = [
    "frp/auth-errors.json",
    "frp/own-cors.json",
    "frp/register-flow.json",
    "medusa/s01_account_lifecycle.json",
    "medusa/s04_avatar_upload.json",
    "medusa/s05_avatar_errors.json",
    "medusa/s13_cors.json",
    "php/01_login_success.json",
    "php/07_transport_details.json",
    "proxy/iplist.json",
    "proxy/preflights.json",
    "proxy/vue-session.json",
    "v1/g110-profile-upload-cover.json",
    "v1/g110-reset-password.json",
];

fn replay_through(program: &Program) {
    if !Path::new(program.path).exists() {
        assert!(std::env::var("DRAGOMAN_TEST_REQUIRE").is_err(), "{} is required but not installed", program.path);
        eprintln!("SKIPPED: {} is not installed; nothing was replayed through it", program.path);
        return;
    }
    let settings = [("server.trusted_proxies", "127.0.0.1"), ("proxy.session_seconds", "3153600000")];
    let server = TestServer::start(&Backend::Sqlite, &settings);
    let proxy = start(program, server.url().strip_prefix("http://").unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-fixtures");
    let paths: Vec<PathBuf> = FIXTURES.iter().map(|name| folder.join(name)).collect();
    let target = Target::new(&proxy.url()).unwrap().with_any_header_names();
    let summary = server
        .run(replay_paths(&paths, target, Standard::Gateway, Timestamp::now()))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut text = Vec::new();
    summary.write_text(&mut text).unwrap();
    assert!(summary.is_success(), "through {}:\n{}", program.path, String::from_utf8_lossy(&text));
}

#[test]
fn nginx() {
    replay_through(&NGINX);
}

#[test]
fn haproxy() {
    replay_through(&HAPROXY);
}

#[test]
fn apache() {
    replay_through(&APACHE);
}
