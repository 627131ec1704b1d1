//! A gateway in front of a living old server, dialect by dialect: who logs in there moves here.

use std::time::{Duration, Instant};

use dragoman_accounts::{
    AccountNumber, Admission, BatchEntry, Holding, ImportBatch, ImportStep, ImportedAccount, ImportedPassword,
    LoginName, NameMatching, NewEmail, Origin, Realm,
};
use dragoman_testkit::{
    Backend, TestServer, backends,
    old_servers::{Behaviour, OldServer, OldUser},
};

use crate::clients::{DIALECTS, Dialect, OTHER_PASSWORD, Person};

const ID: i64 = 4_711;

fn old_server(dialect: Dialect) -> OldServer {
    OldServer::start(dialect.name(), vec![OldUser::named(1, "root", "unknown to all"), ann()])
}

fn ann() -> OldUser {
    OldUser {
        email: "ann@nerv.test".to_owned(),
        display_name: "Ann of old".to_owned(),
        bio: "from there".to_owned(),
        avatar: "http://old.example/ann.jpg".to_owned(),
        ..OldUser::named(ID, "ann", crate::clients::PASSWORD.0)
    }
}

fn realm(dialect: Dialect) -> Realm {
    let is_exact = matches!(dialect, Dialect::Medusa | Dialect::Php);
    Realm {
        dialect: dialect.name(),
        scope: dialect.name().into(),
        names: if is_exact { NameMatching::Exact } else { NameMatching::CaseBlind },
        admits: Admission::Everywhere,
        stateless_tokens: dialect == Dialect::Proxy,
        throttle: None,
    }
}

/// In front of an old server, patient for a second.
fn gateway(backend: &Backend, dialect: Dialect, old: &OldServer) -> TestServer {
    let [url, time_out, mode] = match dialect {
        Dialect::Frp => ["frp.upstream.url", "frp.upstream.time_out_seconds", "frp.upstream.mode"],
        Dialect::Medusa => ["medusa.upstream.url", "medusa.upstream.time_out_seconds", "medusa.upstream.mode"],
        Dialect::Php => ["php.upstream.url", "php.upstream.time_out_seconds", "php.upstream.mode"],
        Dialect::Proxy => ["proxy.upstream.url", "proxy.upstream.time_out_seconds", "proxy.upstream.mode"],
        Dialect::V1 => ["v1.upstream.url", "v1.upstream.time_out_seconds", "v1.upstream.mode"],
    };
    TestServer::start(backend, &[(url, &old.url()), (time_out, "1"), (mode, "logins")])
}

fn each(test: impl Fn(Dialect, &OldServer, &TestServer)) {
    for dialect in DIALECTS {
        let old = old_server(dialect);
        let server = gateway(&Backend::Sqlite, dialect, &old);
        test(dialect, &old, &server);
    }
}

/// What it was asked beside captchas and what belongs to them.
fn logins(old: &OldServer) -> usize {
    old.take_requests().iter().filter(|asked| asked.starts_with("POST") && asked.contains("/login")).count()
}

fn wrong(person: &Person) -> Person {
    Person { password: OTHER_PASSWORD, ..person.clone() }
}

