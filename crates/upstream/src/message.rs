//! What is asked of an old server, and what it answers.

use dragoman_wire::Headers;

use crate::unavailable::digest;

/// A question with its whole body.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// Path and query, e.g. `/api/login/?a=b`, percent-encoded; below the folder of the operator's URL.
    pub target: String,
    /// As the old clients sent them. `Host`, `Content-Length` and `Connection` are the client's own business.
    pub headers: Headers,
    /// May be empty.
    pub body: Vec<u8>,
}

impl Request {
    /// A `GET`.
    pub fn get(target: impl Into<String>) -> Self {
        Self { method: "GET", target: target.into(), headers: Headers::default(), body: Vec::new() }
    }

    /// A `POST` of a body of this type.
    pub fn post(target: impl Into<String>, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = Self { method: "POST", target: target.into(), headers: Headers::default(), body: body.into() };
        request.with("Content-Type", content_type)
    }

    /// Another method.
    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    /// One more header. Control characters are taken out of the value.
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().iter().filter(|byte| !byte.is_ascii_control() || **byte == b'\t');
        self.headers.push(name, value.copied().collect::<Vec<u8>>());
        self
    }

    /// Whether asking twice does no more than asking once.
    pub(crate) fn is_idempotent(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS")
    }
}

/// An answer with its whole body, chunks joined. No redirect was followed.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// With names as the old server wrote them.
    pub headers: Headers,
    /// Bounded.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of the first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?).ok()
    }

    /// The cookies it sets, in their order: names and values.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.all("Set-Cookie").filter_map(|line| {
            let pair = std::str::from_utf8(line).ok()?.split(';').next()?;
            let (name, value) = pair.split_once('=')?;
            Some((name.trim(), value.trim()))
        })
    }

    /// By which a log can tell that the same body came again, without showing it.
    pub fn digest(&self) -> String {
        digest(&self.body)
    }
}
