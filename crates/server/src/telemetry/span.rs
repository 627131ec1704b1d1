//! One request as a span, and a batch of them as OTLP's JSON.

use serde_json::{Value, json};

/// Longest text of a dialect's refusal that is sent.
const REFUSAL: usize = 120;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// 32 hex digits.
    pub trace: String,
    /// 16 hex digits.
    pub id: String,
    /// The caller's, if there is one.
    pub parent: Option<String>,
    /// Of nanoseconds since the Unix epoch.
    pub begun_at: u64,
    pub ended_at: u64,
    pub answered: Answered,
}

/// What a request was, and what was said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub method: &'static str,
    /// The route's pattern, never the path.
    pub route: Option<String>,
    /// `None`: it broke off before its answer.
    pub status: Option<u16>,
    pub dialect: Option<&'static str>,
    pub mount: Option<String>,
    /// What the dialect called it, where it refused.
    pub refusal: Option<String>,
}

/// `kind` of a span: it answered a request.
const SERVER: u8 = 2;
/// `status.code` of one that failed.
const ERROR: u8 = 2;

impl Span {
    fn value(&self) -> Value {
        let Answered { method, route, status, dialect, mount, refusal } = &self.answered;
        let name = match route {
            Some(route) => format!("{method} {route}"),
            None => (*method).to_owned(),
        };
        let text = |key: &str, value: Option<&str>| {
            value.map(|value| json!({ "key": key, "value": { "stringValue": value } }))
        };
        let refusal: Option<String> = refusal.as_ref().map(|text| text.chars().take(REFUSAL).collect());
        let attributes: Vec<Value> = [
            text("http.request.method", Some(method)),
            text("http.route", route.as_deref()),
            // 64-bit integers are texts in the JSON of protocol buffers.
            status.map(
                |status| json!({ "key": "http.response.status_code", "value": { "intValue": status.to_string() } }),
            ),
            text("dragoman.dialect", *dialect),
            text("dragoman.mount", mount.as_deref()),
            text("dragoman.refusal", refusal.as_deref()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut value = json!({
            "traceId": self.trace,
            "spanId": self.id,
            "name": name,
            "kind": SERVER,
            "startTimeUnixNano": self.begun_at.to_string(),
            "endTimeUnixNano": self.ended_at.to_string(),
            "attributes": attributes,
        });
        if let Value::Object(members) = &mut value {
            if let Some(parent) = &self.parent {
                members.insert("parentSpanId".to_owned(), parent.as_str().into());
            }
            if status.is_none_or(|status| status >= 500) {
                members.insert("status".to_owned(), json!({ "code": ERROR }));
            }
        }
        value
    }
}

/// What `POST /v1/traces` takes.
pub(crate) fn request(service: &str, instance: &str, spans: &[Span]) -> Value {
    let attribute = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let resource = [
        attribute("service.name", service),
        attribute("service.version", env!("CARGO_PKG_VERSION")),
        attribute("service.instance.id", instance),
    ];
    let spans: Vec<Value> = spans.iter().map(Span::value).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{ "scope": { "name": "dragoman" }, "spans": spans }],
    }] })
}
