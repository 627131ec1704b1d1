//! Section 8: too busy, and the database away. Neither is ever told as a wrong password or code.

mod leaf;

use std::thread;

use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, http::call};
use leaf::{code, get, post};

const FAULT: &str = r#"{"code":500,"data":null,"msg":"服务器异常"}"#;
const BUSY: &str = r#"{"code":500,"data":null,"msg":"服务器繁忙，请稍后再试"}"#;

#[test]
fn while_the_database_is_away_every_endpoint_says_so() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    server.run(server.accounts().close());
    let proven = r#"{"email":"a@leaf.test","password":"a-password","code":"0000"}"#;
    let posts = [
        ("/user/register", proven),
        ("/user/login", proven),
        ("/user/login/email", proven),
        ("/user/code/email", proven),
        ("/user/pwd/modify", proven),
        ("/captcha/validate", r#"{"email":"a@leaf.test","x":5}"#),
        ("/user/info/modify", r#"{"name":"a"}"#),
        ("/user/cover/modify", "{}"),
        ("/user/manage/modify", "{}"),
        ("/user/manage/role/modify", "{}"),
        ("/user/manage/delete", "{}"),
        ("/upload/image", "{}"),
    ];
    let gets = [
        "/user/info/other?uid=1",
        "/user/uid?name=a",
        "/user/resetpwd/check?email=a@leaf.test",
        "/user/token/refresh",
        "/user/info/get",
        "/user/manage/list",
        "/user/manage/search?keyword=a",
        "/captcha/get?email=a@leaf.test",
    ];
    let answers = posts
        .iter()
        .map(|(path, body)| (*path, post(&server, path, "some-token", body)))
        .chain(gets.iter().map(|path| (*path, get(&server, path, "some-token"))));
    for (path, answer) in answers {
        assert_eq!((answer.status, answer.text().as_str()), (500, FAULT), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    let unsigned = call(server.url(), "GET", "/v1/api/v1/user/info/get", &[], "");
    assert_eq!(code(&unsigned), 3030, "no token needs no database");
}

#[test]
fn past_the_hashing_queue_a_login_is_answered_busy_and_not_counted() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let settings = [("passwords.hashing_threads", "1"), ("passwords.hashing_queue", "1")];
    let server = TestServer::start_on(database.url(), &settings, true);
    leaf::reset(&server, r#"[{"id": 1, "username": "a", "email": "a@leaf.test", "password": "a-password"}]"#);
    let log_in = || post(&server, "/user/login", "", r#"{"email":"a@leaf.test","password":"a-password"}"#);
    let busy = (0..20).any(|_| {
        thread::scope(|scope| {
            let logins: Vec<_> = (0..24).map(|_| scope.spawn(log_in)).collect();
            let answers: Vec<_> = logins.into_iter().map(|login| login.join().expect("an answer")).collect();
            assert!(answers.iter().all(|answer| [200, 500].contains(&code(answer))), "{answers:?}");
            answers.iter().filter(|answer| code(answer) == 500).any(|answer| {
                assert_eq!((answer.status, answer.text().as_str()), (200, BUSY));
                true
            })
        })
    });
    assert!(busy, "the queue was never full");
    assert_eq!(code(&log_in()), 200, "being busy was not counted as a failure");
}
