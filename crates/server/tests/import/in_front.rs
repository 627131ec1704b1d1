//! A gateway in front of a gateway in front of an old database: whoever logs in at the first moves there from the second, with
//! the password that only the old database's hash knew.

use dragoman_testkit::{
    Backend, TestServer, ThrowawayDatabase,
    http::{RawAnswer, call, exchange},
};
use serde_json::{Value, json};

use super::{
    known::{self, Deployment},
    operator::Operator,
};

/// One that was imported and serves, and one in front of it that knows nobody.
struct Chain {
    front: TestServer,
    _back: TestServer,
    _operator: Operator,
    _database: ThrowawayDatabase,
}

impl Chain {
    fn of(deployment: &Deployment, settings: [&'static str; 2]) -> Self {
        let database = ThrowawayDatabase::create(&Backend::Sqlite);
        let operator = Operator::of(database.url());
        operator.plan(deployment);
        operator.json(&["import", "apply", "plan.jsonl", "--accept", "--json"], 0);
        let key = operator.path().join("data/sealing.key");
        let key = key.to_str().expect("a path").to_owned();
        let sealed: &[(&'static str, &str)] =
            if std::fs::exists(&key).unwrap() { &[("passwords.sealing_key_file", &key)] } else { &[] };
        let back = TestServer::start_revealing(database.url(), sealed);
        let [url, mode] = settings;
        // For tests, so that it makes no administrator of its own, who would be called like one of the old people.
        let front = TestServer::start(&Backend::Sqlite, &[(url, back.url()), (mode, "logins")]);
        Self { front, _back: back, _operator: operator, _database: database }
    }

    /// The status or code of a login, and its whole answer.
    fn log_in(&self, dialect: &str, name: &str, password: &str) -> Result<(), String> {
        let url = self.front.url();
        let (answer, is_in) = match dialect {
            "proxy" => {
                let answer = post(url, "/login", &json!({"username": name, "password": password}));
                let is_in = answer.status == 200;
                (answer, is_in)
            }
            "v1" => {
                let answer = post(url, "/api/v1/user/login", &json!({"email": name, "password": password}));
                let is_in = at(&answer, "/code") == 200;
                (answer, is_in)
            }
            "frp" => {
                let answer = form(url, "/api/v2/users/login", None, &[("username", name), ("password", password)]);
                let is_in = answer.status == 200;
                (answer, is_in)
            }
            "medusa" => {
                let captcha = call(url, "GET", "/api/get_verification_code/", &[], "");
                let header = |name| captcha.header(name).expect("a captcha");
                let answer = post(
                    url,
                    "/api/login/",
                    &json!({"username": name, "passwd": password,
                        "verification_code_key": header("verificationcodekey"),
                        "verification_code": header("x-dragoman-captcha-answer")}),
                );
                let is_in = at(&answer, "/code") == 200;
                (answer, is_in)
            }
            _ => {
                let page = call(url, "GET", "/api/v1/users/login-token.php", &[], "");
                let cookie = page.header("set-cookie").and_then(|line| line.split(';').next()).expect("a session");
                let captcha = call(url, "GET", "/api/v1/users/captcha.php", &[("Cookie", cookie)], "");
                let digits = captcha.header("x-dragoman-captcha-answer").expect("digits");
                let token = at(&page, "/login_token");
                let sent = php_form(password);
                let fields = [
                    ("username", name),
                    ("password", &sent),
                    ("captcha", digits),
                    ("login_token", token.as_str().expect("a token")),
                ];
                let answer = form(url, "/api/v1/users/login.php", Some(cookie), &fields);
                let is_in = at(&answer, "/flag") == "0";
                (answer, is_in)
            }
        };
        if is_in { Ok(()) } else { Err(answer.text()) }
    }
}

fn post(url: &str, path: &str, body: &Value) -> RawAnswer {
    call(url, "POST", path, &[], &body.to_string())
}

fn at(answer: &RawAnswer, pointer: &str) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body.pointer(pointer).cloned().unwrap_or(Value::Null)
}

fn form(url: &str, path: &str, cookie: Option<&str>, fields: &[(&str, &str)]) -> RawAnswer {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let (body, cookie) = (pairs.join("&"), cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default());
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{cookie}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(url, request.as_bytes()).expect("the gateway answers")
}

/// What php's page sends: a digest as it is, a password in two rounds of reverse and Base64.
fn php_form(password: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    if password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return password.to_owned();
    }
    let reversed: String = password.chars().rev().collect();
    let inner: String = STANDARD.encode(reversed).chars().rev().collect();
    STANDARD.encode(inner)
}

/// Everybody who could log in can, and those who could not cannot.
fn moves_everybody(deployment: &Deployment, settings: [&'static str; 2]) {
    let chain = Chain::of(deployment, settings);
    let before = chain.front.run(chain.front.accounts().count()).expect("a count");
    for (name, password) in &deployment.open {
        let entered = chain.log_in(deployment.dialect, name, password);
        assert_eq!(entered, Ok(()), "{} {name}", deployment.dialect);
        assert_eq!(chain.log_in(deployment.dialect, name, password), Ok(()), "{} {name} again", deployment.dialect);
    }
    let after = chain.front.run(chain.front.accounts().count()).expect("a count");
    let mut people: Vec<&String> = deployment.open.iter().map(|(name, _)| name).collect();
    people.sort();
    people.dedup();
    assert!(after > before && after - before <= people.len() as i64, "{before} {after} {}", people.len());
    for (name, password) in deployment.closed.iter().take(3) {
        chain.log_in(deployment.dialect, name, password).expect_err(name);
    }
}

#[test]
fn proxy_moves() {
    moves_everybody(&known::proxy_dump(), ["proxy.upstream.url", "proxy.upstream.mode"]);
}

#[test]
fn v1_moves() {
    moves_everybody(&known::v1_dump(), ["v1.upstream.url", "v1.upstream.mode"]);
}

#[test]
fn frp_moves() {
    moves_everybody(&known::frp(), ["frp.upstream.url", "frp.upstream.mode"]);
}

#[test]
fn medusa_moves() {
    moves_everybody(&known::medusa(), ["medusa.upstream.url", "medusa.upstream.mode"]);
}

#[test]
fn php_moves() {
    // Of each account one form: what a digest proves opens that digest only, until a plain text was seen.
    let mut site = known::php_a();
    let mut seen = std::collections::HashSet::new();
    site.open.retain(|(name, _)| seen.insert(name.clone()));
    moves_everybody(&site, ["php.upstream.url", "php.upstream.mode"]);
}
