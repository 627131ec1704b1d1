//! frp: a tunnel service's panel (contract sections 2 to 9).

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Form, Query, ServiceConfig},
};
use serde_json::{Value, json};
use std::collections::HashMap;

use super::{OldUser, Shared, State, lock, random_hex};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/v2")
            .route("/users/login", web::post().to(log_in))
            .route("/users/info", web::get().to(info))
            .route("/users/register", web::post().to(register))
            .route("/users/send", web::get().to(send))
            .route("/users/reset/password", web::post().to(reset_password))
            .route("/check/token", web::get().to(check)),
    );
}

type Fields = HashMap<String, String>;

/// Exactly as the envelope of section 3.1 is written: the order of the members counts.
fn refuse(status: u16, text: &str) -> HttpResponse {
    let quoted = json!(text);
    let body = format!(r#"{{"msg":{quoted},"data":{{"msg":{quoted}}},"status":{status}}}"#);
    let status = StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status).content_type("application/json").body(body)
}

fn succeed(members: &[(&str, Value)]) -> HttpResponse {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    super::json(format!(r#"{{"msg":"success","data":{{{}}},"status":200}}"#, members.join(",")))
}

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

fn is_meant(user: &OldUser, typed: &str) -> bool {
    let value = if typed.contains('@') { &user.email } else { &user.username };
    value.to_lowercase() == typed.to_lowercase()
}

async fn log_in(state: Shared, fields: Form<Fields>) -> HttpResponse {
    let (name, password) = (field(&fields, "username").trim(), field(&fields, "password"));
    if name.is_empty() || password.is_empty() {
        return refuse(400, "账号 / 密码 不可为空！");
    }
    let mut state = lock(&state);
    let user = state.user(|user| is_meant(user, name) && user.password == password).cloned();
    let Some(user) = user else { return refuse(403, "登录失败，账号或密码错误") };
    if user.locked {
        return refuse(403, "账号已被禁用");
    }
    let token = random_hex(16);
    state.tokens.insert(token.clone(), user.id);
    succeed(&[
        ("msg", json!("")),
        ("inbound", json!(2560)),
        ("outbound", json!(1280)),
        ("reg_time", json!("1651299025")),
        ("frp_token", json!(user.key)),
        ("avatar", json!("https://cravatar.cn/avatar/541")),
        ("email", json!(user.email)),
        ("username", json!(user.username)),
        ("token", json!(token)),
        ("traffic", json!("2048")),
        ("group", json!("vip1")),
    ])
}

fn owner(state: &State, request: &HttpRequest, username: &str) -> Result<OldUser, HttpResponse> {
    let value = request.headers().get("Authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = value.strip_prefix("Bearer ").unwrap_or(value).trim();
    if token.is_empty() {
        return Err(refuse(401, "请提供登录TOKEN"));
    }
    let user = state.by_token(token).cloned().ok_or_else(|| refuse(401, "登录token校验失败！"))?;
    if user.locked {
        return Err(refuse(403, "账号已被禁用"));
    }
    if username.is_empty() {
        return Err(refuse(400, "请提供用户名"));
    }
    if user.username == username { Ok(user) } else { Err(refuse(403, "用户名与密钥不符合")) }
}

async fn info(state: Shared, request: HttpRequest, query: Query<Fields>) -> HttpResponse {
    let user = match owner(&lock(&state), &request, field(&query, "username")) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    succeed(&[
        ("msg", json!("")),
        ("qqSocialId", Value::Null),
        ("reg_time", json!("1651299025")),
        ("id", json!(user.id)),
        ("email", json!(user.email)),
        ("username", json!(user.username)),
        ("traffic", json!("2048")),
        ("qq", json!("10001")),
        ("qq_social_id", json!("")),
        ("inbound", json!(2560)),
        ("outbound", json!(1280)),
    ])
}

async fn send(state: Shared, query: Query<Fields>) -> HttpResponse {
    let email = field(&query, "email").trim();
    if email.is_empty() {
        return refuse(400, "邮箱不可为空！");
    }
    lock(&state).codes.insert(email.to_lowercase(), "314159".to_owned());
    succeed(&[("msg", json!("邮件发送成功，请注意查收，若没有看到邮件，请检查收件箱或点击重新发送"))])
}

async fn register(state: Shared, fields: Form<Fields>) -> HttpResponse {
    let of = |name| field(&fields, name);
    let (name, password, email) = (of("username").trim(), of("password"), of("email").trim());
    if [name, password, of("confirm_password"), email, of("verify")].contains(&"") {
        return refuse(400, "请将信息填写完整");
    }
    if password != of("confirm_password") {
        return refuse(400, "注册失败，你这俩密码咋还不一样呢？");
    }
    let mut state = lock(&state);
    let Some(code) = state.codes.get(&email.to_lowercase()).cloned() else {
        return refuse(400, "注册失败，清先获取验证码");
    };
    if state.user(|user| user.username.eq_ignore_ascii_case(name)).is_some() {
        state.codes.remove(&email.to_lowercase());
        return refuse(409, "注册失败，该用户名已存在！");
    }
    if state.user(|user| user.email.eq_ignore_ascii_case(email)).is_some() {
        state.codes.remove(&email.to_lowercase());
        return refuse(409, "注册失败，该邮箱已存在！请更换邮箱后重新获取验证码！");
    }
    if code != of("verify") {
        return refuse(403, "注册失败，验证码不正确！");
    }
    state.codes.remove(&email.to_lowercase());
    let user = OldUser { email: email.to_owned(), ..OldUser::named(state.next_id(), name, password) };
    state.users.push(user);
    succeed(&[("msg", json!("注册成功，欢迎使用LoCyan Frp Experience"))])
}

async fn reset_password(state: Shared, request: HttpRequest, fields: Form<Fields>) -> HttpResponse {
    let mut state = lock(&state);
    let user = match owner(&state, &request, field(&fields, "username")) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    if user.password != field(&fields, "old_password") {
        return refuse(403, "旧密码错误，请检查");
    }
    let new = field(&fields, "new_password").to_owned();
    if let Some(found) = state.users.iter_mut().find(|found| found.id == user.id) {
        found.password = new;
    }
    state.tokens.retain(|_, id| *id != user.id);
    succeed(&[("msg", json!(""))])
}

async fn check(state: Shared, query: Query<Fields>) -> HttpResponse {
    match lock(&state).by_token(field(&query, "token").trim()) {
        None => refuse(401, "登录token校验失败！"),
        Some(user) if user.locked => refuse(403, "账号已被禁用"),
        Some(_) => succeed(&[("msg", json!(""))]),
    }
}
