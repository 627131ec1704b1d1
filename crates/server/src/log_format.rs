//! How log lines are written as JSON. A request's line, of which there are thousands a second, is written in one pass; every other
//! line is the library's.

use std::fmt;

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, Writer},
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use crate::request_log;

/// One JSON object a line.
pub(crate) struct JsonLines {
    others: Format<Json>,
}

impl JsonLines {
    pub fn new() -> Self {
        Self { others: tracing_subscriber::fmt::format().json().flatten_event(true) }
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if event.metadata().target() != request_log::TARGET {
            return self.others.format_event(context, out, event);
        }
        out.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut out)?;
        write!(out, "\",\"level\":\"{}\"", event.metadata().level())?;
        let mut members = Members { out: &mut out, written: Ok(()) };
        event.record(&mut members);
        members.written?;
        out.write_str(",\"target\":\"")?;
        out.write_str(request_log::TARGET)?;
        out.write_str("\"}\n")
    }
}

/// The fields of an event as further members of an object.
struct Members<'o, 'w> {
    out: &'o mut Writer<'w>,
    /// How it went so far: a visitor cannot stop.
    written: fmt::Result,
}

impl Members<'_, '_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let name = || -> fmt::Result {
            self.out.write_str(",\"")?;
            self.out.write_str(field.name())?;
            self.out.write_str("\":")?;
            value(self.out)
        };
        if self.written.is_ok() {
            self.written = name();
        }
    }
}

impl Visit for Members<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |out| text(out, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |out| write!(out, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |out| write!(out, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |out| write!(out, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.member(field, |out| text(out, &format!("{value:?}")));
    }
}

/// A JSON text.
fn text(out: &mut Writer<'_>, value: &str) -> fmt::Result {
    if value.bytes().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
        return out.write_str(&serde_json::to_string(value).map_err(|_| fmt::Error)?);
    }
    out.write_char('"')?;
    out.write_str(value)?;
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::{fmt::format::JsonFields, layer::SubscriberExt};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log() {
        let (odd, none) = ("a\"b\\c\nd\u{1}登", None::<&str>);
        tracing::info!(target: request_log::TARGET, request = "00ff", odd, none, account = Some(-7_i64), status = 200_u16, is = true, shown = ?odd);
        tracing::warn!(target: request_log::TARGET, microseconds = u64::MAX);
        tracing::info!(odd, "another's");
    }

    fn lines(own: bool) -> Vec<(Vec<String>, Value)> {
        let (written, layer) = (Lines::default(), tracing_subscriber::fmt::layer());
        let writer = written.clone();
        let layer = layer.fmt_fields(JsonFields::new()).with_writer(move || writer.clone());
        if own {
            let subscriber = tracing_subscriber::registry().with(layer.event_format(JsonLines::new()));
            tracing::subscriber::with_default(subscriber, log);
        } else {
            let format = tracing_subscriber::fmt::format().json().flatten_event(true);
            let subscriber = tracing_subscriber::registry().with(layer.event_format(format));
            tracing::subscriber::with_default(subscriber, log);
        }
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let line = |line: &str| {
            let mut value: Value = serde_json::from_str(line).unwrap();
            let names = value.as_object().unwrap().keys().cloned().collect();
            assert!(value["timestamp"].take().as_str().unwrap().ends_with('Z'));
            (names, value)
        };
        text.lines().map(line).collect()
    }

    #[test]
    fn a_request_s_line_says_what_the_library_would_have_written() {
        let (ours, theirs) = (lines(true), lines(false));
        assert_eq!(ours.len(), 3);
        assert_eq!(ours, theirs);
    }
}
