//! Old databases as they come: dumps, exports, database files, folders and live servers, read as tables and rows of bytes.
//!
//! Knows no dialect and no account: what a row means is the caller's business. A file is data; nothing in it is executed. Everything is
//! streamed, so memory does not grow with the file, and one row is bounded by [`LARGEST_ROW`].
//!
//! ```no_run
//! use dragoman_legacy::{ReadOptions, Source};
//! use std::ops::ControlFlow;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut source = Source::open("dump.sql.gz", &ReadOptions::default())?;
//! source.read(&["user"], &mut |row| {
//!     match row.value("username").and_then(|value| value.text()) {
//!         Ok(name) => println!("{}: {name:?}", row.position().row),
//!         Err(error) => eprintln!("{error}"),
//!     }
//!     ControlFlow::Continue(())
//! })?;
//! for warning in source.warnings() {
//!     eprintln!("{warning}");
//! }
//! # Ok(()) }
//! ```

#![allow(dead_code)] // until the next readers land

mod charset;
mod error;
mod moment;
mod row;
mod source;
mod sqlite;
mod table;
mod value;
mod warning;

pub use charset::Charset;
pub use error::{LegacyError, Place, ValueError};
pub use moment::Moment;
pub use row::{Position, Row};
pub use source::{Progress, ReadOptions, Source};
pub use table::{Column, Kind, Table};
pub use value::{Raw, Value};
pub use warning::Warning;

/// The most bytes one row may have, all its values together.
pub const LARGEST_ROW: usize = 16 << 20;
