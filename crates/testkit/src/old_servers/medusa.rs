//! medusa: a vulnerability scanner's user API (contract sections 2 and 3). Every answer is HTTP 200.

use actix_web::{
    HttpResponse,
    web::{self, Bytes, ServiceConfig},
};
use serde_json::{Map, Value, json};

use super::{OldUser, Shared, State, lock, random};

/// What every copy was shipped with.
const REGISTRATION: &str = "I_will_always_like_SoryuAsukaLangley";
const RESET: &str = "I_will_always_like_KatsuragiMisato";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api")
            .route("/get_verification_code/", web::get().to(captcha))
            .route("/login/", web::post().to(log_in))
            .route("/user_info/", web::post().to(user_info))
            .route("/registered/", web::post().to(register))
            .route("/update_password/", web::post().to(change_password))
            .route("/forget_password/", web::post().to(reset_password)),
    );
}

fn answer(message: Value, code: u16) -> HttpResponse {
    super::json(format!("{{\"message\": {message}, \"code\": {code}}}"))
}

fn see_log() -> HttpResponse {
    answer(json!("自己去看报错日志！"), 169)
}

async fn captcha(state: Shared) -> HttpResponse {
    let (key, shown) = (random(250), random(6).to_lowercase());
    lock(&state).puzzles.insert(key.clone(), shown.clone());
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("VerificationCodeKey", key))
        .insert_header(("Access-Control-Expose-Headers", "VerificationCodeKey"))
        .insert_header(super::shows(&shown))
        .body(format!("\u{89}PNG picture of {shown}"))
}

struct Call(Map<String, Value>);

impl Call {
    fn read(body: &[u8], wanted: &[&str]) -> Option<Self> {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return None };
        wanted.iter().all(|name| members.contains_key(*name)).then_some(Self(members))
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A right one is used up at once, a wrong one leaves the picture as it is.
    fn solves(&self, state: &mut State) -> bool {
        let key = self.text("verification_code_key");
        let is_right =
            state.puzzles.get(key).is_some_and(|shown| *shown == self.text("verification_code").to_lowercase());
        if is_right {
            state.puzzles.remove(key);
        }
        is_right
    }
}

async fn log_in(state: Shared, body: Bytes) -> HttpResponse {
    let wanted = ["username", "passwd", "verification_code_key", "verification_code"];
    let Some(call) = Call::read(&body, &wanted) else { return see_log() };
    let mut state = lock(&state);
    state.tried.push(call.text("username").to_owned());
    if !call.solves(&mut state) {
        return answer(json!("验证码错误或者过期！"), 503);
    }
    let matches = |user: &OldUser| user.username == call.text("username") && user.password == call.text("passwd");
    let Some(id) = state.user(matches).map(|user| user.id) else { return answer(json!("账号或密码错误"), 604) };
    let token = random(250);
    state.tokens.retain(|_, owner| *owner != id);
    state.tokens.insert(token.clone(), id);
    answer(json!(token), 200)
}

async fn user_info(state: Shared, body: Bytes) -> HttpResponse {
    let Some(call) = Call::read(&body, &["token"]) else { return see_log() };
    let token = call.text("token");
    let state = lock(&state);
    let Some(user) = state.by_token(token) else { return answer(json!("搁着闹呢？"), 404) };
    let avatar = if user.avatar.is_empty() { "admin.jpg" } else { &user.avatar };
    answer(
        json!({"id": user.id, "key": user.key, "name": user.username, "token": token,
            "show_name": user.display_name, "email": user.email, "avatar": avatar}),
        200,
    )
}

async fn register(state: Shared, body: Bytes) -> HttpResponse {
    let Some(call) = Call::read(&body, &["verification_code_key", "verification_code"]) else { return see_log() };
    let mut state = lock(&state);
    if !call.solves(&mut state) {
        return answer(json!("验证码错误或者过期！"), 504);
    }
    if ["show_name", "username", "passwd", "email", "key"].iter().any(|name| call.text(name).is_empty()) {
        return answer(json!("宝贝数据呢？💚"), 666);
    }
    if call.text("key") != REGISTRATION {
        return answer(json!("小宝贝这是非法注册哦(๑•̀ㅂ•́)و✧"), 403);
    }
    let is_taken = |user: &OldUser| user.username == call.text("username") || user.email == call.text("email");
    if state.user(is_taken).is_some() {
        return answer(json!("用户名或邮箱已存在"), 604);
    }
    let user = OldUser {
        email: call.text("email").to_owned(),
        display_name: call.text("show_name").to_owned(),
        key: random(40),
        ..OldUser::named(state.next_id(), call.text("username"), call.text("passwd"))
    };
    state.users.push(user);
    answer(json!("注册成功"), 200)
}

async fn change_password(state: Shared, body: Bytes) -> HttpResponse {
    let wanted = ["username", "old_passwd", "new_passwd", "verification_code_key", "verification_code"];
    let Some(call) = Call::read(&body, &wanted) else { return see_log() };
    let mut state = lock(&state);
    state.tried.push(call.text("username").to_owned());
    if !call.solves(&mut state) {
        return answer(json!("验证码错误或者过期！"), 503);
    }
    let matches =
        |user: &&mut OldUser| user.username == call.text("username") && user.password == call.text("old_passwd");
    let Some(user) = state.users.iter_mut().find(matches) else {
        return answer(json!("输入信息有误重新输入"), 404);
    };
    user.password = call.text("new_passwd").to_owned();
    answer(json!("好耶！修改成功~"), 200)
}

async fn reset_password(state: Shared, body: Bytes) -> HttpResponse {
    let Some(call) = Call::read(&body, &["key", "verification_code_key", "verification_code"]) else {
        return see_log();
    };
    let mut state = lock(&state);
    if !call.solves(&mut state) {
        return answer(json!("验证码错误或者过期！"), 503);
    }
    if call.text("key") != RESET {
        return answer(json!("大黑阔别乱搞，莎莎好怕怕(*/ω＼*)"), 404);
    }
    let matches = |user: &&mut OldUser| user.username == call.text("name") && user.email == call.text("email");
    let Some(user) = state.users.iter_mut().find(matches) else {
        return answer(json!("这个数据你是认真的嘛(。﹏。)"), 501);
    };
    user.password = call.text("new_passwd").to_owned();
    answer(json!("修改成功啦~建议去配置文件中关闭忘记密码功能哦~"), 200)
}
