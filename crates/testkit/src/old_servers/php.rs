//! php: a small site with sessions (contract sections 2 to 9). Its own way with sessions is PHP's: an unknown id is adopted.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Form, ServiceConfig},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde_json::json;

use super::{OldUser, Shared, State, lock, random_hex};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/v1/users")
            .route("/login-token.php", web::get().to(login_token))
            .route("/captcha.php", web::get().to(captcha))
            .route("/login.php", web::post().to(log_in))
            .route("/get-status.php", web::get().to(status))
            .route("/get-user-info.php", web::get().to(user_info))
            .route("/logout.php", web::get().to(log_out))
            .route("/register.php", web::post().to(register))
            .route("/modify_user_password.php", web::post().to(change_password)),
    );
}

type Fields = HashMap<String, String>;

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).map(|value| value.trim()).unwrap_or_default()
}

/// The session of the request, or a new one with the header that tells of it.
fn session(request: &HttpRequest) -> (String, Option<String>) {
    let cookies = request.headers().get_all("cookie").filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    match pairs.into_iter().find(|(name, _)| *name == "PHPSESSID") {
        Some((_, id)) => (id.to_owned(), None),
        None => {
            let id = random_hex(16);
            (id.clone(), Some(format!("PHPSESSID={id}; path=/")))
        }
    }
}

fn reply(cookie: Option<String>, body: String) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.content_type("text/html; charset=UTF-8").insert_header(("Pragma", "no-cache"));
    if let Some(cookie) = cookie {
        answer.append_header(("Set-Cookie", cookie));
    }
    answer.body(body)
}

