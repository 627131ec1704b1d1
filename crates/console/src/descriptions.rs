//! `GET /openapi/D.json`: what each dialect's API is, for machines (`docs/openapi`). Nothing in it is secret.

use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};

const DESCRIPTIONS: [(&str, &str); 5] = [
    ("frp", include_str!("../../../docs/openapi/frp.json")),
    ("medusa", include_str!("../../../docs/openapi/medusa.json")),
    ("php", include_str!("../../../docs/openapi/php.json")),
    ("proxy", include_str!("../../../docs/openapi/proxy.json")),
    ("v1", include_str!("../../../docs/openapi/v1.json")),
];

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/openapi/{dialect}.json").route(web::get().to(description)));
}

async fn description(dialect: Path<String>) -> HttpResponse {
    match DESCRIPTIONS.iter().find(|(name, _)| *name == dialect.as_str()) {
        Some((_, text)) => HttpResponse::Ok().content_type("application/json").body(*text),
        None => HttpResponse::NotFound().body("no such dialect\n"),
    }
}
