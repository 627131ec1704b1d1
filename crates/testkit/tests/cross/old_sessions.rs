//! Pages of the old system behind a gateway: who has logged in here is logged in there.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use dragoman_accounts::{AccountNumber, Authority, Origin};
use dragoman_passwords::Secret;
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
    // v1's cannot be told.
    let tells = more.contains(&("password_changes", "tell"));
    for dialect in DIALECTS.into_iter().filter(|dialect| !tells || *dialect != Dialect::V1) {
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
        let entrance = Entrance(old.issue_token("ann"));
        assert!(adopted(dialect, server, &entrance), "{dialect:?}");
        are_of(dialect, server, &entrance, "ann");
    });
}

/// Whether an old token means a logged-in account here.
fn adopted(dialect: Dialect, server: &TestServer, entrance: &Entrance) -> bool {
    if dialect != Dialect::Frp {
        return dialect.lets_in(server, entrance);
    }
    // It goes on where the request names its owner.
    let bearer = format!("Bearer {}", entrance.0);
    let path = "/frp/api/v2/users/info?username=ann";
    call(server.url(), "GET", path, &[("Authorization", &bearer)], "").status == 200
}

#[test]
fn a_php_session_of_old_ends_for_good() {
    each(&[], |dialect, old, server| {
        if dialect != Dialect::Php {
            return;
        }
        let entrance = Entrance(old.issue_token("ann"));
        assert!(!dialect.lets_in(server, &Entrance("0".repeat(32))));
        assert!(dialect.lets_in(server, &entrance));
        let cookie = [("Cookie", &*format!("PHPSESSID={}", entrance.0))];
        let ended = call(server.url(), "GET", "/php/api/v1/users/logout.php", &cookie, "");
        assert!(ended.header("set-cookie").is_some_and(|set| set.contains("deleted")), "{ended:?}");
        assert!(!dialect.lets_in(server, &entrance));
        soon(|| old.tokens().is_empty());
        are_of(dialect, server, &entrance, "nobody");
    });
}

/// It came along without a password: nobody here can say that the old one is wrong, and nothing is counted.
#[test]
fn whose_php_session_came_along_logs_in_before_a_password_is_changed() {
    let old = old_server(Dialect::Php);
    let server = gateway(&Backend::Sqlite, Dialect::Php, &old, &[]);
    let entrance = Entrance(old.issue_token("ann"));
    assert!(Dialect::Php.lets_in(&server, &entrance));
    for _ in 0..12 {
        let answer = change_php_password(&server, &entrance.0);
        assert!(answer.text().contains("请先登录"), "{}", answer.text());
    }
    let entrance = log_in(Dialect::Php, &server, &ann());
    assert_eq!(at(&change_php_password(&server, &entrance.0), "/success"), json!(true));
}

#[test]
fn php_ids_of_visitors_count_as_none_while_the_old_server_is_away() {
    let mut old = old_server(Dialect::Php);
    let server = gateway(&Backend::Sqlite, Dialect::Php, &old, &[]);
    let entrance = Entrance(old.issue_token("ann"));
    old.stop();
    assert!(!Dialect::Php.lets_in(&server, &entrance));
    old.restart();
    soon(|| Dialect::Php.lets_in(&server, &entrance));
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
        are_of(Dialect::Php, &server, &entrance, "ann");
    }
}

#[test]
fn another_id_of_a_php_session_counts_before_its_answer_ends() {
    let old = old_server(Dialect::Php);
    let server = gateway(&Backend::Sqlite, Dialect::Php, &old, &[]);
    let entrance = log_in(Dialect::Php, &server, &ann());
    let address = server.url().trim_start_matches("http://");
    let mut reader = BufReader::new(TcpStream::connect(address).expect("a connection"));
    let (path, id) = ("/php/old/endless-other-id", &entrance.0);
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nCookie: PHPSESSID={id}\r\n\r\n");
    reader.get_mut().write_all(request.as_bytes()).expect("a request");
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert_ne!(reader.read_line(&mut line).expect("a head"), 0);
    }
    // Its body has no end.
    are_of(Dialect::Php, &server, &entrance, "ann");
}

