//! The last look before a recording is written: is a known secret still in it, however it is written there?

use std::fmt;

use aho_corasick::AhoCorasick;
use dragoman_fixtures::{Body, Recording};

use crate::redaction::kinds::Kind;
use crate::redaction::secrets::Secrets;
use crate::redaction::spellings::{inside_base64, spellings};

/// A secret that is left, and where; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The place.
    pub place: String,
    /// How it is written there.
    pub written: &'static str,
}

impl fmt::Display for Left {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}: a known secret is left ({})", self.place, self.written)
    }
}

/// Shorter writings stand somewhere by chance.
const SHORTEST: usize = 8;

/// What is left of the distinctive secrets in a redacted recording. `invented`: a secret's pseudonym, if it has one.
pub(crate) fn left<'a>(
    recording: &Recording,
    secrets: &Secrets,
    invented: impl Fn(&str) -> Option<&'a Vec<u8>>,
) -> Vec<Left> {
    let names: Vec<&str> = secrets.names.iter().map(String::as_str).collect();
    let mut sought = Vec::new();
    let distinctive = secrets.values.iter().filter(|(value, _)| secrets.is_distinctive(value));
    for (value, kind) in distinctive {
        // What became itself (a token without anything to exchange) is no secret.
        if invented(value).is_some_and(|invented| invented == value.as_bytes()) {
            continue;
        }
        let own: &[&str] = if *kind == Kind::Password { &names } else { &[] };
        let written = spellings(value, own).into_iter().chain(inside_base64(value));
        sought.extend(written.filter(|(_, needle)| needle.len() >= SHORTEST));
    }
    let Ok(automaton) = AhoCorasick::new(sought.iter().map(|(_, needle)| needle)) else { return Vec::new() };
    let mut left = Vec::new();
    let mut look = |place: String, bytes: &[u8]| {
        let found = automaton.find(bytes).and_then(|found| sought.get(found.pattern().as_usize()));
        left.extend(found.map(|(written, _)| Left { place, written }));
    };
    if let Some(given) = &recording.given {
        look("the state before the first step".into(), given.to_string().as_bytes());
    }
    for (index, exchange) in recording.exchanges.iter().enumerate() {
        let (request, answer) = (&exchange.request, &exchange.answer);
        let at = |what: &str| format!("exchange {}, {what}", index + 1);
        look(at("target"), request.target.as_bytes());
        for (whose, headers, body) in
            [("request", &request.headers, &request.body), ("answer", &answer.headers, &answer.body)]
        {
            for (name, value) in &headers.0 {
                look(at(&format!("{whose} header {name}")), value.as_bytes());
            }
            match body {
                Body::Bytes(bytes) => look(at(&format!("{whose} body")), bytes),
                Body::Value(value) => look(at(&format!("{whose} body")), value.to_string().as_bytes()),
                Body::Form(fields) => {
                    fields.iter().for_each(|(_, value)| look(at(&format!("{whose} body")), value.as_bytes()))
                }
                Body::None | Body::Lost => {}
            }
        }
        for value in &exchange.before {
            look(at("what was done before"), value.to_string().as_bytes());
        }
    }
    left
}