#[test]
fn the_first_login_takes_the_account_over() {
    for backend in backends() {
        for dialect in DIALECTS {
            let mut old = old_server(dialect);
            let server = gateway(&backend, dialect, &old);
            let (person, before) = (Person::new("ann"), server.run(server.accounts().count()).expect("a count"));
            let entrance = dialect.log_in(&server, &person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
            assert!(dialect.lets_in(&server, &entrance), "{dialect:?}");
            assert_eq!(logins(&old), 1, "{dialect:?}");
            assert_eq!(server.run(server.accounts().count()), Ok(before + 1), "{dialect:?}");
            shows_what_it_had(dialect, &server);
            dialect.log_in(&server, &person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
            // The old server's captcha is used up there by a login of nobody.
            let judged = if matches!(dialect, Dialect::Medusa | Dialect::Php) { 1 } else { 0 };
            assert_eq!(logins(&old), judged, "{dialect:?}");
            old.stop();
            dialect.log_in(&server, &person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        }
    }
}

fn shows_what_it_had(dialect: Dialect, server: &TestServer) {
    let accounts = server.accounts();
    let member =
        server.run(accounts.find_by_name(&realm(dialect), "ann", dialect.name())).expect("a look-up").expect("ann");
    let facet = member.facet.clone().unwrap_or_default();
    let account = &member.account;
    if dialect != Dialect::Php {
        assert_eq!(member.id, ID, "{dialect:?}");
    }
    match dialect {
        Dialect::Proxy => {
            assert_eq!(account.bio.as_deref(), Some("from there"));
            assert!(facet.contains("http://old.example/ann.jpg"), "{facet}");
        }
        Dialect::Frp => {
            assert_eq!(account.email.as_deref(), Some("ann@nerv.test"));
            assert_eq!(account.created_at.map(|at| at.seconds()), Some(1_651_299_025));
            assert!(facet.contains("key-of-ann") && facet.contains("vip1") && facet.contains("10001"), "{facet}");
        }
        Dialect::Medusa => {
            assert_eq!(account.display_name.as_deref(), Some("Ann of old"));
            assert_eq!(account.email.as_deref(), Some("ann@nerv.test"));
            assert!(facet.contains("key-of-ann"), "{facet}");
        }
        Dialect::Php => {
            assert_eq!((account.uuid.as_str(), account.display_name.as_deref()), ("key-of-ann", Some("Ann of old")));
        }
        Dialect::V1 => {
            assert_eq!(account.bio.as_deref(), Some("from there"));
            assert_eq!(account.email.as_deref(), Some("ann@nerv.test"));
            assert_eq!(account.created_at.map(|at| at.millis()), Some(1_671_092_253_076));
            assert!(facet.contains("\"gender\":2"), "{facet}");
        }
    }
}

#[test]
fn a_wrong_password_is_asked_once_and_counted_here() {
    each(|dialect, old, server| {
        let (person, nobody) = (Person::new("ann"), Person::new("nobody"));
        for (who, asked) in [(&wrong(&person), 1), (&wrong(&person), 0), (&nobody, 1), (&nobody, 0)] {
            dialect.log_in(server, who).expect_err("a wrong password");
            let judged = if asked == 0 && matches!(dialect, Dialect::Medusa | Dialect::Php) { 1 } else { 0 };
            assert_eq!(logins(old), asked + judged, "{dialect:?}");
        }
        assert_eq!(server.run(server.accounts().takeover_days(&realm(dialect))).expect("days")[0].refused, 4);
        dialect.log_in(server, &person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
    });
}

#[test]
fn an_old_server_that_does_not_answer_is_no_wrong_password() {
    for behaviour in [Behaviour::Hang, Behaviour::Cut, Behaviour::Nonsense, Behaviour::Fault] {
        each(|dialect, old, server| {
            let person = Person::new("ann");
            old.behave(behaviour);
            for _ in 0..2 {
                let begun = Instant::now();
                let refused = dialect.log_in(server, &person).expect_err("nobody answers");
                assert!(refused.contains(dialect.unavailable()), "{dialect:?} {behaviour:?}: {refused}");
                assert!(begun.elapsed() < Duration::from_secs(6), "{dialect:?} {behaviour:?}");
            }
            old.behave(Behaviour::Right);
            // Until the breaker lets a probe through.
            let patience = Instant::now();
            while let Err(refused) = dialect.log_in(server, &person) {
                assert!(patience.elapsed() < Duration::from_secs(10), "{dialect:?} {behaviour:?}: {refused}");
                std::thread::sleep(Duration::from_millis(300));
            }
            assert!(server.run(server.accounts().takeover_days(&realm(dialect))).expect("days")[0].refused == 0);
        });
    }
}

#[test]
fn who_is_locked_there_is_not_taken_over() {
    each(|dialect, old, server| {
        if matches!(dialect, Dialect::Medusa | Dialect::V1) {
            // They know no locks.
            return;
        }
        old.edit("ann", |ann| ann.locked = true);
        dialect.log_in(server, &Person::new("ann")).expect_err("locked there");
        old.edit("ann", |ann| ann.locked = false);
        dialect.log_in(server, &Person::new("ann")).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
    });
}

#[test]
fn what_an_import_left_without_a_password_gets_it() {
    each(|dialect, old, server| {
        let accounts = server.accounts();
        let known = import_without_password(dialect, server);
        dialect.log_in(server, &wrong(&Person::new("ann"))).expect_err("a wrong password");
        dialect.log_in(server, &Person::new("ann")).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        let name = LoginName::Username("ann".to_owned());
        let holding = server.run(accounts.holding(&realm(dialect), &name, &Origin::default()));
        assert_eq!(holding, Ok(Holding::Here), "{dialect:?}");
        let member = server.run(accounts.find_by_name(&realm(dialect), "ann", "")).expect("a look-up").expect("ann");
        assert_eq!(member.account.number, known, "{dialect:?}");
        old.take_requests();
    });
}

fn import_without_password(dialect: Dialect, server: &TestServer) -> AccountNumber {
    let (accounts, realm) = (server.accounts(), realm(dialect));
    let account = ImportedAccount {
        id: (dialect != Dialect::Php).then_some(ID),
        password: ImportedPassword::None,
        email: Some(NewEmail { address: "ann@nerv.test".to_owned(), verified: true }),
        ..ImportedAccount::named("ann".to_owned())
    };
    let key = if dialect == Dialect::Php { "ann".to_owned() } else { ID.to_string() };
    let entries = vec![BatchEntry { key, step: ImportStep::Create(account) }];
    let batch = ImportBatch { import: "plan".to_owned(), from: 0, to: 1, highest: ID, entries };
    server.run(async {
        accounts.begin_import(&realm, "plan", "a dump", 1).await.expect("a journal");
        assert_eq!(accounts.import_batch(&realm, batch).await, Ok(true));
        accounts.find_by_name(&realm, "ann", "").await.expect("a look-up").expect("ann").account.number
    })
}
