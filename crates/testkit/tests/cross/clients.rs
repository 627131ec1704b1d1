//! A client of each dialect, as far as it registers, logs in and shows that it is logged in.

use dragoman_testkit::{
    TestServer,
    http::{RawAnswer, call, exchange},
};
use serde_json::{Value, json};

/// The five dialects.
pub const DIALECTS: [Dialect; 5] = [Dialect::Frp, Dialect::Medusa, Dialect::Php, Dialect::Proxy, Dialect::V1];

/// `Secret-1`, and what php's page makes of it (contract php 3.2).
pub const PASSWORD: (&str, &str) = ("Secret-1", "PU1WWmpKWFowMVNN");
/// `111111`, and what php's page makes of it.
pub const OTHER_PASSWORD: (&str, &str) = ("111111", "eEVUTXhFVE0=");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Frp,
    Medusa,
    Php,
    Proxy,
    V1,
}

/// Who uses a client.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name; v1 gives another.
    pub name: String,
    pub email: String,
    /// In plain text and as php sends it.
    pub password: (&'static str, &'static str),
}

impl Person {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), email: format!("{name}@nerv.test"), password: PASSWORD }
    }
}

/// What a login gave: a token or a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance(pub String);

/// What was answered instead, as the dialect's own code and text.
pub type Refused = String;

impl Dialect {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frp => "frp",
            Self::Medusa => "medusa",
            Self::Php => "php",
            Self::Proxy => "proxy",
            Self::V1 => "v1",
        }
    }

    /// Of what it answers while it cannot judge a login.
    pub fn unavailable(self) -> &'static str {
        match self {
            Self::Frp => "服务器内部错误",
            Self::Medusa => "\\u81ea\\u5df1\\u53bb\\u770b",
            Self::Php => "9001",
            Self::Proxy => "500 Internal Server Error",
            Self::V1 => "服务器异常",
        }
    }

    /// Registers; gives the name the account has.
    pub fn register(self, server: &TestServer, person: &Person) -> Result<String, Refused> {
        let Person { name, email, password: (plain, obfuscated) } = person;
        match self {
            Self::Frp => {
                pass_a_minute(server);
                let sent = form(server, "GET", &format!("/frp/api/v2/users/send?email={email}"), None, &[]);
                assert_eq!(sent.status, 200, "{}", sent.text());
                let code = mail_code(server, email);
                let fields = [
                    ("username", name.as_str()),
                    ("password", plain),
                    ("confirm_password", plain),
                    ("email", email),
                    ("verify", &code),
                ];
                told(&form(server, "POST", "/frp/api/v2/users/register", None, &fields), "/status", 200)?;
            }
            Self::Medusa => {
                let (key, text) = captcha(server);
                let body = json!({"show_name": "s", "username": name, "passwd": plain, "email": email,
                    "key": "I_will_always_like_SoryuAsukaLangley", "verification_code_key": key, "verification_code": text});
                told(&post(server, "/medusa/api/registered/", &body), "/code", 200)?;
            }
            Self::Php => {
                let (cookie, token, digits) = page(server, "/php");
                let fields = [
                    ("username", name.as_str()),
                    ("password", obfuscated),
                    ("captcha", &digits),
                    ("login_token", &token),
                ];
                told(&form(server, "POST", "/php/api/v1/users/register.php", Some(&cookie), &fields), "/flag", "0")?;
            }
            Self::Proxy => {
                let body = json!({"username": name, "password": plain, "password1": plain});
                status(&post(server, "/proxy/regist", &body))?;
            }
            Self::V1 => {
                let code = v1_code(server, email);
                let body = json!({"email": email, "password": plain, "code": code});
                told(&post(server, "/v1/api/v1/user/register", &body), "/code", 200)?;
                let entrance = self.log_in(server, person)?;
                return Ok(text(&v1_own(server, &entrance), "/data/user_info/name"));
            }
        }
        Ok(name.clone())
    }

    /// Logs in: v1 by the address, all others by the name.
    pub fn log_in(self, server: &TestServer, person: &Person) -> Result<Entrance, Refused> {
        let Person { name, email, password: (plain, obfuscated) } = person;
        let entrance = match self {
            Self::Frp => {
                let fields = [("username", name.as_str()), ("password", plain)];
                let answer = form(server, "POST", "/frp/api/v2/users/login", None, &fields);
                told(&answer, "/status", 200)?;
                text(&answer, "/data/token")
            }
            Self::Medusa => {
                let (key, shown) = captcha(server);
                let body = json!({"username": name, "passwd": plain, "verification_code_key": key, "verification_code": shown});
                let answer = post(server, "/medusa/api/login/", &body);
                told(&answer, "/code", 200)?;
                text(&answer, "/message")
            }
            Self::Php => {
                let answer = php_login(server, "/php", name, obfuscated);
                told(&answer, "/flag", "0")?;
                cookie_of(&answer)
            }
            Self::Proxy => {
                let answer = post(server, "/proxy/login", &json!({"username": name, "password": plain}));
                status(&answer)?;
                text(&answer, "/Authorization")
            }
            Self::V1 => {
                let answer = post(server, "/v1/api/v1/user/login", &json!({"email": email, "password": plain}));
                told(&answer, "/code", 200)?;
                text(&answer, "/data/token")
            }
        };
        Ok(Entrance(entrance))
    }

    /// Whether a token or cookie still means a logged-in account.
    pub fn lets_in(self, server: &TestServer, Entrance(entrance): &Entrance) -> bool {
        match self {
            Self::Frp => {
                call(server.url(), "GET", &format!("/frp/api/v2/check/token?token={entrance}"), &[], "").status == 200
            }
            Self::Medusa => {
                at(&post(server, "/medusa/api/user_info/", &json!({"token": entrance})), "/code") == json!(200)
            }
            Self::Php => {
                let answer = form(server, "GET", "/php/api/v1/users/get-status.php", Some(entrance), &[]);
                at(&answer, "/flag") == json!(true)
            }
            Self::Proxy => call(server.url(), "GET", "/proxy/about", &[("Authorization", entrance)], "").status == 200,
            Self::V1 => at(&v1_own(server, &Entrance(entrance.clone())), "/code") == json!(200),
        }
    }
}

