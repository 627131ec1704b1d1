//! Pages of the old system behind a gateway: who has logged in here is logged in there.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use dragoman_accounts::{Authority, Origin};
use dragoman_testkit::{
    Backend, TestServer, backends,
    http::{RawAnswer, call, exchange},
    old_servers::{Behaviour, OldServer, OldUser},
};
use serde_json::json;

use crate::clients::{DIALECTS, Dialect, Entrance, OTHER_PASSWORD, PASSWORD, Person, at, captcha, pass_seconds};

const SEALING_KEY: &str = "abababababababababababababababababababababababababababababababab";

fn ann() -> Person {
    Person::new("ann")
}

fn old_server(dialect: Dialect) -> OldServer {
    let user = |id, name: &str| OldUser { email: format!("{name}@nerv.test"), ..OldUser::named(id, name, PASSWORD.0) };
    OldServer::start(dialect.name(), vec![user(41, "root"), user(4_711, "ann")])
}

fn key(dialect: Dialect, name: &str) -> &'static str {
    format!("{}.upstream.{name}", dialect.name()).leak()
}

fn gateway(backend: &Backend, dialect: Dialect, old: &OldServer, more: &[(&str, &str)]) -> TestServer {
    let url = old.url();
    let mut settings = vec![
        (key(dialect, "url"), url.as_str()),
        (key(dialect, "mode"), "logins"),
        (key(dialect, "pass_through"), "true"),
        ("passwords.sealing_key", SEALING_KEY),
    ];
    settings.extend(more.iter().map(|(name, value)| (key(dialect, name), *value)));
    TestServer::start(backend, &settings)
}

fn each(more: &[(&str, &str)], test: impl Fn(Dialect, &OldServer, &TestServer)) {
    for dialect in DIALECTS {
        let old = old_server(dialect);
        let server = gateway(&Backend::Sqlite, dialect, &old, more);
        test(dialect, &old, &server);
    }
}

fn raw(server: &TestServer, head: &str, body: &str) -> RawAnswer {
    let length = body.len();
    let request = format!("{head}\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    exchange(server.url(), request.as_bytes()).expect("the server answers")
}

/// The page of the old system, by every way in which the dialect's clients carry a token.
fn pages(dialect: Dialect, server: &TestServer, token: &str) -> Vec<RawAnswer> {
    let path = format!("/{}/old/page", dialect.name());
    let json = json!({"x": 1.5, "token": token}).to_string();
    let get = |header: &str| raw(server, &format!("GET {path} HTTP/1.1\r\n{header}"), "");
    let post = |kind: &str, body: &str| raw(server, &format!("POST {path} HTTP/1.1\r\nContent-Type: {kind}"), body);
    match dialect {
        Dialect::Proxy | Dialect::V1 => vec![get(&format!("Authorization: {token}"))],
        Dialect::Medusa => vec![get(&format!("token: {token}")), post("application/json;charset=UTF-8", &json)],
        Dialect::Php => vec![get(&format!("Cookie: theme=dark; PHPSESSID={token}; a=b"))],
        Dialect::Frp => vec![
            get(&format!("Authorization: Bearer {token}")),
            get(&format!("Authorization: {token}")),
            raw(server, &format!("GET {path}?a=b&token={token} HTTP/1.1\r\nAccept: */*"), ""),
            post("application/x-www-form-urlencoded", &format!("a=b&token={token}&c=d")),
            post("application/json", &json),
        ],
    }
}

#[track_caller]
fn are_of(dialect: Dialect, server: &TestServer, Entrance(token): &Entrance, name: &str) {
    for (way, answer) in pages(dialect, server, token).into_iter().enumerate() {
        assert_eq!(answer.text(), format!("page of {name}"), "{dialect:?}, way {way}");
    }
}

fn logins(old: &OldServer) -> usize {
    old.take_requests().iter().filter(|asked| asked.starts_with("POST") && asked.contains("/login")).count()
}

fn wants_captcha(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Medusa | Dialect::Php)
}

