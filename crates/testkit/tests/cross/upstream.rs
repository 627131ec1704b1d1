//! A gateway in front of a living old server, dialect by dialect: who logs in there moves here.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    thread,
    time::{Duration, Instant},
};

use dragoman_accounts::{
    AccountNumber, Admission, BatchEntry, Holding, ImportBatch, ImportStep, ImportedAccount, ImportedPassword,
    LoginName, NameMatching, NewEmail, Origin, Realm,
};
use dragoman_testkit::{
    Backend, TestServer, backends,
    http::call,
    old_servers::{Behaviour, OldServer, OldUser},
};

use serde_json::{Value, json};

use crate::clients::{DIALECTS, Dialect, Entrance, OTHER_PASSWORD, Person, at, pass_seconds};

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

pub fn realm(dialect: Dialect) -> Realm {
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
    let [url, time_out, mode] = keys(dialect);
    TestServer::start(
        backend,
        &[(url, &old.url()), (time_out, "1"), (mode, "logins"), FROM_ONE_NETWORK[0], FROM_ONE_NETWORK[1]],
    )
}

/// Clients of tests have one address.
const FROM_ONE_NETWORK: [(&str, &str); 2] =
    [("medusa.captchas_per_minute", "60000"), ("php.captchas_per_minute", "60000")];

/// Another replica on the same database.
fn beside(server: &TestServer, dialect: Dialect, old: &OldServer) -> TestServer {
    let [url, time_out, mode] = keys(dialect);
    let old_url = old.url();
    let settings = [(url, &*old_url), (time_out, "1"), (mode, "logins"), FROM_ONE_NETWORK[0], FROM_ONE_NETWORK[1]];
    TestServer::start_on(server.database(), &settings, true)
}

fn keys(dialect: Dialect) -> [&'static str; 3] {
    match dialect {
        Dialect::Frp => ["frp.upstream.url", "frp.upstream.time_out_seconds", "frp.upstream.mode"],
        Dialect::Medusa => ["medusa.upstream.url", "medusa.upstream.time_out_seconds", "medusa.upstream.mode"],
        Dialect::Php => ["php.upstream.url", "php.upstream.time_out_seconds", "php.upstream.mode"],
        Dialect::Proxy => ["proxy.upstream.url", "proxy.upstream.time_out_seconds", "proxy.upstream.mode"],
        Dialect::V1 => ["v1.upstream.url", "v1.upstream.time_out_seconds", "v1.upstream.mode"],
    }
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
    let entries = vec![BatchEntry { key, position: 1, step: ImportStep::Create(account) }];
    let batch = ImportBatch { import: "plan".to_owned(), from: 0, to: 1, highest: ID, meets_others: false, entries };
    server.run(async {
        accounts.begin_import(&realm, "plan", "a dump", 1).await.expect("a journal");
        let batch = accounts.prepare_batch(&realm, batch).await.expect("a batch");
        assert_eq!(accounts.import_batch(batch).await, Ok(true));
        accounts.find_by_name(&realm, "ann", "").await.expect("a look-up").expect("ann").account.number
    })
}

#[test]
fn a_token_of_old_goes_on_here() {
    each(|dialect, old, server| {
        let token = old.issue_token("ann");
        let lets_in = |token: &str| match dialect {
            Dialect::Frp => {
                let bearer = format!("Bearer {token}");
                let path = "/frp/api/v2/users/info?username=ann";
                call(server.url(), "GET", path, &[("Authorization", &bearer)], "").status == 200
            }
            _ => dialect.lets_in(server, &Entrance(token.to_owned())),
        };
        assert!(!lets_in("eyJub2JvZHkiOjF9.x.y"), "{dialect:?}");
        assert!(lets_in(&token), "{dialect:?}");
        old.take_requests();
        assert!(lets_in(&token), "{dialect:?}");
        assert_eq!(old.take_requests(), Vec::<String>::new(), "{dialect:?}: it was adopted");
        dialect.log_in(server, &wrong(&Person::new("ann"))).expect_err("a wrong password");
        dialect.log_in(server, &Person::new("ann")).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        let later = old.issue_token("ann");
        assert!(!lets_in(&later), "{dialect:?}: of an account that is here");
    });
}

#[test]
fn names_of_the_old_server_are_taken() {
    for dialect in [Dialect::Proxy, Dialect::Medusa, Dialect::Php] {
        let old = old_server(dialect);
        let server = gateway(&Backend::Sqlite, dialect, &old);
        dialect.register(&server, &Person::new("ann")).expect_err("a taken name");
        let new = Person::new("newcomer");
        dialect.register(&server, &new).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        assert_eq!(old.user("newcomer").is_some(), dialect != Dialect::Proxy, "{dialect:?}");
        dialect.log_in(&server, &new).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
    }
}

