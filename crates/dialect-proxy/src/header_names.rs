//! How header names are written, and in which order (contract, last section, and the recordings).

use actix_web::{dev::ResponseHead, http::header::ALLOW};
use dragoman_dialect::HeaderNames;

const USUAL: HeaderNames = HeaderNames::new(&[
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Access-Control-Allow-Origin",
    "Vary",
    "Connection",
    "Date",
]);

/// Flask makes the answers to OPTIONS and the 405 pages itself; their length is reckoned last (recordings `preflights`,
/// `paths-and-methods`).
const WITH_ALLOW: HeaderNames = HeaderNames::new(&[
    "Content-Type",
    "Allow",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Vary",
    "Content-Length",
    "Connection",
    "Date",
]);

/// The names of this answer's headers.
pub fn of(answer: &ResponseHead) -> HeaderNames {
    if answer.headers().contains_key(ALLOW) { WITH_ALLOW } else { USUAL }
}
