//! Two servers on one database behave as one, on every backend.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::thread;

use dragoman_testkit::{
    TestServer, ThrowawayDatabase, backends,
    http::{RawAnswer, call},
};

struct Replicas {
    a: TestServer,
    b: TestServer,
    _database: ThrowawayDatabase,
}

impl Replicas {
    fn start(backend: &dragoman_testkit::Backend, given: &str) -> Self {
        let database = ThrowawayDatabase::create(backend);
        let start = || TestServer::start_on(database.url(), &[], true);
        let replicas = Self { a: start(), b: start(), _database: database };
        assert_eq!(call(replicas.a.url(), "POST", "/_testing/reset", &[], given).status, 204);
        replicas
    }

    /// Sends as many requests at once, half of them to each.
    fn at_once(&self, count: usize, send: impl Fn(&TestServer, usize) -> RawAnswer + Sync) -> Vec<RawAnswer> {
        thread::scope(|scope| {
            let send = &send;
            let requests: Vec<_> = (0..count)
                .map(|index| {
                    let server = if index % 2 == 0 { &self.a } else { &self.b };
                    scope.spawn(move || send(server, index))
                })
                .collect();
            requests.into_iter().map(|request| request.join().expect("an answer")).collect()
        })
    }
}

fn log_in(server: &TestServer, name: &str, password: &str) -> RawAnswer {
    let body = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
    call(server.url(), "POST", "/frp/api/v2/users/login", &[], &body)
}

fn member<'a>(text: &'a str, name: &str) -> &'a str {
    text.split(&format!("\"{name}\":\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

fn statuses(answers: &[RawAnswer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

const KEYLESS: &str = r#"{"dialect":"frp","accounts":[{"id":1,"username":"bob","password":"right","frp_token":""}]}"#;

#[test]
fn two_first_logins_agree_on_the_tunnel_key() {
    for backend in backends() {
        let replicas = Replicas::start(&backend, KEYLESS);
        let answers = replicas.at_once(8, |server, _| log_in(server, "bob", "right"));
        assert_eq!(statuses(&answers, 200), 8, "{answers:?}");
        let texts: Vec<String> = answers.iter().map(RawAnswer::text).collect();
        let mut keys: Vec<&str> = texts.iter().map(|text| member(text, "frp_token")).collect();
        keys.dedup();
        assert!(keys.len() == 1 && keys[0].len() == 32, "{}: {keys:?}", backend.name());
        // A token of one works on the other and is ended there.
        let token = member(&texts[0], "token");
        let header = [("Authorization", token)];
        let end = call(replicas.b.url(), "DELETE", "/frp/api/v2/users/reset/token/all?username=bob", &header, "");
        assert_eq!(end.status, 200);
        for text in &texts {
            let path = format!("/frp/api/v2/check/token?token={}", member(text, "token"));
            assert_eq!(call(replicas.a.url(), "GET", &path, &[], "").status, 401);
        }
    }
}

#[test]
fn a_hundred_wrong_guesses_at_once_are_ten_failures() {
    for backend in backends() {
        let replicas = Replicas::start(&backend, KEYLESS);
        let answers = replicas.at_once(100, |server, _| log_in(server, "bob", "wrong"));
        assert_eq!((statuses(&answers, 403), statuses(&answers, 429)), (10, 90), "{}", backend.name());
        assert_eq!(log_in(&replicas.b, "bob", "right").status, 429);
    }
}

#[test]
fn of_twenty_requests_at_once_one_gets_a_mail() {
    for backend in backends() {
        let replicas = Replicas::start(&backend, KEYLESS);
        let send = |server: &TestServer, _| call(server.url(), "GET", "/frp/api/v2/users/send?email=x@y.zz", &[], "");
        let answers = replicas.at_once(20, send);
        assert_eq!((statuses(&answers, 200), statuses(&answers, 429)), (1, 19), "{}: {answers:?}", backend.name());
    }
}

#[test]
fn one_code_makes_one_account() {
    for backend in backends() {
        let replicas = Replicas::start(&backend, KEYLESS);
        let sent = call(replicas.a.url(), "GET", "/frp/api/v2/users/send?email=x@y.zz", &[], "");
        assert_eq!(sent.status, 200);
        let mails = call(replicas.a.url(), "GET", "/_testing/mail?to=x%40y.zz", &[], "").text();
        let code = member(&mails, "code");
        let answers = replicas.at_once(12, |server, index| {
            let body = format!(
                r#"{{"username":"user-{index}","password":"12345","confirm_password":"12345","email":"x@y.zz","verify":"{code}"}}"#
            );
            call(server.url(), "POST", "/frp/api/v2/users/register", &[], &body)
        });
        assert_eq!((statuses(&answers, 200), statuses(&answers, 400)), (1, 11), "{}: {answers:?}", backend.name());
    }
}
