//! The documented page of the php system: jQuery on the same origin, a cookie, forms (contract php, section 10).

use dragoman_testkit::{TestServer, http::RawAnswer};
use serde_json::json;

use crate::{at, send, server, text};

fn jquery(server: &TestServer, method: &str, path: &str, cookie: &str, form: &str) -> RawAnswer {
    let kind = match form {
        "" => "",
        _ => {
            "Content-Length: {length}\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\nOrigin: http://{host}\n"
        }
    };
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\n") };
    let head = format!(
        "{method} /php/api/v1/users/{path} HTTP/1.1
         Host: {{host}}
         Connection: close
         {kind}Accept: application/json, text/javascript, */*; q=0.01
         X-Requested-With: XMLHttpRequest
         {cookie}Referer: http://{{host}}/"
    );
    send(server, &head, form.as_bytes())
}

/// The `name=value` of the cookie that an answer sets.
pub fn cookie_of(answer: &RawAnswer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    set.split(';').next().unwrap_or_default().to_owned()
}

#[test]
fn log_in_status_and_log_out() {
    let server = server("php", json!({}), json!([{"id": 1, "username": "ann", "password": "secret"}]));
    let page = jquery(&server, "GET", "login-token.php", "", "");
    let cookie = cookie_of(&page);
    let captcha = jquery(&server, "GET", "captcha.php", &cookie, "");
    // `secret`, reversed and encoded twice; `=` arrives as `%3D`.
    let form = format!(
        "username=ann&password=elYyWXlWR2Q%3D&captcha={}&login_token={}",
        captcha.header("x-dragoman-captcha-answer").unwrap(),
        text(&page, "/login_token")
    );
    let entered = jquery(&server, "POST", "login.php", &cookie, &form);
    assert_eq!(at(&entered, "/success"), json!(true), "{}", entered.text());
    let cookie = cookie_of(&entered);
    let status = jquery(&server, "GET", "get-status.php?_=1795209936", &cookie, "");
    assert_eq!((at(&status, "/flag"), at(&status, "/username")), (json!(true), json!("ann")));
    assert_eq!(jquery(&server, "GET", "logout.php", &cookie, "").text(), "true");
    assert_eq!(at(&jquery(&server, "GET", "get-status.php", &cookie, ""), "/flag"), json!(false));
}
