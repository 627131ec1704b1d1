//! Who still calls which old route: by mount, route, client and account, when first, when last, and how often each day.
//!
//! `client.rs` what a User-Agent says · `call.rs` what is counted apart · `tallies.rs` what is counted and not yet written ·
//! `recording.rs` how it is written, `queries/` in which rows · `report.rs` what an operator is told · `shadow.rs` what became of
//! requests that were also put to an old server. It knows accounts by
//! number only, and of time only what it is told.

mod call;
mod client;
mod limits;
mod queries;
mod recording;
mod report;
mod schema;
mod shadow;
mod shadow_keys;
mod tables;
mod tallies;
mod totals;

use dragoman_store::Store;

pub use call::{Call, Caller, Counted, OTHER_ROUTE, day_of};
pub use client::Client;
pub use limits::Limits;
pub use queries::shadow::{SampleRow, VerdictRow};
pub use recording::Unwritten;
pub use report::{RouteUse, Since, Use};
pub use shadow::{Verdicts, Waiting};
pub use shadow_keys::{Sample, ShadowRoute, Times, Verdict};
pub use tables::TABLES;
pub use tallies::Tallies;

/// The counters of all replicas on one database. A cheap handle.
#[derive(Clone)]
pub struct Usage {
    store: Store,
    limits: Limits,
}

impl Usage {
    /// Counters in a store that was opened with [`TABLES`].
    pub fn new(store: Store, limits: Limits) -> Self {
        Self { store, limits }
    }
}