/// The tunnel key that a login in frp shows.
pub fn tunnel_key(server: &TestServer, person: &Person) -> String {
    let fields = [("username", person.name.as_str()), ("password", person.password.0)];
    text(&form(server, "POST", "/frp/api/v2/users/login", None, &fields), "/data/frp_token")
}

/// POST of JSON.
pub fn post(server: &TestServer, path: &str, body: &Value) -> RawAnswer {
    call(server.url(), "POST", path, &[], &body.to_string())
}

/// The member of a JSON answer at a pointer.
pub fn at(answer: &RawAnswer, pointer: &str) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.text()));
    body.pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// The text at a pointer.
pub fn text(answer: &RawAnswer, pointer: &str) -> String {
    at(answer, pointer).as_str().unwrap_or_else(|| panic!("no {pointer}: {}", answer.text())).to_owned()
}

/// One's own account in v1.
pub fn v1_own(server: &TestServer, Entrance(token): &Entrance) -> RawAnswer {
    call(server.url(), "GET", "/v1/api/v1/user/info/get", &[("Authorization", token)], "")
}

fn told(answer: &RawAnswer, pointer: &str, wanted: impl Into<Value>) -> Result<(), Refused> {
    if at(answer, pointer) == wanted.into() { Ok(()) } else { Err(answer.text()) }
}

fn status(answer: &RawAnswer) -> Result<(), Refused> {
    if answer.status == 200 { Ok(()) } else { Err(format!("{} {}", answer.status, answer.text())) }
}

fn form(server: &TestServer, method: &str, path: &str, cookie: Option<&str>, fields: &[(&str, &str)]) -> RawAnswer {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let body = fields.join("&");
    let cookie = cookie.map(|id| format!("Cookie: PHPSESSID={id}\r\n")).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/x-www-form-urlencoded\r\n" };
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{cookie}{kind}");
    let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
    exchange(server.url(), request.as_bytes()).expect("the server answers")
}

fn cookie_of(answer: &RawAnswer) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    cookie.trim_start_matches("PHPSESSID=").split(';').next().unwrap_or_default().to_owned()
}

/// A login in php, with the password as it is sent.
pub fn php_login(server: &TestServer, prefix: &str, name: &str, sent: &str) -> RawAnswer {
    let (cookie, token, digits) = page(server, prefix);
    let fields = [("username", name), ("password", sent), ("captcha", &digits), ("login_token", &token)];
    form(server, "POST", &format!("{prefix}/api/v1/users/login.php"), Some(&cookie), &fields)
}

/// A loaded page of php: its cookie, its token, the digits of its captcha.
fn page(server: &TestServer, prefix: &str) -> (String, String, String) {
    let loaded = form(server, "GET", &format!("{prefix}/api/v1/users/login-token.php"), None, &[]);
    let cookie = cookie_of(&loaded);
    let captcha = form(server, "GET", &format!("{prefix}/api/v1/users/captcha.php"), Some(&cookie), &[]);
    let digits = captcha.header("x-dragoman-captcha-answer").expect("digits").to_owned();
    (cookie, text(&loaded, "/login_token"), digits)
}

/// A captcha of medusa: its key and what it shows.
pub fn captcha(server: &TestServer) -> (String, String) {
    let answer = call(server.url(), "GET", "/medusa/api/get_verification_code/", &[], "");
    let header = |name| answer.header(name).expect("a captcha").to_owned();
    (header("verificationcodekey"), header("x-dragoman-captcha-answer"))
}

fn mail_code(server: &TestServer, email: &str) -> String {
    text(&call(server.url(), "GET", &format!("/_testing/mail?to={email}"), &[], ""), "/0/code")
}

/// One address is sent one code a minute (one-domain.md P11).
fn pass_a_minute(server: &TestServer) {
    pass_seconds(server, 61);
}

/// Sets the server's clock forward.
pub fn pass_seconds(server: &TestServer, seconds: u32) {
    let passed = call(server.url(), "POST", "/_testing/clock", &[], &format!("{{\"advance\": {seconds}}}"));
    assert_eq!(passed.status, 204, "{}", passed.text());
}

/// A code that v1 mailed, after its slider.
pub fn v1_code(server: &TestServer, email: &str) -> String {
    pass_a_minute(server);
    call(server.url(), "GET", &format!("/v1/api/v1/captcha/get?email={email}"), &[], "");
    let x = at(&call(server.url(), "GET", &format!("/_testing/challenge?for={email}"), &[], ""), "/x");
    post(server, "/v1/api/v1/captcha/validate", &json!({"email": email, "x": x}));
    let sent = post(server, "/v1/api/v1/user/code/email", &json!({"email": email}));
    assert_eq!(at(&sent, "/code"), json!(200), "{}", sent.text());
    mail_code(server, email)
}
