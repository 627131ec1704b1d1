//! Requests that no route ever sees: that they cannot be answered is known before it is known what they ask for.

use actix_web::http::StatusCode;

/// Why a request is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declined {
    /// Its head is no HTTP, or can be read in two ways.
    Malformed,
    /// Its head is too long, or has too many lines.
    HeadTooLarge,
    /// Its head did not come in time.
    HeadTooSlow,
    /// It would send more than there is room for just now.
    Busy,
    /// Its path is the old server's, and that is away.
    OldServerAway,
}

impl Declined {
    /// What HTTP calls it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::HeadTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::OldServerAway => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
