//! v1: a Go video site (contract sections 2 to 4), its 1.1 generation, one token, or its first, two.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Query, ServiceConfig},
};
use serde_json::{Value, json};
use std::collections::HashMap;

use super::{OldUser, Shared, State, lock, random_hex};

/// Noted where logins give two tokens.
pub(super) const FIRST_GENERATION: &str = "first generation";
/// Before the access tokens of that generation.
pub(super) const ACCESS: &str = "access-";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/v1")
            .route("/user/login", web::post().to(log_in))
            .route("/user/login/email", web::post().to(log_in_by_code))
            .route("/user/info/get", web::get().to(own_info))
            .route("/user/token/refresh", web::get().to(refresh))
            .route("/user/register", web::post().to(register))
            .route("/user/code/email", web::post().to(send_code))
            .route("/user/resetpwd/check", web::get().to(check_reset))
            .route("/user/pwd/modify", web::post().to(reset_password))
            .route("/captcha/get", web::get().to(slider))
            .route("/captcha/validate", web::post().to(validate)),
    );
}

fn envelope(code: i64, data: Value, msg: &str) -> HttpResponse {
    let body = format!(r#"{{"code":{code},"data":{data},"msg":{}}}"#, json!(msg));
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(body)
}

fn refuse(code: i64, msg: &str) -> HttpResponse {
    envelope(code, Value::Null, msg)
}

fn fine() -> HttpResponse {
    refuse(200, "ok")
}

fn captcha_needed() -> HttpResponse {
    refuse(-1, "需要人机验证")
}

fn text(body: &[u8], name: &str) -> String {
    let fields: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut members = fields.as_object().into_iter().flatten();
    let found = members.rfind(|(key, _)| key.eq_ignore_ascii_case(name));
    found.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
}

fn is_address(email: &str) -> bool {
    email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

/// Steps 1 and 2 of the failure counter.
fn admit(state: &mut State, email: &str) -> bool {
    if state.notes.remove(&format!("passed {email}")).is_some() {
        state.notes.remove(&format!("failures {email}"));
    }
    state.notes.get(&format!("failures {email}")).copied().unwrap_or(0) < 3
}

fn fail(state: &mut State, email: &str) {
    *state.notes.entry(format!("failures {email}")).or_default() += 1;
}

fn enter(state: &mut State, user: &OldUser) -> HttpResponse {
    if state.notes.contains_key(FIRST_GENERATION) {
        let (access, refresh) = (format!("{ACCESS}{}", random_hex(20)), format!("refresh-{}", random_hex(20)));
        state.tokens.insert(access.clone(), user.id);
        state.notes.insert(refresh.clone(), user.id);
        return envelope(200, json!({"access_token": access, "refresh_token": refresh}), "ok");
    }
    let token = random_hex(20);
    state.tokens.insert(token.clone(), user.id);
    envelope(200, json!({"token": token}), "ok")
}

/// Endpoint 9: the refresh token goes on.
async fn refresh(state: Shared, request: HttpRequest) -> HttpResponse {
    let token = request.headers().get("Authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut state = lock(&state);
    let Some(owner) = state.notes.get(token).copied().filter(|_| token.starts_with("refresh-")) else {
        return refuse(3030, "用户未授权");
    };
    let access = format!("{ACCESS}{}", random_hex(20));
    state.tokens.insert(access.clone(), owner);
    envelope(200, json!({"token": access}), "ok")
}

fn holder(state: &State, email: &str) -> Option<OldUser> {
    state.user(|user| user.email.eq_ignore_ascii_case(email) && !user.locked).cloned()
}

async fn log_in(state: Shared, body: Bytes) -> HttpResponse {
    let (email, password) = (text(&body, "email"), text(&body, "password"));
    if !is_address(&email) {
        return refuse(4010, "邮箱格式错误");
    }
    if password.len() < 6 {
        return refuse(4010, "密码长度至少6位");
    }
    let mut state = lock(&state);
    if !admit(&mut state, &email) {
        return captcha_needed();
    }
    match holder(&state, &email).filter(|user| user.password == password) {
        Some(user) => enter(&mut state, &user),
        None => {
            fail(&mut state, &email);
            refuse(3020, "用户名或密码错误")
        }
    }
}

async fn log_in_by_code(state: Shared, body: Bytes) -> HttpResponse {
    let (email, code) = (text(&body, "email"), text(&body, "code"));
    if !is_address(&email) {
        return refuse(4010, "邮箱格式错误");
    }
    let mut state = lock(&state);
    if !admit(&mut state, &email) {
        return captcha_needed();
    }
    if code.is_empty() || state.codes.get(&email) != Some(&code) {
        fail(&mut state, &email);
        return refuse(3010, "邮箱验证码错误");
    }
    match holder(&state, &email) {
        Some(user) => enter(&mut state, &user),
        None => refuse(4040, "用户不存在"),
    }
}

/// Section 2, "E-mail masking".
fn masked(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let run = local.chars().rev().take_while(|character| is_word(*character)).count();
    if run < 2 {
        return email.to_owned();
    }
    let (kept, run) = local.split_at(local.len() - run);
    let first = if run.len() > 2 { &run[..1] } else { "" };
    format!("{kept}{first}****{}@{domain}", &run[run.len() - 1..])
}

async fn own_info(state: Shared, request: HttpRequest) -> HttpResponse {
    let token = request.headers().get("Authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let state = lock(&state);
    let Some(user) = state.by_token(token) else { return refuse(3030, "用户未授权") };
    let fields = [
        ("uid", json!(user.id)),
        ("name", json!(user.username)),
        ("sign", json!(user.bio)),
        ("email", json!(masked(&user.email))),
        ("avatar", json!(user.avatar)),
        ("spacecover", json!(user.cover)),
        ("gender", json!(2)),
        ("role", json!(user.role)),
        ("birthday", json!("2001-02-03T08:00:00+08:00")),
        ("created_at", json!("2022-12-15T16:17:33.076+08:00")),
    ];
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let body = format!(r#"{{"code":200,"data":{{"user_info":{{{}}}}},"msg":"OK"}}"#, fields.join(","));
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(body)
}

async fn register(state: Shared, body: Bytes) -> HttpResponse {
    let (email, password, code) = (text(&body, "email"), text(&body, "password"), text(&body, "code"));
    if !is_address(&email) {
        return refuse(4010, "邮箱格式错误");
    }
    if password.len() < 6 {
        return refuse(4010, "密码长度至少6位");
    }
    if code.len() != 4 {
        return refuse(4010, "邮箱验证码错误");
    }
    let mut state = lock(&state);
    if holder(&state, &email).is_some() {
        return refuse(6000, "邮箱已存在");
    }
    if state.codes.get(&email) != Some(&code) {
        return refuse(3010, "邮箱验证码错误");
    }
    state.codes.remove(&email);
    let id = state.next_id();
    let user = OldUser { email, bio: "new".to_owned(), ..OldUser::named(id, &format!("user_{id}"), &password) };
    state.users.push(user);
    fine()
}

async fn slider(state: Shared, query: Query<HashMap<String, String>>) -> HttpResponse {
    let email = query.get("email").cloned().unwrap_or_default();
    if !is_address(&email) {
        return refuse(4010, "邮箱格式错误");
    }
    lock(&state).puzzles.insert(email, "120".to_owned());
    envelope(200, json!({"slider_captcha": {"slider_img": "cGllY2U=", "bg_img": "YmFja2dyb3VuZA==", "y": 70}}), "ok")
}

async fn validate(state: Shared, body: Bytes) -> HttpResponse {
    let email = text(&body, "email");
    let fields: Value = serde_json::from_slice(&body).unwrap_or_default();
    let x = fields.get("x").and_then(Value::as_i64).unwrap_or(0);
    let mut state = lock(&state);
    match state.puzzles.remove(&email).and_then(|answer| answer.parse::<i64>().ok()) {
        Some(answer) if answer.abs_diff(x) <= 2 => {
            state.notes.insert(format!("passed {email}"), 1);
            fine()
        }
        _ => refuse(4010, "请求参数有误"),
    }
}

async fn send_code(state: Shared, body: Bytes) -> HttpResponse {
    let email = text(&body, "email");
    if !is_address(&email) {
        return refuse(4010, "邮箱格式错误");
    }
    let mut state = lock(&state);
    if state.notes.remove(&format!("passed {email}")).is_none() {
        return captcha_needed();
    }
    state.codes.insert(email, "0427".to_owned());
    fine()
}

async fn check_reset(state: Shared, query: Query<HashMap<String, String>>) -> HttpResponse {
    let email = query.get("email").cloned().unwrap_or_default();
    let mut state = lock(&state);
    if state.notes.remove(&format!("passed {email}")).is_none() {
        return captcha_needed();
    }
    if holder(&state, &email).is_none() {
        return refuse(4040, "用户不存在");
    }
    state.notes.insert(format!("reset {email}"), 1);
    fine()
}

/// The original never asked for the check of endpoint 7.
async fn reset_password(state: Shared, body: Bytes) -> HttpResponse {
    let (email, password, code) = (text(&body, "email"), text(&body, "password"), text(&body, "code"));
    let mut state = lock(&state);
    if code.is_empty() || state.codes.get(&email) != Some(&code) {
        return refuse(3010, "邮箱验证码错误");
    }
    let Some(user) = state.users.iter_mut().find(|user| user.email.eq_ignore_ascii_case(&email)) else {
        return refuse(4040, "用户不存在");
    };
    user.password = password;
    fine()
}
