//! proxy: a Flask admin (contract sections 1.3, 2, 3).

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Bytes, ServiceConfig},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{OldUser, Shared, lock};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .route("/login", web::post().to(log_in))
        .route("/regist", web::post().to(register))
        .route("/about", web::get().to(about))
        .route("/userlist", web::get().to(list))
        .route("/upwd", web::post().to(change_password));
}

/// `{"headers":{...},"iss":"ly",...}` signed with the key every copy was shipped with.
pub(super) fn token(id: i64, now: i64) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!(
        r#"{{"headers":{{"typ":"JWT","alg":"HS256","user_id":{id}}},"iss":"ly","exp":{},"iat":{now}}}"#,
        now + 120
    );
    let signed = format!("{}.{}", encode(r#"{"typ":"JWT","alg":"HS256"}"#), encode(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(b"ProxyPool").expect("any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn ascii(value: &Value) -> String {
    let mut text = String::new();
    for unit in value.to_string().encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text + "\n"
}

fn answer(status: u16, value: Value) -> HttpResponse {
    let status = StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status).content_type("application/json").body(ascii(&value))
}

fn unauthorized_page() -> HttpResponse {
    HttpResponse::Unauthorized().content_type("text/html").body(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<title>401 Unauthorized</title>\n<h1>Unauthorized</h1>\n",
    )
}

/// The collation ignores letter case and blanks at the end.
fn is_called(user: &OldUser, name: &str) -> bool {
    user.username.to_lowercase() == name.trim_end_matches(' ').to_lowercase()
}

fn fields(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn text<'v>(fields: &'v Value, name: &str) -> &'v str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

async fn log_in(state: Shared, body: Bytes) -> HttpResponse {
    let fields = fields(&body);
    let (name, password) = (text(&fields, "username"), text(&fields, "password"));
    let mut state = lock(&state);
    let Some(user) = state.user(|user| is_called(user, name)) else { return unauthorized_page() };
    if user.locked {
        return answer(401, json!({"message": "账号已锁定"}));
    }
    if user.password != password {
        return answer(401, json!({"message": "账号密码不存在"}));
    }
    let (id, token) = (user.id, token(user.id, 1_700_000_000));
    state.tokens.insert(token.clone(), id);
    answer(200, json!({"Authorization": token}))
}

async fn register(state: Shared, body: Bytes) -> HttpResponse {
    let fields = fields(&body);
    let (name, password, again) = (text(&fields, "username"), text(&fields, "password"), text(&fields, "password1"));
    if name.is_empty() || password.is_empty() || again.is_empty() {
        return answer(401, json!({"message": "参数不完整"}));
    }
    let mut state = lock(&state);
    if state.user(|user| is_called(user, name)).is_some() {
        return answer(401, json!({"message": "用户已经存在"}));
    }
    if password != again {
        return answer(401, json!({"message": "密码不同"}));
    }
    let user = OldUser { role: 3, ..OldUser::named(state.next_id(), name, password) };
    state.users.push(user);
    answer(200, json!({"message": "创建成功"}))
}

fn caller(state: &super::State, request: &HttpRequest) -> Result<OldUser, HttpResponse> {
    let token = request.headers().get("Authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if token.is_empty() {
        return Err(answer(401, json!({"error": "401"})));
    }
    state.by_token(token).cloned().ok_or_else(|| answer(401, json!({"error": "认证失败"})))
}

fn role(user: &OldUser) -> (&'static str, Value) {
    match user.role {
        1 => ("超级管理员", json!(["添加", "改", "查", "删"])),
        2 => ("管理员", json!(["添加", "改", "查"])),
        _ => ("普通用户", json!(["改"])),
    }
}

async fn about(state: Shared, request: HttpRequest) -> HttpResponse {
    let user = match caller(&lock(&state), &request) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let (role, permission) = role(&user);
    let description = if user.bio.is_empty() { Value::Null } else { json!(user.bio) };
    answer(
        200,
        json!({"data": {"avatar": user.avatar, "description": description, "permission": permission,
            "role": role, "username": user.username}}),
    )
}

/// As the original: an ordinary user may not.
async fn list(state: Shared, request: HttpRequest) -> HttpResponse {
    let state = lock(&state);
    match caller(&state, &request) {
        Err(refusal) => refusal,
        Ok(user) if user.role == 3 || user.role == 0 => answer(403, json!({"message": "无权限"})),
        Ok(_) => {
            let rows: Vec<Value> = state
                .users
                .iter()
                .filter(|user| user.role == 3 || user.role == 0)
                .map(|user| {
                    json!({"createtime": "Fri, 05 Jul 2019 19:09:16 GMT", "id": user.id, "permission": ["改"],
                        "role": "普通用户", "status": user.locked, "username": user.username})
                })
                .collect();
            answer(200, json!({"data": rows}))
        }
    }
}

async fn change_password(state: Shared, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = fields(&body);
    let (name, old, new) = (text(&fields, "username"), text(&fields, "oldpwd"), text(&fields, "newpwd"));
    let mut state = lock(&state);
    let user = match caller(&state, &request) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    if name.is_empty() || old.is_empty() || new.is_empty() {
        return answer(401, json!({"message": "参数不完整"}));
    }
    if !is_called(&user, name) || user.password != old {
        return answer(403, json!({"message": "修改失败"}));
    }
    if let Some(found) = state.users.iter_mut().find(|found| found.id == user.id) {
        found.password = new.to_owned();
    }
    answer(200, json!({"message": "修改成功"}))
}
