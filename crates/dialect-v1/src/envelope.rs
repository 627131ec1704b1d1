//! What every answer stands in.

use serde::Serialize;

/// What every JSON answer is.
#[derive(Serialize)]
pub struct Envelope<'a, T> {
    pub code: i64,
    pub data: T,
    pub msg: &'a str,
}