#[track_caller]
fn log_in(dialect: Dialect, server: &TestServer, person: &Person) -> Entrance {
    // Two logins of one second give the same text in proxy.
    pass_seconds(server, 2);
    dialect.log_in(server, person).unwrap_or_else(|refused| panic!("{dialect:?}: {refused}"))
}

/// Until something has happened in the background.
#[track_caller]
fn soon(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never happens");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn who_came_from_there_is_logged_in_there() {
    for backend in backends() {
        for dialect in DIALECTS {
            let old = old_server(dialect);
            let server = gateway(&backend, dialect, &old, &[]);
            let entrance = log_in(dialect, &server, &ann());
            are_of(dialect, &server, &entrance, "ann");
            let shown = old.take_shown();
            assert!(
                !shown.is_empty() && shown.iter().all(|shown| !shown.contains(&entrance.0)),
                "{dialect:?}: {shown:?}"
            );
            // A session of the old server that is none of ours goes on as it is.
            are_of(dialect, &server, &Entrance(old.issue_token("root")), "root");
            are_of(dialect, &server, &Entrance("of-nobody".to_owned()), "nobody");
            if backend == Backend::Sqlite {
                is_sealed(dialect, &server, &old);
            }
        }
    }
}

/// Nothing in the files of the database is a token of the old server.
fn is_sealed(dialect: Dialect, server: &TestServer, old: &OldServer) {
    let file = server.database().strip_prefix("sqlite://").expect("a file").to_owned();
    let files = [file.clone(), format!("{file}-wal")];
    let content: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap_or_default()).collect();
    let text = String::from_utf8_lossy(&content);
    assert!(text.contains("{sealed "), "{dialect:?}");
    for token in old.tokens() {
        assert!(!text.contains(&token), "{dialect:?}: {token}");
    }
}

#[test]
fn a_login_here_is_followed_by_one_there() {
    each(&[], |dialect, old, server| {
        log_in(dialect, server, &ann());
        old.take_requests();
        let entrance = log_in(dialect, server, &ann());
        are_of(dialect, server, &entrance, "ann");
        assert_eq!(logins(old), 1, "{dialect:?}");
    });
}

#[test]
fn a_password_that_is_wrong_there_is_tried_once() {
    each(&[], |dialect, old, server| {
        log_in(dialect, server, &ann());
        old.edit("ann", |ann| ann.password = "changed there".to_owned());
        let mut asked = Vec::new();
        for _ in 0..2 {
            old.take_requests();
            let entrance = log_in(dialect, server, &ann());
            are_of(dialect, server, &entrance, "nobody");
            asked.push(logins(old));
        }
        // A captcha is judged there whatever becomes of the login.
        let judged = usize::from(wants_captcha(dialect));
        assert_eq!(asked, [1, judged], "{dialect:?}");
        let shown = old.take_shown().concat();
        assert!(!shown.contains("changed there"), "{dialect:?}");
    });
}

#[test]
fn ours_is_shown_to_nobody() {
    each(&[], |dialect, old, server| {
        log_in(dialect, server, &ann());
        old.edit("ann", |ann| ann.password = "changed there".to_owned());
        let entrance = log_in(dialect, server, &ann());
        are_of(dialect, server, &entrance, "nobody");
        let shown = old.take_shown();
        assert!(shown.iter().all(|shown| !shown.contains(&entrance.0)), "{dialect:?}: {shown:?}");
    });
}

#[test]
fn an_old_server_that_hangs_delays_no_login() {
    each(&[("time_out_seconds", "60")], |dialect, old, server| {
        if wants_captcha(dialect) {
            return;
        }
        log_in(dialect, server, &ann());
        old.behave(Behaviour::Hang);
        let begun = Instant::now();
        log_in(dialect, server, &ann());
        // It is patient for a minute.
        assert!(begun.elapsed() < Duration::from_secs(30), "{dialect:?}: {:?}", begun.elapsed());
    });
}