fn outcome(flag: &str, message: &str) -> HttpResponse {
    let success = flag == "0";
    let action = if success { r#"["refresh_Page"]"# } else { "[]" };
    reply(None, format!(r#"{{"flag":"{flag}","message":{},"success":{success},"action":{action}}}"#, json!(message)))
}

fn verdict(msg: &str, success: bool) -> HttpResponse {
    reply(None, format!(r#"{{"msg":{},"success":{success}}}"#, json!(msg)))
}

async fn login_token(state: Shared, request: HttpRequest) -> HttpResponse {
    let (id, cookie) = session(&request);
    let token = random_hex(16);
    lock(&state).codes.insert(id, token.clone());
    reply(cookie, format!(r#"{{"login_token":"{token}"}}"#))
}

async fn captcha(state: Shared, request: HttpRequest) -> HttpResponse {
    let (id, cookie) = session(&request);
    let digits: String = random_hex(2).bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
    lock(&state).puzzles.insert(id, digits.clone());
    let mut answer = HttpResponse::Ok();
    answer.content_type("image/png").insert_header(super::shows(&digits));
    if let Some(cookie) = cookie {
        answer.append_header(("Set-Cookie", cookie));
    }
    answer.body(format!("\u{89}PNG picture of {digits}"))
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Two rounds of reverse and Base64.
fn plain(sent: &str) -> Option<String> {
    let inner = STANDARD.decode(sent).ok()?;
    let reversed: String = String::from_utf8(inner).ok()?.chars().rev().collect();
    let text = String::from_utf8(STANDARD.decode(reversed).ok()?).ok()?;
    Some(text.chars().rev().collect())
}

fn is_right(user: &OldUser, sent: &str) -> bool {
    let password = &user.password;
    let digests = [
        md5(&format!("{}{}", user.username, md5(password))),
        md5(&format!("{password}{}", md5(password))),
        md5(password),
    ];
    digests.contains(&sent.to_lowercase()) || plain(sent).as_ref() == Some(password)
}

/// Rows 2 to 9 of the login, which registration shares. From row 9 on the captcha is spent.
fn check_page(state: &mut State, id: &str, fields: &Fields) -> Result<(), HttpResponse> {
    for (name, message) in [
        ("username", "请输入用户名"),
        ("password", "请输入密码"),
        ("captcha", "请输入验证码"),
        ("login_token", "登录令牌缺失，请刷新页面后重试"),
    ] {
        if field(fields, name).is_empty() {
            return Err(outcome("1001", message));
        }
    }
    let password = field(fields, "password");
    let is_digest = password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest && plain(password).is_none() {
        return Err(outcome("1005", "密码禁止明文传输，请加密后提交"));
    }
    if state.codes.get(id).map(String::as_str) != Some(field(fields, "login_token")) {
        return Err(outcome("1002", "登录令牌无效或已过期，请刷新页面后重试"));
    }
    match state.puzzles.remove(id) {
        None => Err(outcome("1004", "验证码已过期，请重新输入")),
        Some(digits) if digits != field(fields, "captcha") => Err(outcome("1003", "验证码错误")),
        Some(_) => Ok(()),
    }
}

async fn log_in(state: Shared, request: HttpRequest, fields: Form<Fields>) -> HttpResponse {
    let (id, _) = session(&request);
    let mut state = lock(&state);
    state.tried.push(field(&fields, "username").to_owned());
    if let Err(refusal) = check_page(&mut state, &id, &fields) {
        return refusal;
    }
    let user = state.user(|user| user.username == field(&fields, "username")).cloned();
    let Some(user) = user.filter(|user| is_right(user, field(&fields, "password"))) else {
        return outcome("2001", "用户名或密码错误");
    };
    if user.locked {
        return outcome("2002", "该账号已被禁用，请联系管理员");
    }
    let new = random_hex(16);
    state.codes.remove(&id);
    state.tokens.remove(&id);
    state.tokens.insert(new.clone(), user.id);
    let mut answer = outcome("0", "登录成功");
    let cookie = format!("PHPSESSID={new}; path=/").parse().expect("a cookie");
    answer.headers_mut().append(actix_web::http::header::SET_COOKIE, cookie);
    answer
}

fn nickname(user: &OldUser) -> &str {
    if user.display_name.is_empty() { &user.username } else { &user.display_name }
}

async fn status(state: Shared, request: HttpRequest) -> HttpResponse {
    let (id, _) = session(&request);
    match lock(&state).by_token(&id).filter(|user| !user.locked) {
        None => reply(None, r#"{"flag":false}"#.to_owned()),
        Some(user) => {
            let (name, nickname) = (json!(user.username), json!(nickname(user)));
            reply(None, format!(r#"{{"username":{name},"nickname":{nickname},"flag":true}}"#))
        }
    }
}

async fn user_info(state: Shared, request: HttpRequest) -> HttpResponse {
    let (id, _) = session(&request);
    match lock(&state).by_token(&id).filter(|user| !user.locked) {
        None => reply(None, r#"{"flag":false}"#.to_owned()),
        Some(user) => {
            let (uuid, name, nickname) = (json!(user.key), json!(user.username), json!(nickname(user)));
            reply(None, format!(r#"{{"uuid":{uuid},"username":{name},"nickname":{nickname},"flag":true}}"#))
        }
    }
}

async fn log_out(state: Shared, request: HttpRequest) -> HttpResponse {
    let (id, _) = session(&request);
    lock(&state).tokens.remove(&id);
    reply(Some("PHPSESSID=deleted; expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; path=/".to_owned()), "true".into())
}

async fn register(state: Shared, request: HttpRequest, fields: Form<Fields>) -> HttpResponse {
    let (id, _) = session(&request);
    let mut state = lock(&state);
    if let Err(refusal) = check_page(&mut state, &id, &fields) {
        return refusal;
    }
    let (name, Some(password)) = (field(&fields, "username"), plain(field(&fields, "password"))) else {
        return outcome("1005", "密码禁止明文传输，请加密后提交");
    };
    if state.user(|user| user.username == name).is_some() {
        return outcome("3001", "用户名已存在");
    }
    let nickname = field(&fields, "nickname").to_owned();
    let user = OldUser { display_name: nickname, ..OldUser::named(state.next_id(), name, &password) };
    state.users.push(user);
    state.codes.remove(&id);
    outcome("0", "注册成功")
}

async fn change_password(state: Shared, request: HttpRequest, fields: Form<Fields>) -> HttpResponse {
    let (id, _) = session(&request);
    let mut state = lock(&state);
    let Some(user) = state.by_token(&id).cloned() else { return verdict("请先登录", false) };
    if field(&fields, "uuid") != user.key {
        return verdict("无权修改其他用户的信息", false);
    }
    let (old, new) = (plain(field(&fields, "oldPwd")), plain(field(&fields, "newPwd")));
    if old.as_ref() != Some(&user.password) {
        return verdict("旧密码错误", false);
    }
    let Some(new) = new else { return verdict("密码禁止明文传输，请加密后提交", false) };
    if let Some(found) = state.users.iter_mut().find(|found| found.id == user.id) {
        found.password = new;
    }
    verdict("密码修改成功", true)
}
