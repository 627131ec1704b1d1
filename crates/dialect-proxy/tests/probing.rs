//! `/regist` tells whether a name is taken; a network is told so many a minute (docs/security.md).

use dragoman_testkit::{Backend, TestServer, http::call};

#[test]
fn a_network_is_told_so_many_names_a_minute() {
    let server = TestServer::start(&Backend::Sqlite, &[("proxy.registrations_per_minute", "5")]);
    let given = r#"{"dialect": "proxy", "accounts": [{"id": 1, "username": "ann", "password": "ann-pass"}]}"#;
    assert_eq!(call(server.url(), "POST", "/_testing/reset", &[], given).status, 204);
    let ask = |body: &str| call(server.url(), "POST", "/proxy/regist", &[], body).status;
    let taken = r#"{"username": "ann", "password": "x", "password1": "x"}"#;
    for _ in 0..5 {
        assert_eq!(ask(taken), 401);
    }
    assert_eq!(ask(taken), 503);
    let free = r#"{"username": "eve", "password": "x", "password1": "x"}"#;
    assert_eq!(ask(free), 503, "told alike");
    assert_eq!(ask("{}"), 401, "what asks for no name is not counted");
    assert_eq!(call(server.url(), "POST", "/_testing/clock", &[], r#"{"advance": 61}"#).status, 204);
    assert_eq!(ask(free), 200);
}