#[test]
fn a_session_there_ends_with_ours() {
    each(&[], |dialect, _, server| {
        let entrance = log_in(dialect, server, &ann());
        let account = server.run(server.accounts().find_by_name(&realm(dialect), "ann", "")).expect("a look-up");
        let account = account.expect("ann").account.number;
        are_of(dialect, server, &entrance, "ann");
        let realm = realm(dialect);
        let ended = server.accounts().end_sessions_of(&realm, Authority::Operator, account, Origin::default());
        server.run(ended).expect("an end");
        for answer in pages(dialect, server, &entrance.0) {
            assert_eq!(answer.text(), "page of nobody", "{dialect:?}");
        }
    });
}

fn realm(dialect: Dialect) -> dragoman_accounts::Realm {
    crate::upstream::realm(dialect)
}

#[test]
fn a_token_of_old_goes_on_there_as_well() {
    each(&[], |dialect, old, server| {
        if dialect == Dialect::Php {
            return;
        }
        let entrance = Entrance(old.issue_token("ann"));
        match dialect {
            Dialect::Frp => {
                let bearer = format!("Bearer {}", entrance.0);
                let path = "/frp/api/v2/users/info?username=ann";
                assert_eq!(call(server.url(), "GET", path, &[("Authorization", &bearer)], "").status, 200);
            }
            _ => assert!(dialect.lets_in(server, &entrance), "{dialect:?}"),
        }
        are_of(dialect, server, &entrance, "ann");
    });
}

#[test]
fn v1_s_first_generation_is_renewed() {
    let old = old_server(Dialect::V1);
    old.be_first_generation();
    let server = gateway(&Backend::Sqlite, Dialect::V1, &old, &[]);
    let entrance = log_in(Dialect::V1, &server, &ann());
    are_of(Dialect::V1, &server, &entrance, "ann");
    old.take_requests();
    pass_seconds(&server, 290);
    old.expire_access();
    for _ in 0..2 {
        are_of(Dialect::V1, &server, &entrance, "ann");
    }
    let refreshed = old.take_requests().iter().filter(|asked| asked.contains("refresh")).count();
    assert_eq!(refreshed, 1);
}

#[test]
fn another_id_of_a_php_session_stays_behind() {
    let old = old_server(Dialect::Php);
    let server = gateway(&Backend::Sqlite, Dialect::Php, &old, &[]);
    let entrance = log_in(Dialect::Php, &server, &ann());
    for _ in 0..2 {
        let cookie = format!("PHPSESSID={}", entrance.0);
        let answer = call(server.url(), "GET", "/php/old/other-id", &[("Cookie", &cookie)], "");
        let set: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
        assert_eq!(set.len(), 1, "{set:?}");
        assert_eq!(set[0].1, "theme=dark");
        soon(|| pages(Dialect::Php, &server, &entrance.0)[0].text() == "page of ann");
    }
}

/// Changes ann's password with the dialect's own call. v1 has none that proves the old one.
fn change_password(dialect: Dialect, server: &TestServer, Entrance(token): &Entrance) {
    let (old, new) = (PASSWORD, OTHER_PASSWORD);
    let authorization = [("Authorization", token.as_str())];
    let post =
        |path: &str, body: serde_json::Value| call(server.url(), "POST", path, &authorization, &body.to_string());
    let answer = match dialect {
        Dialect::Proxy => post("/proxy/upwd", json!({"username": "ann", "oldpwd": old.0, "newpwd": new.0})),
        Dialect::Frp => {
            let body = json!({"username": "ann", "old_password": old.0, "new_password": new.0});
            post("/frp/api/v2/users/reset/password", body)
        }
        Dialect::Medusa => {
            let (key, shown) = captcha(server);
            let body = json!({"username": "ann", "old_passwd": old.0, "new_passwd": new.0,
                "verification_code_key": key, "verification_code": shown});
            let answer = post("/medusa/api/update_password/", body);
            assert_eq!(at(&answer, "/code"), json!(200), "{}", answer.text());
            answer
        }
        Dialect::Php => {
            let uuid = server.run(server.accounts().find_by_name(&realm(dialect), "ann", ""));
            let uuid = uuid.expect("a look-up").expect("ann").account.uuid;
            let [old, new] = [old.1, new.1].map(|sent| sent.replace('=', "%3D"));
            let body = format!("key=ajax&uuid={uuid}&oldPwd={old}&newPwd={new}&newPwd_Confirm={new}");
            let head = format!(
                "POST /php/api/v1/users/modify_user_password.php HTTP/1.1\r\nCookie: PHPSESSID={token}\r\n\
                 Content-Type: application/x-www-form-urlencoded"
            );
            let answer = raw(server, &head, &body);
            assert_eq!(at(&answer, "/success"), json!(true), "{}", answer.text());
            answer
        }
        Dialect::V1 => return,
    };
    assert_eq!(answer.status, 200, "{dialect:?}: {}", answer.text());
}

