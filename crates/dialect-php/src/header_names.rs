//! How header names are written, and in which order (contract, last section).

use dragoman_dialect::HeaderNames;

/// The headers of every answer. Those before `Set-Cookie` are PHP's built-in server's own (section 11).
pub const ALL: HeaderNames = HeaderNames::new(&[
    "Date",
    "Connection",
    "Set-Cookie",
    "Expires",
    "Cache-Control",
    "Pragma",
    "X-Content-Type-Options",
    "X-Dragoman-Captcha-Answer",
    "Content-Type",
    "Content-Length",
]);
