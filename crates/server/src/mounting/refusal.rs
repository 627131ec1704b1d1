//! Requests that no route gets to see: the dialect that owns what can be read of their path says so.

use actix_web::{HttpRequest, HttpResponse, http::header::ContentType};
use dragoman_dialect::{Declined, HeaderNames};

use super::{Mount, Mounts, ownership::is_reserved};
use crate::retirement::BrownOut;

impl Mounts {
    /// The refusal of the mount that owns the path, and how its header names are written.
    pub fn refuse(&self, request: &HttpRequest, reason: Declined) -> (HttpResponse, HeaderNames) {
        match self.in_charge_of(request) {
            Some(mount) => {
                let mut answer = mount.dialect.refuse(request, reason);
                mount.retirement.announce(answer.headers_mut());
                let names = mount.dialect.header_names(answer.head());
                (answer, names)
            }
            None => (bare(reason), HeaderNames::USUAL),
        }
    }

    /// The brown-out of the mount that a request is for. `now`, in milliseconds, is asked for only where there is one.
    pub fn brown_out(&self, request: &HttpRequest, now: impl FnOnce() -> i64) -> Option<BrownOut> {
        if !self.has_brownouts || is_reserved(request.path()) {
            return None;
        }
        self.in_charge_of(request)?.retirement.brown_out(now())
    }

    /// The mount that a request is for, as far as its path tells.
    pub(crate) fn in_charge_of(&self, request: &HttpRequest) -> Option<&Mount> {
        let path = request.path();
        let is_below =
            |mount: &&Mount| path.strip_prefix(mount.prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let by_prefix = self.list.iter().filter(is_below).max_by_key(|mount| mount.prefix.len());
        by_prefix.or_else(|| self.list.get(self.owner_of(request.head())?))
    }
}

fn bare(reason: Declined) -> HttpResponse {
    let text = format!("{}\n", reason.status());
    HttpResponse::build(reason.status()).content_type(ContentType::plaintext()).body(text)
}
