//! How header names are written, and in which order (contract, last section; `VerificationCodeKey` is looked for as text).

use actix_web::{dev::ResponseHead, http::header::CONTENT_DISPOSITION};
use dragoman_dialect::HeaderNames;

const USUAL: HeaderNames = HeaderNames::new(&[
    "Date",
    "Connection",
    "Content-Type",
    "Location",
    "VerificationCodeKey",
    "Access-Control-Expose-Headers",
    "X-Frame-Options",
    "Content-Length",
    "X-Content-Type-Options",
    "Vary",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Max-Age",
]);

/// Django's file answers know their length before its middleware sees them (recordings s04, s13).
const PICTURE: HeaderNames = HeaderNames::new(&[
    "Date",
    "Connection",
    "Content-Type",
    "Content-Length",
    "Content-Disposition",
    "Last-Modified",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Vary",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Origin",
]);

/// The names of this answer's headers.
pub fn of(answer: &ResponseHead) -> HeaderNames {
    if answer.headers().contains_key(CONTENT_DISPOSITION) { PICTURE } else { USUAL }
}
