//! The statements, one file a table.

pub(crate) mod callers;
pub(crate) mod days;
pub(crate) mod shadow;
