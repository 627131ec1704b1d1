//! What a connection is for.

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
    /// Changes the schema: as long as it takes, with no limits on statements.
    Migrator,
}
