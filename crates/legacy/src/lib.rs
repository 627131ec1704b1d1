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

mod archive;
mod charset;
mod delimited;
mod error;
mod fields;
mod folder;
mod hex;
mod input;
mod json;
mod many;
mod moment;
mod position;
mod progress;
mod quote;
mod reader;
mod recognise;
mod row;
mod server;
mod shape;
mod source;
mod sql;
mod sqlite;
mod table;
mod value;
mod values;
mod warning;
mod xml;
mod zstd;

pub use charset::Charset;
pub use error::{LegacyError, Place, ValueError, foreign_table};
pub use fields::Fields;
pub use moment::Moment;
pub use position::Position;
pub use progress::Progress;
pub use reader::ReadOptions;
pub use row::Row;
pub use source::Source;
pub use table::{Column, Kind, Table};
pub use value::{Raw, Value};
pub use warning::Warning;

/// The most bytes one row may have, all its values together.
pub const LARGEST_ROW: usize = 16 << 20;
