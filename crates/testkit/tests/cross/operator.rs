//! What the operator does ends sessions of every dialect (R5, R8), and what his settings show (E7, R11).

use dragoman_accounts::{Accounts, Authority, Origin};
use dragoman_passwords::Secret;
use dragoman_server::operator::realm;
use dragoman_testkit::{Backend, TestServer, backends, http::call};

use crate::clients::{DIALECTS, Dialect, Entrance, OTHER_PASSWORD, Person, at, post};

/// An account that is logged in everywhere.
fn logged_in_everywhere(server: &TestServer) -> (Person, Vec<(Dialect, Entrance)>) {
    let person = Person::new("pilot");
    Dialect::Frp.register(server, &person).expect("an account");
    let entrances = DIALECTS.into_iter().map(|dialect| (dialect, dialect.log_in(server, &person).expect("a login")));
    let entrances: Vec<_> = entrances.collect();
    assert!(entrances.iter().all(|(dialect, entrance)| dialect.lets_in(server, entrance)));
    (person, entrances)
}

async fn number_of(accounts: &Accounts, name: &str) -> dragoman_accounts::AccountNumber {
    accounts.find_by_name(&realm(), name, "").await.expect("a look-up").expect("an account").account.number
}

fn assert_nobody_is_let_in(server: &TestServer, entrances: &[(Dialect, Entrance)]) {
    for (dialect, entrance) in entrances {
        assert!(!dialect.lets_in(server, entrance), "{dialect:?} still lets in");
    }
}

#[test]
fn end_sessions_ends_them_in_every_dialect() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        let (person, entrances) = logged_in_everywhere(&server);
        let accounts = server.accounts();
        server
            .run(async {
                let number = number_of(accounts, &person.name).await;
                accounts.end_sessions_of(&realm(), Authority::Operator, number, Origin::default()).await
            })
            .expect("the sessions end");
        assert_nobody_is_let_in(&server, &entrances);
        for dialect in DIALECTS {
            let entrance = dialect.log_in(&server, &person).expect("a login");
            assert!(dialect.lets_in(&server, &entrance), "{}: {dialect:?}", backend.name());
        }
    }
}

#[test]
fn set_password_ends_them_and_is_the_password_in_every_dialect() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        let (mut person, entrances) = logged_in_everywhere(&server);
        let accounts = server.accounts();
        let new = Secret::new(OTHER_PASSWORD.0);
        server
            .run(async {
                let number = number_of(accounts, &person.name).await;
                accounts.set_password(&realm(), number, new, Origin::default()).await
            })
            .expect("a new password");
        assert_nobody_is_let_in(&server, &entrances);
        for dialect in DIALECTS {
            dialect.log_in(&server, &person).expect_err("the old password is no more");
        }
        person.password = OTHER_PASSWORD;
        for dialect in DIALECTS {
            let entrance = dialect.log_in(&server, &person).expect("the new password");
            assert!(dialect.lets_in(&server, &entrance), "{}: {dialect:?}", backend.name());
        }
    }
}

#[test]
fn a_lock_of_the_operator_holds_everywhere_and_an_unlock_revives_what_was() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let (person, entrances) = logged_in_everywhere(&server);
    let accounts = server.accounts();
    let set_locked = |locked| {
        server
            .run(async {
                let number = number_of(accounts, &person.name).await;
                accounts.set_locked(&realm(), Authority::Operator, number, locked, Origin::default()).await
            })
            .expect("an order");
    };
    set_locked(true);
    for (dialect, entrance) in &entrances {
        // Recorded: proxy's tokens outlive a lock.
        assert_eq!(dialect.lets_in(&server, entrance), *dialect == Dialect::Proxy, "{dialect:?}");
        dialect.log_in(&server, &person).expect_err("a locked account");
    }
    set_locked(false);
    assert!(entrances.iter().all(|(dialect, entrance)| dialect.lets_in(&server, entrance)));
}

#[test]
fn proxy_shows_the_wall_clock_of_its_zone() {
    let server = TestServer::start(&Backend::Sqlite, &[("proxy.time_zone", "Asia/Shanghai")]);
    let given = r#"[{"dialect": "v1", "accounts": [{"id": 2, "username": "maple", "email": "a@b.cc", "created_at": "2026-11-20T21:53:51Z"}]},
        {"dialect": "proxy", "accounts": [{"id": 1, "username": "boss", "password": "pw", "role": "super_admin"}]}]"#;
    assert_eq!(call(server.url(), "POST", "/_testing/reset", &[], given).status, 204);
    let login = post(&server, "/proxy/login", &serde_json::json!({"username": "boss", "password": "pw"}));
    let token = at(&login, "/Authorization");
    let token = token.as_str().expect("a token");
    let list = call(server.url(), "GET", "/proxy/userlist", &[("Authorization", token)], "");
    assert_eq!(at(&list, "/data/0/createtime"), "Sat, 21 Nov 2026 05:53:51 GMT", "{}", list.text());
}

#[test]
fn a_dialect_that_admits_only_its_own_knows_nobody_else() {
    for backend in backends() {
        for own in DIALECTS {
            let key = match own {
                Dialect::Frp => "frp.admits",
                Dialect::Medusa => "medusa.admits",
                Dialect::Php => "php.admits",
                Dialect::Proxy => "proxy.admits",
                Dialect::V1 => "v1.admits",
            };
            let server = TestServer::start(&backend, &[(key, "own")]);
            let other = if own == Dialect::Frp { Dialect::V1 } else { Dialect::Frp };
            let mut stranger = Person::new("stranger");
            stranger.name = other.register(&server, &stranger).expect("an account");
            other.log_in(&server, &stranger).expect("it logs in at home");
            own.log_in(&server, &stranger).expect_err("it does not exist here");
            // The same name and address are free here, and nobody's elsewhere.
            let mut native = Person { password: OTHER_PASSWORD, ..stranger.clone() };
            native.name = own.register(&server, &native).expect("an account of its own");
            let entrance = own.log_in(&server, &native).expect("a login of its own");
            assert!(own.lets_in(&server, &entrance), "{}: {own:?}", backend.name());
            for elsewhere in DIALECTS.into_iter().filter(|elsewhere| *elsewhere != own) {
                elsewhere.log_in(&server, &native).expect_err("unknown elsewhere");
                elsewhere.log_in(&server, &stranger).expect("the other one is meant there");
            }
        }
    }
}
