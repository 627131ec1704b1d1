//! What a command says. Whoever reads it may go away, and a disk may be full: neither is a reason to panic.

use std::io::{self, ErrorKind, Write};

use serde_json::Value;

use super::{Complaint, plain::plain_json};

/// Writes to standard output, to the end.
///
/// # Errors
/// See [`not_written`].
pub(super) fn print(text: &str) -> Result<(), Complaint> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|error| not_written(&error))
}

/// Writes one line.
///
/// # Errors
/// See [`not_written`].
pub(super) fn print_line(text: &str) -> Result<(), Complaint> {
    print(&format!("{text}\n"))
}

/// Writes a value as JSON, on one line.
///
/// # Errors
/// See [`not_written`].
pub(super) fn print_json(value: &Value) -> Result<(), Complaint> {
    print_line(&plain_json(&value.to_string()))
}

/// A complaint about standard output; none is made to the end of a pipe, as `head` and `less` leave early on purpose.
pub(super) fn not_written(error: &io::Error) -> Complaint {
    match error.kind() {
        ErrorKind::BrokenPipe => Complaint(String::new()),
        _ => Complaint(format!("standard output: {error}")),
    }
}

/// A line on standard error, if that still takes it.
pub(super) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells a complaint on standard error, if that still takes it.
pub(super) fn complain(Complaint(text): &Complaint) {
    if !text.is_empty() {
        remark(text);
    }
}
