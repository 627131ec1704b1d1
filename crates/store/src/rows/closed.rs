//! How the engine's refusal of a write into a closed database is told from every other.

/// How its text begins.
pub(crate) const CLOSED: &str = "dragoman: this database has been copied";
