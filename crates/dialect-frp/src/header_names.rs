//! How header names are written, and in which order (contract, last section). The recordings show the first four and `Allow`.

use dragoman_dialect::HeaderNames;

/// The headers of every answer.
pub const ALL: HeaderNames = HeaderNames::new(&[
    "Date",
    "Content-Type",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Max-Age",
    "Allow",
    "Vary",
    "Content-Length",
    "Connection",
]);