#[test]
fn a_page_of_a_locked_account_leaves_its_php_session_as_it_was() {
    let old = old_server(Dialect::Php);
    let server = gateway(&Backend::Sqlite, Dialect::Php, &old, &[]);
    let entrance = log_in(Dialect::Php, &server, &ann());
    let number = number_of(Dialect::Php, &server);
    let lock = |locked| {
        let realm = realm(Dialect::Php);
        let set = server.accounts().set_locked(&realm, Authority::Operator, number, locked, Origin::default());
        server.run(set).expect("a lock");
    };
    lock(true);
    let cookie = format!("PHPSESSID={}", entrance.0);
    let answer = call(server.url(), "GET", "/php/old/other-id", &[("Cookie", &cookie)], "");
    assert_eq!(answer.header("set-cookie"), Some("theme=dark"));
    lock(false);
    are_of(Dialect::Php, &server, &entrance, "ann");
}

#[test]
fn guesses_at_accounts_that_are_here_are_no_business_of_the_old_server() {
    each(&[], |dialect, old, server| {
        if !wants_captcha(dialect) {
            return;
        }
        log_in(dialect, server, &ann());
        old.take_tried();
        dialect.log_in(server, &with_new_password()).expect_err("a wrong password");
        let tried = old.take_tried();
        // The captcha is judged there, by a login of nobody.
        assert!(tried.len() == 1 && tried[0] != "ann", "{dialect:?}: {tried:?}");
        log_in(dialect, server, &ann());
        assert_eq!(old.take_tried(), ["ann"], "{dialect:?}");
    });
}

#[test]
fn nobody_is_locked_out_by_changes_without_a_captcha() {
    let old = old_server(Dialect::Medusa);
    let server = gateway(&Backend::Sqlite, Dialect::Medusa, &old, &[("password_changes", "tell")]);
    log_in(Dialect::Medusa, &server, &ann());
    old.take_tried();
    for _ in 0..30 {
        let (key, _) = captcha(&server);
        let body = json!({"username": "ann", "old_passwd": "guess", "new_passwd": "mine",
            "verification_code_key": key, "verification_code": "??????"});
        let answer = call(server.url(), "POST", "/medusa/api/update_password/", &[], &body.to_string());
        assert_eq!(at(&answer, "/code"), json!(503), "{}", answer.text());
    }
    assert!(!old.take_tried().contains(&"ann".to_owned()));
    log_in(Dialect::Medusa, &server, &ann());
}

#[test]
fn a_login_under_way_does_not_undo_the_end_of_its_pages() {
    let old = old_server(Dialect::Proxy);
    let server = gateway(&Backend::Sqlite, Dialect::Proxy, &old, &[]);
    log_in(Dialect::Proxy, &server, &ann());
    old.take_requests();
    old.behave(Behaviour::Slow);
    let entrance = log_in(Dialect::Proxy, &server, &ann());
    soon(|| logins(&old) == 1);
    change_password(Dialect::Proxy, &server, &entrance);
    old.behave(Behaviour::Right);
    // The page waits for the login.
    are_of(Dialect::Proxy, &server, &entrance, "nobody");
}

#[test]
fn what_was_adopted_before_goes_on_once_paths_are_passed() {
    for dialect in DIALECTS {
        let old = old_server(dialect);
        let url = old.url();
        let before =
            TestServer::start(&Backend::Sqlite, &[(key(dialect, "url"), &url), (key(dialect, "mode"), "logins")]);
        let entrance = Entrance(old.issue_token("ann"));
        assert!(adopted(dialect, &before, &entrance), "{dialect:?}");
        let settings = [
            (key(dialect, "url"), url.as_str()),
            (key(dialect, "mode"), "logins"),
            (key(dialect, "pass_through"), "true"),
            ("passwords.sealing_key", SEALING_KEY),
        ];
        let after = TestServer::start_on(before.database(), &settings, true);
        are_of(dialect, &after, &entrance, "ann");
    }
}

