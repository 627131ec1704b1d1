//! How much is kept.

/// Hard bounds of the tables, over all replicas. What is beyond them is counted under another name, never lost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows of (mount, route, client, account).
    pub callers: i64,
    /// Rows of (caller, day).
    pub days: i64,
    /// Clients that are told apart.
    pub clients: i64,
}