#[test]
fn frp_registers_with_the_old_server_s_code() {
    let old = old_server(Dialect::Frp);
    let server = gateway(&Backend::Sqlite, Dialect::Frp, &old);
    let sent = call(server.url(), "GET", "/frp/api/v2/users/send?email=new@nerv.test", &[], "");
    assert_eq!(sent.status, 200, "{}", sent.text());
    let code = old.code("new@nerv.test").expect("a code of the old server's");
    let register = |name: &str, code: &str| {
        let body = json!({"username": name, "password": "Secret-1", "confirm_password": "Secret-1",
            "email": "new@nerv.test", "verify": code});
        call(server.url(), "POST", "/frp/api/v2/users/register", &[], &body.to_string()).status
    };
    assert_eq!(register("newcomer", "000000"), 403);
    assert_eq!(register("newcomer", &code), 200);
    assert!(old.user("newcomer").is_some());
    old.take_requests();
    let person = Person { email: "new@nerv.test".to_owned(), ..Person::new("newcomer") };
    Dialect::Frp.log_in(&server, &person).expect("it was taken over");
    assert_eq!(old.take_requests(), Vec::<String>::new());
}

#[test]
fn v1_codes_come_from_whoever_holds_the_address() {
    let old = old_server(Dialect::V1);
    let server = gateway(&Backend::Sqlite, Dialect::V1, &old);
    let ask = |path: &str, body: &Value| {
        at(&call(server.url(), "POST", &format!("/v1/api/v1{path}"), &[], &body.to_string()), "/code")
    };
    let solve = |email: &str| {
        call(server.url(), "GET", &format!("/v1/api/v1/captcha/get?email={email}"), &[], "");
        assert_eq!(ask("/captcha/validate", &json!({"email": email, "x": 300})), json!(4010));
        call(server.url(), "GET", &format!("/v1/api/v1/captcha/get?email={email}"), &[], "");
        assert_eq!(ask("/captcha/validate", &json!({"email": email, "x": 120})), json!(200));
    };
    let email = "ann@nerv.test";
    assert_eq!(ask("/user/code/email", &json!({"email": email})), json!(-1));
    solve(email);
    assert_eq!(ask("/user/code/email", &json!({"email": email})), json!(200));
    let code = old.code(email).expect("a code of the old server's");
    assert_eq!(ask("/user/login/email", &json!({"email": email, "code": "9999"})), json!(3010));
    assert_eq!(ask("/user/login/email", &json!({"email": email, "code": code})), json!(200));
    // It came without a password, and the first login with one completes it.
    Dialect::V1.log_in(&server, &Person::new("ann")).expect("a password login");
    let new = "new@nerv.test";
    solve(new);
    assert_eq!(ask("/user/code/email", &json!({"email": new})), json!(200));
    let code = old.code(new).expect("a code of the old server's");
    assert_eq!(ask("/user/register", &json!({"email": new, "password": "Secret-1", "code": code})), json!(200));
    old.take_requests();
    Dialect::V1.log_in(&server, &Person { email: new.to_owned(), ..Person::new("new") }).expect("it was taken over");
    assert_eq!(old.take_requests(), Vec::<String>::new());
    let root = "root@old.example";
    solve(root);
    let check = call(server.url(), "GET", &format!("/v1/api/v1/user/resetpwd/check?email={root}"), &[], "");
    assert_eq!(at(&check, "/code"), json!(200));
    solve(root);
    assert_eq!(ask("/user/code/email", &json!({"email": root})), json!(200));
    let code = old.code(root).expect("a code of the old server's");
    assert_eq!(ask("/user/pwd/modify", &json!({"email": root, "password": "Secret-1", "code": code})), json!(200));
    Dialect::V1.log_in(&server, &Person { email: root.to_owned(), ..Person::new("root") }).expect("a new password");
}

