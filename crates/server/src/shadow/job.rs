//! A question for the old server, with the answer that the client got from us.

use actix_web::web::Bytes;
use dragoman_upstream::Request;
use dragoman_usage::ShadowRoute;

/// Longer bodies are not kept.
pub(super) const LONGEST_BODY: usize = 64 * 1024;

/// What waits for the old server.
pub(crate) struct Job {
    pub route: ShadowRoute,
    pub question: Request,
    pub ours: Ours,
}

/// What the client was told.
pub(crate) struct Ours {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Bytes,
}
