//! `GET /metrics`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data, ServiceConfig},
};
use subtle::ConstantTimeEq;

use crate::{Format, House};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/metrics").route(web::get().to(metrics)));
}

async fn metrics(request: HttpRequest, house: Data<House>) -> HttpResponse {
    if !may_read(&request, house.metrics_token.as_deref()) {
        return HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, "Bearer"))
            .content_type("text/plain; charset=utf-8")
            .body("metrics are for this machine, or for whoever shows console.metrics_token\n");
    }
    let format = format_for(&request);
    match house.metrics.exposition(&house.accounts, format).await {
        Ok(text) => HttpResponse::Ok().content_type(content_type(format)).body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// A proxy on this machine stands for others: then only the token counts.
fn may_read(request: &HttpRequest, token: Option<&str>) -> bool {
    let Some(token) = token else {
        let headers = request.headers();
        let forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
        return !forwarded && request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes())))
}

fn format_for(request: &HttpRequest) -> Format {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    match accepted.is_some_and(|accepted| accepted.contains("application/openmetrics-text")) {
        true => Format::OpenMetrics,
        false => Format::Prometheus,
    }
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
    }
}
