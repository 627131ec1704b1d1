//! What the wire and the application tell each other about the one request of a connection that is being answered.

use std::cell::Cell;

use dragoman_dialect::{Declined, HeaderNames};

/// A request that was to be passed to an old server, which has not answered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpassed {
    /// The dialect whose old server it is, if it could be read so far.
    pub dialect: Option<&'static str>,
    /// What the client is told.
    pub reason: Declined,
    /// What happened, for the log.
    pub why: &'static str,
}

/// Shared by a connection's wire and, as connection data, by its requests. The next request is handed on only when the
/// answer to this one has left, so there is never a doubt which request is meant.
#[derive(Debug)]
pub struct Exchange {
    /// A request was handed on and its answer has not left.
    under_way: Cell<bool>,
    /// It was a HEAD: whatever its answer says, no body follows.
    without_body: Cell<bool>,
    declined: Cell<Option<Declined>>,
    unpassed: Cell<Option<Unpassed>>,
    /// No request follows this one.
    last: Cell<bool>,
    names: Cell<HeaderNames>,
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self {
            under_way: Cell::new(false),
            without_body: Cell::new(false),
            declined: Cell::new(None),
            unpassed: Cell::new(None),
            last: Cell::new(false),
            names: Cell::new(HeaderNames::USUAL),
        }
    }

    pub(super) fn begin(&self, is_head: bool) {
        self.under_way.set(true);
        self.without_body.set(is_head);
        self.names.set(HeaderNames::USUAL);
    }

    /// The request handed on stands for one that cannot be read.
    pub(super) fn refuse(&self, reason: Declined) {
        self.declined.set(Some(reason));
        self.last.set(true);
    }

    /// The request handed on stands for one that could not be passed.
    pub(super) fn refuse_unpassed(&self, unpassed: Unpassed) {
        self.unpassed.set(Some(unpassed));
    }

    pub(super) fn end_after_this(&self) {
        self.last.set(true);
    }

    pub(super) fn answered(&self) {
        self.under_way.set(false);
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.get()
    }

    pub(super) fn is_without_body(&self) -> bool {
        self.without_body.get()
    }

    pub(super) fn names(&self) -> HeaderNames {
        self.names.get()
    }

    /// What is wrong with the request, if the application is only to say so.
    pub fn declined(&self) -> Option<Declined> {
        self.declined.get()
    }

    /// Whether it is about a request that could not be passed.
    pub fn unpassed(&self) -> Option<Unpassed> {
        self.unpassed.get()
    }

    /// Whether the connection ends with this answer.
    pub fn is_last(&self) -> bool {
        self.last.get()
    }

    /// How the names of the answer's headers are written.
    pub fn set_names(&self, names: HeaderNames) {
        self.names.set(names);
    }
}