#[test]
fn who_shows_an_access_token_that_is_over_is_told_so_there_as_well() {
    let old = old_server(Dialect::V1);
    old.be_first_generation();
    let server = gateway(&Backend::Sqlite, Dialect::V1, &old, &[]);
    let credentials = json!({"email": "ann@nerv.test", "password": PASSWORD.0});
    let log_in = || call(server.url(), "POST", "/v1/api/v1/user/login", &[], &credentials.to_string());
    let access = at(&log_in(), "/data/access_token").as_str().expect("a token").to_owned();
    are_of(Dialect::V1, &server, &Entrance(access.clone()), "ann");
    pass_seconds(&server, 400);
    old.expire_access();
    old.take_shown();
    are_of(Dialect::V1, &server, &Entrance(access.clone()), "nobody");
    let shown = old.take_shown().concat();
    assert!(shown.contains("access-") && !shown.contains(&access), "{shown}");
}

#[test]
fn a_password_that_both_have_again_begins_sessions_again() {
    each(&[("password_changes", "tell")], |dialect, old, server| {
        log_in(dialect, server, &ann());
        let realm = realm(dialect);
        let set = |password: &str| {
            let (account, new) = (number_of(dialect, server), Secret::new(password));
            let set = server.accounts().set_password(&realm, account, new, Origin::default());
            server.run(set).expect("a password");
        };
        // Its owner tries a password that is another there.
        set(OTHER_PASSWORD.0);
        let entrance = log_in(dialect, server, &with_new_password());
        are_of(dialect, server, &entrance, "nobody");
        set(PASSWORD.0);
        let entrance = log_in(dialect, server, &ann());
        are_of(dialect, server, &entrance, "ann");
        change_password(dialect, server, &entrance);
        soon(|| old.user("ann").expect("ann").password == OTHER_PASSWORD.0);
        let entrance = log_in(dialect, server, &with_new_password());
        are_of(dialect, server, &entrance, "ann");
    });
}

fn number_of(dialect: Dialect, server: &TestServer) -> AccountNumber {
    let found = server.run(server.accounts().find_by_name(&realm(dialect), "ann", "")).expect("a look-up");
    found.expect("ann").account.number
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
            let answer = change_php_password(server, token);
            assert_eq!(at(&answer, "/success"), json!(true), "{}", answer.text());
            answer
        }
        Dialect::V1 => return,
    };
    assert_eq!(answer.status, 200, "{dialect:?}: {}", answer.text());
}

/// php's own call for it.
fn change_php_password(server: &TestServer, token: &str) -> RawAnswer {
    let uuid = server.run(server.accounts().find_by_name(&realm(Dialect::Php), "ann", ""));
    let uuid = uuid.expect("a look-up").expect("ann").account.uuid;
    let [old, new] = [PASSWORD, OTHER_PASSWORD].map(|(_, sent)| sent.replace('=', "%3D"));
    let body = format!("key=ajax&uuid={uuid}&oldPwd={old}&newPwd={new}&newPwd_Confirm={new}");
    let head = format!(
        "POST /php/api/v1/users/modify_user_password.php HTTP/1.1\r\nCookie: PHPSESSID={token}\r\n\
         Content-Type: application/x-www-form-urlencoded"
    );
    raw(server, &head, &body)
}

fn with_new_password() -> Person {
    Person { password: OTHER_PASSWORD, ..ann() }
}

#[test]
fn the_old_server_is_told_of_a_new_password() {
    each(&[("password_changes", "tell")], |dialect, old, server| {
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
        if wants_captcha(dialect) {
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
    let server = gateway(&Backend::Sqlite, Dialect::V1, &old, &[]);
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
