//! What every dialect is made of: the [`Dialect`] trait, JSON as each old framework wrote it, request bodies as each
//! read them, and the address a request came from.

pub mod body;
pub mod captcha;
pub mod client_address;
pub mod cors;
mod declined;
pub mod facet;
mod field_role;
pub mod form;
mod header_names;
pub mod headers;
pub mod json;
pub mod mail;
mod mount;
pub mod multipart;
pub mod pictures;
pub mod predecessor;
mod route;
mod settings;
pub mod testing;
mod upstream;
mod zone;

pub use async_trait::async_trait;
pub use client_address::{TrustedProxies, client_address, client_behind, network_of};
pub use declined::Declined;
pub use facet::Facet;
pub use field_role::{FieldRole, Puzzle, Role};
pub use header_names::HeaderNames;
pub use mount::{Dialect, DialectKind, MountContext, PictureUse, Registered, Testing};
pub use route::{Route, RouteClass};
pub use settings::{CENTURY_SECONDS, DAY_SECONDS, MountSettings, bounded};
pub use upstream::{OldServer, PasswordChanges, Swapped, Telling, TokenPlace, TokenSwap, UNSERVED, UpstreamMode};
pub use zone::Zone;
