//! How header names are written, and in which order (contract, last section): Go writes what the handler set by its
//! alphabet, then what it adds itself.

use actix_web::{
    dev::ResponseHead,
    http::{StatusCode, header::ACCEPT_RANGES},
};
use dragoman_dialect::HeaderNames;

const USUAL: HeaderNames = HeaderNames::new(&[
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Max-Age",
    "Content-Type",
    "Location",
    "Date",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
]);

/// A body that no handler named a type for: Go looks at it last of all (recording `g110-wire-details`).
const WITHOUT_TYPE: HeaderNames = HeaderNames::new(&[
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Max-Age",
    "Date",
    "Content-Length",
    "Content-Type",
    "Connection",
]);

/// A file, whose handler knows its length.
const PICTURE: HeaderNames = HeaderNames::new(&[
    "Accept-Ranges",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Max-Age",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Last-Modified",
    "Date",
    "Connection",
]);

/// The names of this answer's headers.
pub fn of(answer: &ResponseHead) -> HeaderNames {
    match answer.status {
        _ if answer.headers().contains_key(ACCEPT_RANGES) => PICTURE,
        StatusCode::BAD_REQUEST => WITHOUT_TYPE,
        _ => USUAL,
    }
}
