//! What every dialect is made of: the [`Dialect`] trait, JSON as each old framework wrote it, request bodies as each
//! read them, and the address a request came from.

mod mount;

pub use mount::{Dialect, DialectKind, MountContext, Registered, Testing};
