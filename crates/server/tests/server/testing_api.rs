//! The testing API of fixtures.md section 2.

use dragoman_server::process::{StartError, StartOptions, start};

use crate::exchange::{get, send, send_raw};
use crate::fake::{TestServer, register, serve_testing, settings};

async fn post(server: &TestServer, path: &str, body: &str) -> (u16, String) {
    send(server.running.address(), "POST", path, "localhost", body).await
}

#[tokio::test]
async fn reset_empties_the_store_and_then_sets_the_state() {
    let server = serve_testing("").await;
    register(server.running.accounts(), "bob").await;
    let given = r#"{"dialect": "medusa", "settings": {"greeting": "hi"}, "accounts": [{"id": 1}], "rows": {"a": []}}"#;
    assert_eq!(post(&server, "/_testing/reset", given).await, (204, String::new()));
    assert_eq!(server.running.accounts().count().await, Ok(0));
    let state = get(server.running.address(), "/medusa/state").await.1;
    assert_eq!(state, r#"settings {"greeting":"hi"} accounts [{"id":1}] rows {"a":[]}"#);
    assert_eq!(get(server.running.address(), "/frp/state").await.1, "settings {}");

    let several = r#"[{"dialect": "frp"}, {"dialect": "v1", "clock": "2022-12-15T08:17:33Z"}]"#;
    assert_eq!(post(&server, "/_testing/reset", several).await.0, 204);
    assert_eq!(get(server.running.address(), "/medusa/state").await.1, "settings {}");
    assert_eq!(get(server.running.address(), "/v1/state").await.1, "settings {} accounts [] rows {}");
    assert!((1_671_092_253..1_671_092_300).contains(&server.running.accounts().clock().now().seconds()));
    assert_eq!(post(&server, "/_testing/reset", r#"{"dialect": "frp"}"#).await.0, 204);
    assert!(server.running.accounts().clock().now().seconds() > 1_700_000_000);
    server.running.stop().await;
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_with_a_reason() {
    let server = serve_testing("[php]\nenabled = false").await;
    for (path, body, reason) in [
        ("/_testing/reset", "{", "EOF"),
        ("/_testing/reset", r#"{"dialect": "php"}"#, "no dialect `php` is mounted"),
        ("/_testing/reset", r#"{"dialect": "frp", "setting": {}}"#, "unknown field `setting`"),
        ("/_testing/reset", r#"{"dialect": "frp", "settings": {"unknown": 1}}"#, "frp: no setting `unknown`"),
        ("/_testing/reset", r#"{"dialect": "frp", "clock": "noon"}"#, "noon"),
        ("/_testing/clock", r#"{"advance": "1"}"#, "invalid type"),
        ("/_testing/clock", r#"{"back": 1}"#, "unknown variant"),
        ("/_testing/expire", "{}", "missing field `what`"),
        ("/_testing/mail", "[]", ""),
    ] {
        let (status, body) = post(&server, path, body).await;
        assert!(status == 422 && body.contains(reason), "{path}: {status} {body}");
    }
    assert_eq!(get(server.running.address(), "/_testing/other").await.0, 404);
    server.running.stop().await;
}

#[tokio::test]
async fn the_clock_is_advanced_and_set() {
    let server = serve_testing("").await;
    let clock = || server.running.accounts().clock().now().seconds();
    let real = clock();
    assert_eq!(post(&server, "/_testing/clock", r#"{"advance": 3600}"#).await.0, 204);
    assert!((3600..3700).contains(&(clock() - real)));
    assert_eq!(post(&server, "/_testing/clock", r#"{"now": "2001-09-09T01:46:40Z"}"#).await.0, 204);
    assert!((1_000_000_000..1_000_000_100).contains(&clock()));
    assert_eq!(post(&server, "/_testing/expire", r#"{"what": "access_tokens"}"#).await.0, 204);
    server.running.stop().await;
}

#[tokio::test]
async fn nobody_has_written_and_no_slider_is_pending() {
    let server = serve_testing("").await;
    let address = server.running.address();
    assert_eq!(post(&server, "/_testing/mail", r#"{"refuse": ["a@b"]}"#).await.0, 204);
    assert_eq!(get(address, "/_testing/mail?to=a%40b").await, (200, "[]".to_owned()));
    assert_eq!(get(address, "/_testing/challenge?for=a%40b").await.0, 404);
    server.running.stop().await;
}

#[tokio::test]
async fn only_on_a_loopback_listener() {
    let folder = tempfile::tempdir().unwrap();
    let options = StartOptions { testing: true, own_database: false, ..StartOptions::default() };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let mut settings = settings(&folder, "");
        settings.server.listen = address.parse().unwrap();
        let error = start(&settings, &options).await.err().expect("an error");
        assert!(matches!(error, StartError::TestingNotLoopback(_)), "{address}: {error}");
    }
}

#[tokio::test]
async fn a_database_with_accounts_of_its_own_is_not_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, "");
    start(&settings, &StartOptions::default()).await.unwrap().stop().await;
    let testing = StartOptions { testing: true, own_database: true, ..StartOptions::default() };
    let error = start(&settings, &testing).await.err().expect("an error");
    assert!(matches!(error, StartError::TestingWouldEmpty), "{error}");
}

#[tokio::test]
async fn its_own_leftovers_may_be_emptied_and_a_temporary_database_goes_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, "");
    let testing = StartOptions { testing: true, own_database: true, ..StartOptions::default() };
    let first = TestServer { running: start(&settings, &testing).await.unwrap(), folder: tempfile::tempdir().unwrap() };
    assert!(first.running.first_administrator().is_none());
    register(first.running.accounts(), "bob").await;
    assert!(first.folder.path().exists());
    first.running.stop().await;
    let again = start(&settings, &testing).await.unwrap();
    assert_eq!(again.accounts().count().await, Ok(1));
    again.stop().await;

    let temporary = serve_testing("").await;
    register(temporary.running.accounts(), "eve").await;
    assert!(!temporary.folder.path().join("accounts.db").exists());
    temporary.running.stop().await;
}

#[tokio::test]
async fn a_page_whose_name_came_to_lead_here_is_refused() {
    let server = serve_testing("").await;
    let address = server.running.address();
    let reset = r#"{"dialect": "frp"}"#;
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example", ""] {
        assert_eq!(send(address, "POST", "/_testing/reset", host, reset).await.0, 403, "{host:?}");
    }
    for (origin, status) in [("http://evil.example", 403), ("null", 403), ("http://localhost:3000", 200)] {
        let head = format!(
            "GET /_testing/mail?to=a HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"
        );
        let answer = send_raw(address, &head).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{origin}: {answer}");
    }
    let elsewhere =
        "GET http://evil.example/_testing/mail?to=a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(send_raw(address, elsewhere).await.starts_with("HTTP/1.1 403"));
    assert_eq!(send(address, "POST", "/_testing/reset", "127.0.0.1:1", reset).await.0, 204);
    server.running.stop().await;
}
