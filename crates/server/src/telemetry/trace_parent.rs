//! The header `traceparent` (W3C Trace Context, version 00).

use actix_web::http::header::HeaderMap;

/// The trace that a caller says this request belongs to. What is of any other form is none: a client must not write into log
/// and traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceParent<'a> {
    /// 32 hex digits.
    pub trace: &'a str,
    /// The caller's span, 16 hex digits.
    pub span: &'a str,
    /// The caller records it.
    pub is_sampled: bool,
}

impl<'a> TraceParent<'a> {
    /// What a request says.
    pub fn of(headers: &'a HeaderMap) -> Option<Self> {
        Self::read(headers.get("traceparent")?.as_bytes())
    }

    /// What a header of this value says.
    pub fn read(value: &'a [u8]) -> Option<Self> {
        let rest = std::str::from_utf8(value).ok()?.strip_prefix("00-")?;
        let (trace, rest) = rest.split_at_checked(32)?;
        let (span, flags) = rest.strip_prefix('-')?.split_at_checked(16)?;
        let flags = flags.strip_prefix('-').filter(|flags| flags.len() == 2 && is_hex(flags))?;
        let is_id = |text: &str| is_hex(text) && text.bytes().any(|byte| byte != b'0');
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        (is_id(trace) && is_id(span)).then_some(Self { trace, span, is_sampled })
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trace_of_the_right_form_is_told() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for (flags, is_sampled) in [("01", true), ("00", false), ("ff", true), ("02", false)] {
            let given = format!("00-{trace}-{span}-{flags}");
            assert_eq!(TraceParent::read(given.as_bytes()), Some(TraceParent { trace, span, is_sampled }));
        }
        for wrong in [
            String::new(),
            "00-".to_owned(),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-{span}-0"),
            format!("00-{trace}-{span}-0x"),
            format!("00-{trace}-{span}-+1"),
            format!("01-{trace}-{span}-01"),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-0000000000000000-01"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{trace}-{span}-01-x"),
            format!("00-{}\n-{span}-01", &trace[1..]),
        ] {
            assert_eq!(TraceParent::read(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(TraceParent::read(&[0xff; 60]), None);
    }
}