#[test]
fn in_mode_all_the_old_server_decides_until_it_is_taken_over() {
    for dialect in [Dialect::Proxy, Dialect::Medusa, Dialect::Frp] {
        let old = old_server(dialect);
        let [url, time_out, mode] = keys(dialect);
        let server = TestServer::start(&Backend::Sqlite, &[(url, &old.url()), (time_out, "1"), (mode, "all")]);
        let (person, before) = (Person::new("ann"), server.run(server.accounts().count()).expect("a count"));
        let log_in = |person: &Person| dialect.log_in(&server, person);
        log_in(&person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        // Changed over there: it is the one that counts, and it counts here.
        old.edit("ann", |ann| ann.password = OTHER_PASSWORD.0.to_owned());
        old.take_requests();
        log_in(&person).expect_err("the password of before");
        assert_eq!(logins(&old), 1, "{dialect:?}");
        log_in(&wrong(&person)).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        assert_eq!(server.run(server.accounts().count()), Ok(before + 1), "{dialect:?}");
        // It alone decides, so nobody gets in past it.
        old.behave(Behaviour::Fault);
        let refused = log_in(&wrong(&person)).expect_err("nobody decides");
        assert!(refused.contains(dialect.unavailable()), "{dialect:?}: {refused}");
        server
            .run(server.accounts().set_taken_over(&realm(dialect), true, Origin::default()))
            .expect("it is taken over");
        log_in(&wrong(&person)).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        log_in(&person).expect_err("the password of before");
        server.run(server.accounts().set_taken_over(&realm(dialect), false, Origin::default())).expect("undone");
        old.behave(Behaviour::Right);
        old.edit("ann", |ann| ann.password = crate::clients::PASSWORD.0.to_owned());
        old.take_requests();
        // It was refused a moment ago.
        pass_seconds(&server, 4);
        log_in(&person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        assert_eq!(logins(&old), 1, "{dialect:?}");
    }
}

#[test]
fn medusa_changes_and_resets_what_is_not_here_yet() {
    let old = old_server(Dialect::Medusa);
    let server = gateway(&Backend::Sqlite, Dialect::Medusa, &old);
    let ask = |path: &str, mut body: Value| {
        let (key, shown) = crate::clients::captcha(&server);
        body["verification_code_key"] = json!(key);
        body["verification_code"] = json!(shown);
        at(&call(server.url(), "POST", &format!("/medusa/api/{path}/"), &[], &body.to_string()), "/code")
    };
    let change = |old: &str| json!({"username": "ann", "old_passwd": old, "new_passwd": "111111"});
    assert_eq!(ask("update_password", change("wrong")), json!(404));
    assert_eq!(ask("update_password", change("Secret-1")), json!(200));
    Dialect::Medusa.log_in(&server, &wrong(&Person::new("ann"))).expect("the new password");
    let reset = |key: &str| json!({"key": key, "name": "root", "email": "root@old.example", "new_passwd": "Secret-1"});
    assert_eq!(ask("forget_password", reset("wrong")), json!(404));
    assert_eq!(ask("forget_password", reset("I_will_always_like_KatsuragiMisato")), json!(200));
    Dialect::Medusa.log_in(&server, &Person::new("root")).expect("the password that was set there");
}

/// Which file an account shows, where the old server has it and where it is shown here.
fn picture_of(dialect: Dialect) -> Option<[&'static str; 3]> {
    match dialect {
        Dialect::Medusa => Some(["H99BjGAKzt1795209936.jpg", "/s/H99BjGAKzt1795209936.jpg", "/medusa"]),
        Dialect::V1 => Some(["/api/image/img_old0123456789a.png", "/api/image/img_old0123456789a.png", "/v1"]),
        Dialect::Frp | Dialect::Php | Dialect::Proxy => None,
    }
}

#[test]
fn pictures_come_along() {
    each(|dialect, old, server| {
        let Some([shown, path, prefix]) = picture_of(dialect) else { return };
        let picture = vec![7; 100_000];
        old.edit("ann", |ann| (ann.avatar, ann.cover) = (shown.to_owned(), shown.to_owned()));
        old.put_picture(path, picture.clone());
        let fetched = || old.take_requests().iter().filter(|asked| asked.contains(path)).count();
        dialect.log_in(server, &Person::new("ann")).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"));
        let begun = Instant::now();
        while fetched() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "{dialect:?}: it never comes");
            thread::sleep(Duration::from_millis(20));
        }
        let show = |path: &str| call(server.url(), "GET", &format!("{prefix}{path}"), &[], "");
        assert_eq!(show(path).body, picture, "{dialect:?}");
        old.behave(Behaviour::Fault);
        let answer = show(path);
        assert_eq!((answer.status, answer.body), (200, picture), "{dialect:?}");
        // There is none of that name, or nobody knows.
        for behaviour in [Behaviour::Fault, Behaviour::Right, Behaviour::Nonsense] {
            old.behave(behaviour);
            let other = path.replace("99", "98").replace("old", "odd");
            assert_eq!(show(&other).status, 404, "{dialect:?} {behaviour:?}");
        }
    });
}

#[test]
fn a_picture_of_an_account_that_is_here_is_fetched_when_it_is_shown() {
    each(|dialect, old, server| {
        let Some([_, path, prefix]) = picture_of(dialect) else { return };
        let show = || call(server.url(), "GET", &format!("{prefix}{path}"), &[], "");
        assert_eq!(show().status, 404, "{dialect:?}");
        old.put_picture(path, vec![7; 100]);
        old.take_requests();
        for _ in 0..2 {
            assert_eq!((show().status, show().body), (200, vec![7; 100]), "{dialect:?}");
        }
        assert_eq!(old.take_requests().len(), 1, "{dialect:?}");
    });
}