fn with_new_password() -> Person {
    Person { password: OTHER_PASSWORD, ..ann() }
}

#[test]
fn the_old_server_is_told_of_a_new_password() {
    each(&[("password_changes", "tell")], |dialect, old, server| {
        if dialect == Dialect::V1 {
            return;
        }
        let entrance = log_in(dialect, server, &ann());
        change_password(dialect, server, &entrance);
        soon(|| old.user("ann").expect("ann").password == OTHER_PASSWORD.0);
        if dialect != Dialect::Frp {
            are_of(dialect, server, &entrance, "ann");
        }
        let entrance = log_in(dialect, server, &with_new_password());
        are_of(dialect, server, &entrance, "ann");
    });
}

#[test]
fn without_being_told_its_pages_end() {
    each(&[], |dialect, old, server| {
        if dialect == Dialect::V1 {
            return;
        }
        let entrance = log_in(dialect, server, &ann());
        are_of(dialect, server, &entrance, "ann");
        change_password(dialect, server, &entrance);
        for answer in pages(dialect, server, &entrance.0) {
            assert_eq!(answer.text(), "page of nobody", "{dialect:?}");
        }
        assert_eq!(old.user("ann").expect("ann").password, PASSWORD.0, "{dialect:?}");
        let entrance = log_in(dialect, server, &with_new_password());
        are_of(dialect, server, &entrance, "nobody");
    });
}

#[test]
fn an_old_server_that_cannot_be_told_loses_its_sessions_here() {
    each(&[("password_changes", "tell")], |dialect, old, server| {
        if wants_captcha(dialect) || dialect == Dialect::V1 {
            return;
        }
        let entrance = log_in(dialect, server, &ann());
        old.edit("ann", |ann| ann.password = "changed there".to_owned());
        change_password(dialect, server, &entrance);
        soon(|| pages(dialect, server, &entrance.0)[0].text() == "page of nobody");
        assert_eq!(old.user("ann").expect("ann").password, "changed there");
    });
}

#[test]
fn v1_s_reset_ends_its_pages() {
    let old = old_server(Dialect::V1);
    let server = gateway(&Backend::Sqlite, Dialect::V1, &old, &[("password_changes", "tell")]);
    let entrance = log_in(Dialect::V1, &server, &ann());
    are_of(Dialect::V1, &server, &entrance, "ann");
    let code = crate::clients::v1_code(&server, "ann@nerv.test");
    call(server.url(), "GET", "/v1/api/v1/captcha/get?email=ann@nerv.test", &[], "");
    let x = at(&call(server.url(), "GET", "/_testing/challenge?for=ann@nerv.test", &[], ""), "/x");
    let ask = |path: &str, body: serde_json::Value| call(server.url(), "POST", path, &[], &body.to_string());
    ask("/v1/api/v1/captcha/validate", json!({"email": "ann@nerv.test", "x": x}));
    let check = call(server.url(), "GET", "/v1/api/v1/user/resetpwd/check?email=ann@nerv.test", &[], "");
    assert_eq!(at(&check, "/code"), json!(200), "{}", check.text());
    let body = json!({"email": "ann@nerv.test", "password": OTHER_PASSWORD.0, "code": code});
    let reset = ask("/v1/api/v1/user/pwd/modify", body);
    assert_eq!(at(&reset, "/code"), json!(200), "{}", reset.text());
    are_of(Dialect::V1, &server, &entrance, "nobody");
}
