//! Lists longer than a page are streamed whole and in order, on every backend.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use dragoman_accounts::{Authority, NewPassword, Origin, Realm, Registration, Role};
use dragoman_dialect_proxy::address::Address;
use dragoman_passwords::Secret;
use dragoman_server::operator;
use dragoman_testkit::{
    TestServer, backends,
    http::{call, exchange},
};

const ROWS: i64 = 2_345;

/// An account that cannot log in costs no hash.
async fn add_users(server: &TestServer, realm: &Realm) {
    for number in 0..ROWS {
        let imported = dragoman_accounts::ImportedAccount {
            id: None,
            uuid: None,
            username: format!("user{number}"),
            email: None,
            address_logs_in: true,
            password: dragoman_accounts::ImportedPassword::None,
            role: Role::User,
            locked: false,
            display_name: None,
            bio: None,
            created_at: None,
            facet: None,
            session: None,
        };
        server.accounts().import(realm, imported).await.expect("an account");
    }
}

async fn add_administrator(server: &TestServer, realm: &Realm) {
    let registration = Registration {
        username: "boss".to_owned(),
        password: NewPassword::Plain(Secret::new("pw")),
        role: Role::SuperAdministrator,
        authority: Some(Authority::Operator),
        display_name: None,
        bio: None,
        email: None,
        facet: None,
        origin: Origin::default(),
    };
    server.accounts().register(realm, registration).await.expect("an administrator");
}

async fn add_addresses(server: &TestServer, realm: &Realm) {
    let row = |id: i64| {
        let address = Address {
            address: None,
            createtime: None,
            httptype: None,
            id,
            ip: None,
            isp: None,
            port: Some(80),
            spend: Some(0.5),
        };
        (id, address.encode().expect("a row"))
    };
    server.accounts().begin_catalogue_import(realm).await.expect("an import");
    server.accounts().stage_catalogue(realm, (1..=ROWS).map(row).collect()).await.expect("rows");
    server.accounts().finish_catalogue_import(realm).await.expect("an import");
}

#[test]
fn every_row_is_sent_once_and_in_order() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        let realm = Realm { scope: "proxy".into(), dialect: "proxy", ..operator::realm() };
        server.run(async {
            add_administrator(&server, &realm).await;
            add_users(&server, &realm).await;
            add_addresses(&server, &realm).await;
        });
        let login = call(server.url(), "POST", "/proxy/login", &[], r#"{"username":"boss","password":"pw"}"#).text();
        let token = login.split('"').nth(3).expect("a token");
        for path in ["/proxy/userlist", "/proxy/iplist"] {
            let answer = call(server.url(), "GET", path, &[("Authorization", token)], "");
            assert_eq!(answer.header("transfer-encoding"), Some("chunked"), "{path} is longer than a page");
            assert!(answer.header("access-control-allow-origin").is_some());
            let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
            let ids: Vec<i64> =
                body["data"].as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("an id")).collect();
            assert_eq!(ids.len(), usize::try_from(ROWS).expect("few"), "{}: {path}", backend.name());
            assert!(ids.is_sorted_by(|one, next| one < next), "{path} ascends");
            let old = format!("GET {path} HTTP/1.0\r\nConnection: keep-alive\r\nAuthorization: {token}\r\n\r\n");
            let old = exchange(server.url(), old.as_bytes()).expect("an answer");
            assert_eq!(old.header("transfer-encoding"), None, "HTTP/1.0 knows no chunks");
            assert_eq!(old.body, answer.body);
        }
    }
}
