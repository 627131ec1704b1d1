//! Two servers on one database behave as one, on every backend.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::{thread, time::Duration};

use dragoman_dialect_proxy::SIGNING_KEYS;
use dragoman_testkit::{
    Backend, TestServer, ThrowawayDatabase, backends,
    http::{RawAnswer, call},
};

struct Replicas {
    a: TestServer,
    b: TestServer,
    _database: ThrowawayDatabase,
}

impl Replicas {
    /// Started together on an empty database, by an operator's configuration: no testing API, real clock, real hashes.
    fn start(backend: &Backend) -> Self {
        let database = ThrowawayDatabase::create(backend);
        let (a, b) = thread::scope(|scope| {
            let start = || TestServer::start_on(database.url(), &[], false);
            let (a, b) = (scope.spawn(start), scope.spawn(start));
            (a.join().expect("a starts"), b.join().expect("b starts"))
        });
        Self { a, b, _database: database }
    }
}

fn post(server: &TestServer, path: &str, token: &str, body: &str) -> RawAnswer {
    call(server.url(), "POST", path, &[("Authorization", token)], body)
}

fn register(server: &TestServer, name: &str) -> RawAnswer {
    post(server, "/proxy/regist", "", &format!(r#"{{"username":"{name}","password":"pw","password1":"pw"}}"#))
}

fn log_in(server: &TestServer, name: &str, password: &str) -> RawAnswer {
    post(server, "/proxy/login", "", &format!(r#"{{"username":"{name}","password":"{password}"}}"#))
}

fn token(login: &RawAnswer) -> String {
    assert_eq!(login.status, 200, "{}", login.text());
    login.text().split('"').nth(3).expect("a token").to_owned()
}

fn about(server: &TestServer, token: &str) -> u16 {
    call(server.url(), "GET", "/proxy/about", &[("Authorization", token)], "").status
}

#[test]
fn what_happens_on_one_holds_on_the_other_at_once() {
    for backend in backends() {
        let Replicas { a, b, .. } = &Replicas::start(&backend);
        let administrators = [a, b].map(|server| server.first_administrator());
        let [admin] = administrators.iter().flatten().collect::<Vec<_>>()[..] else {
            panic!("{}: one of two replicas makes the first administrator: {administrators:?}", backend.name())
        };
        let admin = token(&log_in(b, "admin", admin));

        assert_eq!(register(a, "ann").status, 200);
        let ann = token(&log_in(a, "ann", "pw"));
        assert_eq!(about(b, &ann), 200, "a token from A works on B");

        assert_eq!(post(a, "/proxy/lock", &admin, r#"{"username":"ann","userlock":true}"#).status, 200);
        assert_eq!(log_in(b, "ann", "pw").status, 401, "a lock on A holds on B");
        assert_eq!(post(b, "/proxy/lock", &admin, r#"{"username":"ann","userlock":false}"#).status, 200);
        assert_eq!(log_in(a, "ann", "pw").status, 200);

        a.run(a.accounts().rotate_signing_keys(
            SIGNING_KEYS,
            Duration::from_secs(3600),
            dragoman_accounts::Origin::default(),
        ))
        .expect("the keys rotate");
        assert_eq!(about(a, &ann), 200, "the old key is accepted for a while");
        let fresh = token(&log_in(a, "ann", "pw"));
        assert_ne!(fresh.rsplit('.').next(), ann.rsplit('.').next());
        thread::sleep(Duration::from_millis(1_100));
        assert_eq!(about(b, &fresh), 200, "a token of A's new key works on B");

        assert_eq!(post(b, "/proxy/delete", &admin, r#"{"username":"ann"}"#).status, 200);
        assert_eq!(about(a, &fresh), 401, "a deletion on B holds on A");
        assert_eq!(register(a, "ANN").status, 200, "and the name is free");
    }
}

#[test]
fn of_two_simultaneous_registrations_one_wins() {
    for backend in backends() {
        let Replicas { a, b, .. } = &Replicas::start(&backend);
        for round in 0..10 {
            let (small, capital) = (format!("name{round}"), format!("NAME{round}"));
            let answers = thread::scope(|scope| {
                let (a, b) = (scope.spawn(|| register(a, &small)), scope.spawn(|| register(b, &capital)));
                [a.join().expect("an answer"), b.join().expect("an answer")]
            });
            let mut statuses = answers.each_ref().map(|answer| answer.status);
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401], "{}: {answers:?}", backend.name());
            let loser = answers.iter().find(|answer| answer.status == 401).expect("a loser");
            assert!(loser.text().contains(r"\u7528\u6237\u5df2\u7ecf\u5b58\u5728"), "{}", loser.text());
        }
    }
}
