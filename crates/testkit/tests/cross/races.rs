//! Many at once through several dialects.

use std::thread;

use dragoman_testkit::{TestServer, backends};
use serde_json::json;

use crate::clients::{Dialect, Person, at, post, tunnel_key};

#[test]
fn of_names_that_differ_in_case_one_is_registered_in_case_blind_dialects() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        for round in 0..10 {
            let small = Person::new(&format!("name{round}"));
            let capital = Person { name: format!("NAME{round}"), ..small.clone() };
            let made = thread::scope(|scope| {
                let proxy = scope.spawn(|| Dialect::Proxy.register(&server, &small).is_ok());
                let frp = scope.spawn(|| Dialect::Frp.register(&server, &capital).is_ok());
                [proxy.join().expect("an answer"), frp.join().expect("an answer")]
            });
            assert_eq!(made.iter().filter(|made| **made).count(), 1, "{}: {made:?}", backend.name());
        }
    }
}

#[test]
fn first_logins_at_once_agree_on_keys() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[("frp.login_throttle", "off")]);
        for round in 0..5 {
            let person = Person::new(&format!("born{round}"));
            Dialect::Proxy.register(&server, &person).expect("an account");
            let keys: Vec<String> = thread::scope(|scope| {
                let logins: Vec<_> = (0..4).map(|_| scope.spawn(|| tunnel_key(&server, &person))).collect();
                logins.into_iter().map(|login| login.join().expect("a login")).collect()
            });
            assert!(keys.iter().all(|key| key.len() == 32 && *key == keys[0]), "{}: {keys:?}", backend.name());
            // medusa keeps one token: whichever came last shows the key that all agreed on.
            let tokens: Vec<_> = thread::scope(|scope| {
                let logins: Vec<_> = (0..4).map(|_| scope.spawn(|| Dialect::Medusa.log_in(&server, &person))).collect();
                logins.into_iter().map(|login| login.join().expect("an answer").expect("a login")).collect()
            });
            let shown: Vec<_> = tokens
                .iter()
                .map(|token| post(&server, "/medusa/api/user_info/", &json!({"token": token.0})))
                .filter(|answer| at(answer, "/code") == json!(200))
                .collect();
            assert_eq!(shown.len(), 1, "{}: one live token", backend.name());
            let again = Dialect::Medusa.log_in(&server, &person).expect("a login");
            let later = post(&server, "/medusa/api/user_info/", &json!({"token": again.0}));
            assert_eq!(at(&later, "/message/key"), at(&shown[0], "/message/key"), "{}", backend.name());
        }
    }
}
