//! The failure counter of section 3 over two replicas: three failures and no more, however many come at once.

mod leaf;

use std::thread;

use dragoman_testkit::{TestServer, ThrowawayDatabase, backends};
use leaf::{code, post};

const HERON: &str = r#"[{"id": 1, "username": "heron", "email": "heron@leaf.test", "password": "heron-pass"}]"#;

fn log_in(server: &TestServer, password: &str) -> i64 {
    let body = format!(r#"{{"email":"heron@leaf.test","password":"{password}"}}"#);
    code(&post(server, "/user/login", "", &body))
}

#[test]
fn of_a_hundred_wrong_guesses_at_once_on_two_replicas_three_are_answered() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let [a, b] = [0, 1].map(|_| TestServer::start_on(database.url(), &[], true));
        leaf::reset(&a, HERON);
        let codes: Vec<i64> = thread::scope(|scope| {
            let guess = |server| move || log_in(server, "not-the-password");
            let guesses: Vec<_> = (0..100).map(|n| scope.spawn(guess(if n % 2 == 0 { &a } else { &b }))).collect();
            guesses.into_iter().map(|guess| guess.join().expect("an answer")).collect()
        });
        // Those that find the hashing queue full decided nothing.
        assert!(codes.iter().all(|code| [3020, -1, 500].contains(code)), "{}: {codes:?}", backend.name());
        let told = codes.iter().filter(|code| **code == 3020).count();
        assert_eq!(told, 3, "{}: {codes:?}", backend.name());
        assert_eq!(log_in(&b, "heron-pass"), -1, "{}: locked on both", backend.name());
    }
}

#[test]
fn many_right_logins_at_once_are_no_failures() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        leaf::reset(&server, HERON);
        let codes: Vec<i64> = thread::scope(|scope| {
            let logins: Vec<_> = (0..8).map(|_| scope.spawn(|| log_in(&server, "heron-pass"))).collect();
            logins.into_iter().map(|login| login.join().expect("an answer")).collect()
        });
        assert_eq!(codes, [200; 8], "{}", backend.name());
    }
}
