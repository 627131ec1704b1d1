//! Pages of the old system beyond accounts, which look for a login where the dialect's clients carry it. They keep what they were shown.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, ServiceConfig},
};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::{Shared, lock, random_hex};

/// Below `/old`, where no dialect serves anything.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/old/page").to(page))
        .service(web::resource("/old/other-id").to(other_id))
        .service(web::resource("/old/endless-other-id").to(endless_other_id))
        .default_service(web::get().to(picture));
}

/// The tokens that a request carries: of headers and cookies, of the query, of a JSON member or a field of a form.
fn tokens(request: &HttpRequest, body: &[u8]) -> Vec<String> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bearer = header("Authorization");
    let bare = bearer.strip_prefix("Bearer ").unwrap_or(bearer);
    let cookie = header("Cookie").split(';').find_map(|pair| pair.trim().strip_prefix("PHPSESSID="));
    let field = |text: &str| text.split('&').find_map(|pair| pair.strip_prefix("token=")).map(str::to_owned);
    let member = serde_json::from_slice::<Value>(body).ok();
    let member = member.as_ref().and_then(|member| member.get("token")?.as_str()).map(str::to_owned);
    let text = String::from_utf8_lossy(body);
    let found = [bare, header("token"), cookie.unwrap_or_default()].map(str::to_owned);
    found.into_iter().chain(field(request.query_string())).chain(member).chain(field(&text)).collect()
}

/// A picture file, where there is one.
async fn picture(state: Shared, request: HttpRequest) -> HttpResponse {
    match lock(&state).pictures.get(request.path()) {
        Some(bytes) => HttpResponse::Ok().content_type("image/jpeg").body(bytes.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn page(state: Shared, request: HttpRequest, body: Bytes) -> HttpResponse {
    let mut state = lock(&state);
    let headers: Vec<String> = request.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    let shown = format!("{} {headers:?} {}", request.uri(), String::from_utf8_lossy(&body));
    state.shown.push(shown);
    let owner =
        tokens(&request, &body).iter().find_map(|token| state.by_token(token)).map(|user| user.username.clone());
    match owner {
        Some(name) => HttpResponse::Ok().body(format!("page of {name}")),
        None => HttpResponse::Unauthorized().body("page of nobody"),
    }
}

/// PHP's way to change the id of a session; one of nobody begins.
async fn other_id(state: Shared, request: HttpRequest) -> HttpResponse {
    let mut state = lock(&state);
    let new = random_hex(16);
    let old = tokens(&request, b"").into_iter().find_map(|token| state.tokens.remove(&token));
    if let Some(owner) = old {
        state.tokens.insert(new.clone(), owner);
    }
    let cookie = format!("PHPSESSID={new}; path=/");
    HttpResponse::Ok().append_header(("Set-Cookie", cookie)).append_header(("Set-Cookie", "theme=dark")).body("changed")
}

/// As [`other_id`], in an answer that does not end.
async fn endless_other_id(state: Shared, request: HttpRequest) -> HttpResponse {
    let changed = other_id(state, request).await;
    let mut answer = HttpResponse::Ok();
    for cookie in changed.headers().get_all("Set-Cookie") {
        answer.append_header(("Set-Cookie", cookie.clone()));
    }
    let first = stream::iter([Ok::<_, actix_web::Error>(Bytes::from_static(b"first"))]);
    answer.streaming(first.chain(stream::pending()))
}
