//! A browser that fills in the forms of a php site.

#![allow(dead_code, reason = "each test target uses its part")]

use dragoman_testkit::{
    TestServer,
    http::{RawAnswer, exchange},
};
use serde_json::Value;

/// Remembers its session cookie, as a browser does.
#[derive(Clone)]
pub struct Browser {
    url: String,
    pub cookie: Option<String>,
}

impl Browser {
    pub fn new(server: &TestServer) -> Self {
        Self { url: server.url().to_owned(), cookie: None }
    }

    /// The same browser, sent on to another replica.
    pub fn goes_to(&mut self, server: &TestServer) {
        self.url = server.url().to_owned();
    }

    pub fn get(&mut self, script: &str) -> RawAnswer {
        self.send("GET", script, &[])
    }

    pub fn post(&mut self, script: &str, form: &[(&str, &str)]) -> RawAnswer {
        self.send("POST", script, form)
    }

    pub fn send(&mut self, method: &str, script: &str, form: &[(&str, &str)]) -> RawAnswer {
        let fields: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let body = fields.join("&");
        let cookie = self.cookie.iter().map(|id| format!("Cookie: PHPSESSID={id}\r\n")).collect::<String>();
        let request = format!(
            "{method} /php/api/v1/users/{script} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{cookie}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(&self.url, request.as_bytes()).expect("the server answers");
        if let Some(cookie) = answer.header("set-cookie") {
            let id = cookie.trim_start_matches("PHPSESSID=").split(';').next().expect("an id");
            self.cookie = (id != "deleted").then(|| id.to_owned());
        }
        answer
    }

    /// Loads a page: its token and the digits of its captcha.
    pub fn page(&mut self) -> (String, String) {
        let token = json(&self.get("login-token.php"))["login_token"].as_str().expect("a token").to_owned();
        let digits = self.get("captcha.php").header("x-dragoman-captcha-answer").expect("the digits").to_owned();
        (token, digits)
    }

    pub fn submit(&mut self, script: &str, username: &str, password: &str) -> RawAnswer {
        let (token, digits) = self.page();
        let form = [("username", username), ("password", password), ("captcha", &digits), ("login_token", &token)];
        self.post(script, &form)
    }
}

pub fn json(answer: &RawAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// The code of shape L.
pub fn flag(answer: &RawAnswer) -> String {
    json(answer)["flag"].as_str().expect("a code").to_owned()
}

fn encoded(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