/// How many move in [`everybody_moves_whatever_the_old_server_does`], e.g. `1000`, or `1000 mysql` for one database of those there are.
const MOVERS: &str = "DRAGOMAN_TEST_MOVERS";

#[test]
fn everybody_moves_whatever_the_old_server_does() {
    let asked = std::env::var(MOVERS).unwrap_or_else(|_| "12 sqlite".to_owned());
    let (movers, only) = asked.split_once(' ').map_or((&*asked, None), |(movers, only)| (movers, Some(only)));
    let movers = movers.parse().expect("a number");
    for backend in backends().into_iter().filter(|backend| only.is_none_or(|only| backend.name() == only)) {
        for dialect in DIALECTS {
            move_all(&backend, dialect, movers);
        }
    }
}

fn move_all(backend: &Backend, dialect: Dialect, movers: i64) {
    let name = |at: i64| format!("mover{at}");
    let users = (1..=movers).map(|at| OldUser {
        email: format!("{}@nerv.test", name(at)),
        ..OldUser::named(at + 100, &name(at), crate::clients::PASSWORD.0)
    });
    let mut old = OldServer::start(dialect.name(), users.collect());
    let first = gateway(backend, dialect, &old);
    let before = first.run(first.accounts().count()).expect("a count");
    let others = [(); 2].map(|()| beside(&first, dialect, &old));
    let replicas = [&first, &others[0], &others[1]];
    old.behave(Behaviour::Moody);
    let (next, restarts) = (AtomicI64::new(1), AtomicBool::new(true));
    let begun = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..9)
            .map(|worker| {
                let next = &next;
                scope.spawn(move || {
                    let mut at = next.fetch_add(1, Ordering::SeqCst);
                    while at <= movers {
                        move_one(dialect, replicas[worker % 3], &Person::new(&name(at)));
                        at = next.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let restarts = &restarts;
        let old = &mut old;
        let restarting = scope.spawn(move || {
            while restarts.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(700));
                old.restart();
            }
        });
        let moved: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        // Also when somebody is lost: else it would be restarted for ever.
        restarts.store(false, Ordering::SeqCst);
        restarting.join().expect("restarts");
        assert!(moved.iter().all(Result::is_ok), "nobody is lost");
    });
    let accounts = first.accounts();
    assert_eq!(
        first.run(accounts.count()),
        Ok(before + movers),
        "{dialect:?} on {}: none lost, none doubled",
        backend.name()
    );
    let days = first.run(accounts.takeover_days(&realm(dialect))).expect("days");
    let total: i64 = days.iter().map(|day| day.created).sum();
    let refused: i64 = days.iter().map(|day| day.refused).sum();
    assert_eq!((total, refused), (movers, 0), "{dialect:?} on {}", backend.name());
    println!("{dialect:?} on {}: {movers} moved in {:.1?}", backend.name(), begun.elapsed());
}

/// Tries until it is in; what is told meanwhile is that the old server is away, or that another captcha is wanted.
fn move_one(dialect: Dialect, server: &TestServer, person: &Person) {
    let patience = Instant::now();
    loop {
        let Err(refused) = dialect.log_in(server, person) else { return };
        let another_captcha = match dialect {
            Dialect::Medusa => refused.contains("\"code\": 503"),
            Dialect::Php => refused.contains("1003") || refused.contains("1004") || refused.contains("1002"),
            Dialect::Frp | Dialect::Proxy | Dialect::V1 => false,
        };
        assert!(another_captcha || refused.contains(dialect.unavailable()), "{dialect:?}: {refused}");
        assert!(patience.elapsed() < Duration::from_secs(120), "{dialect:?}: {refused}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn an_operator_is_told_what_fits() {
    each(|dialect, old, server| {
        let kind = dragoman_server::REGISTRY.iter().find(|kind| kind.name == dialect.name()).expect("a dialect");
        let options = |url: &str| dragoman_upstream::Options {
            address: dragoman_upstream::Address::parse(url).expect("a URL"),
            ca_certificate: None,
            time_out: Duration::from_secs(2),
        };
        let fits = |url: &str| {
            let client = dragoman_upstream::Upstream::open(&options(url)).expect("a client");
            let outcomes: Vec<_> =
                kind.probes.iter().map(|probe| (probe.what, server.run(probe.run(&client)))).collect();
            outcomes
        };
        for (what, outcome) in fits(&old.url()) {
            assert_eq!(outcome, Ok(()), "{dialect:?}: {what}");
        }
        // dragoman itself speaks every dialect.
        for (what, outcome) in fits(server.url()) {
            assert_eq!(outcome, Ok(()), "{dialect:?}, dragoman itself: {what}");
        }
        old.behave(Behaviour::Nonsense);
        assert!(fits(&old.url()).iter().all(|(_, outcome)| outcome.is_err()), "{dialect:?}");
    });
}
