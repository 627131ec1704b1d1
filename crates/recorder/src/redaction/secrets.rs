//! What in a recording is somebody's secret: by the name of the field it stands in, by the header, by its form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dragoman_fixtures::{Body, Exchange, Headers, Recording};
use regex::Regex;

use crate::redaction::fields::{Field, of_body, of_cookies, of_target};
use crate::redaction::jwt;
use crate::redaction::kinds::{FieldKinds, Kind, Roles};

/// Headers whose last word recognises somebody.
const IDENTIFYING: [&str; 6] =
    ["authorization", "proxy-authorization", "token", "x-token", "x-auth-token", "x-api-key"];
/// Headers in which a proxy says where somebody sits.
const LOCATING: [&str; 4] = ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip"];
/// In which a server under test tells the answer of a captcha.
pub(crate) const CAPTCHA_ANSWER: &str = "x-dragoman-captcha-answer";

const SHORTEST_COOKIE: usize = 8;

static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9._+-]{1,200}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}").ok());
static RANDOM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:[0-9A-Za-z_-]{16,}|[0-9A-Za-z+/]{20,}={0,2})$").ok());

/// What an exchange is recognised by: tokens that the request sends, and those that the answer gives.
pub(crate) fn tokens(exchange: &Exchange, roles: &Roles) -> (Vec<String>, Vec<String>) {
    let kinds = roles.at(&exchange.request.target);
    let of = |headers: &Headers, body: &Body, sent: bool| {
        let mut secrets = Secrets::none(roles);
        if sent {
            secrets.fields(&of_target(&exchange.request.target), kinds, sent);
        }
        secrets.message(headers, body, kinds, sent);
        let tokens = secrets.values.into_iter().filter(|(value, kind)| *kind == Kind::Token && value.len() >= 8);
        tokens.map(|(value, _)| value).collect()
    };
    let (request, answer) = (&exchange.request, &exchange.answer);
    (of(&request.headers, &request.body, true), of(&answer.headers, &answer.body, false))
}

/// The secrets of one recording.
pub(crate) struct Secrets {
    /// Value and kind.
    pub(crate) values: BTreeMap<String, Kind>,
    /// Texts that mean something else too: names of members, headers and routes. A secret that is such a word is replaced in its fields only.
    words: BTreeSet<String>,
    /// Login names, which some pages mix into digests.
    pub(crate) names: Vec<String>,
}

impl Secrets {
    fn none(roles: &Roles) -> Self {
        Self { values: BTreeMap::new(), words: roles.words().cloned().collect(), names: Vec::new() }
    }

    pub(crate) fn of(recording: &Recording, roles: &Roles) -> Self {
        let mut secrets = Self::none(roles);
        if let Some(given) = &recording.given {
            secrets.fields(&of_body(given.to_string().as_bytes(), "application/json"), roles.of_state(), true);
            secrets.addresses(&given.to_string());
        }
        for exchange in &recording.exchanges {
            secrets.exchange(exchange, roles);
        }
        secrets
    }

    fn exchange(&mut self, exchange: &Exchange, roles: &Roles) {
        let (request, answer) = (&exchange.request, &exchange.answer);
        let kinds = roles.at(&request.target);
        self.fields(&of_target(&request.target), kinds, true);
        self.addresses(&request.target);
        let segments = request.target.split('?').next().unwrap_or_default().split('/');
        self.words.extend(
            segments.filter(|segment| !segment.contains(|letter: char| letter.is_ascii_digit())).map(str::to_owned),
        );
        self.message(&request.headers, &request.body, kinds, true);
        self.message(&answer.headers, &answer.body, kinds, false);
        for value in &exchange.before {
            self.addresses(&value.to_string());
        }
    }

    fn message(&mut self, headers: &Headers, body: &Body, kinds: &FieldKinds, sent: bool) {
        self.headers(headers, kinds, sent);
        if let Body::Bytes(bytes) = body {
            self.fields(&of_body(bytes, &headers.media_type()), kinds, sent);
            self.addresses(&String::from_utf8_lossy(bytes));
        }
    }

    fn fields(&mut self, fields: &[Field], kinds: &FieldKinds, sent: bool) {
        for field in fields {
            self.field(field, kinds, sent);
            // `next=/page?token=...`: what an address in a field says.
            of_target(&field.value).iter().for_each(|inner| self.field(inner, kinds, sent));
        }
    }

    fn field(&mut self, field: &Field, kinds: &FieldKinds, sent: bool) {
        self.words.insert(field.name.clone());
        self.addresses(&field.value);
        match kinds.get(&field.name) {
            Some(Kind::Password) => self.password(&field.value),
            // An answer's `code` is a status; the solution of a puzzle is only ever sent.
            Some(Kind::Code) if !sent => {}
            // A mask is no address; its letters are those of one.
            Some(Kind::Email) if !field.value.contains('@') || field.value.contains("**") => {}
            Some(kind) => self.add(&field.value, kind),
            None if !sent && is_random(&field.value) => self.add(&field.value, Kind::Token),
            None if ["username", "name", "login"].contains(&field.name.as_str()) => self.name(&field.value),
            None => {}
        }
    }

    fn name(&mut self, name: &str) {
        if self.names.len() < 32 && name.len() <= 64 && !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    /// A password, and what it hides if an old page turned it round and packed it.
    fn password(&mut self, value: &str) {
        self.add(value, Kind::Password);
        let turned = |bytes: Vec<u8>| String::from_utf8(bytes).ok().map(|text| text.chars().rev().collect::<String>());
        let once = |text: &str| turned(STANDARD.decode(text).ok()?);
        if let Some(plain) = once(value).and_then(|text| once(&text)) {
            self.add(&plain, Kind::Password);
        }
    }

    fn headers(&mut self, headers: &Headers, kinds: &FieldKinds, sent: bool) {
        for (name, value) in &headers.0 {
            let lower = name.to_ascii_lowercase();
            self.words.insert(name.clone());
            // `Referer` and `Location` are addresses with a query.
            self.fields(&of_target(value), kinds, sent);
            if lower == "cookie" || lower == "set-cookie" {
                // Shorter ones recognise nobody: they are settings, and words such as `deleted`.
                let cookies = of_cookies(value, lower == "set-cookie");
                let telling = cookies.iter().filter(|cookie| cookie.value.len() >= SHORTEST_COOKIE);
                telling.for_each(|cookie| self.add(&cookie.value, Kind::Token));
            } else if is_identifying(&lower) || (sent && is_bearer(value)) {
                self.credential(value);
            } else if lower == CAPTCHA_ANSWER {
                self.add(value, Kind::Code);
            } else if LOCATING.contains(&lower.as_str()) {
                value.split([',', ' ', ';', '=', '"']).for_each(|part| self.add(part, Kind::NetworkAddress));
            } else if !sent && !is_general(&lower) && is_random(value) {
                self.add(value, Kind::Token);
            }
            self.addresses(value);
        }
    }

    /// What follows the scheme; of `Basic` the password in it.
    fn credential(&mut self, value: &str) {
        let word = last_word(value);
        let basic = value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "));
        let pair = STANDARD.decode(word).ok().filter(|_| basic).and_then(|bytes| String::from_utf8(bytes).ok());
        match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            Some((_, password)) => self.password(password),
            None => self.add(word, Kind::Token),
        }
    }

    fn addresses(&mut self, text: &str) {
        let masked = |start: usize| text.get(..start).is_some_and(|before| before.ends_with('*'));
        let found = EMAIL.iter().flat_map(|email| email.find_iter(text)).filter(|found| !masked(found.start()));
        found.for_each(|address| self.add(address.as_str(), Kind::Email));
    }

    fn add(&mut self, value: &str, kind: Kind) {
        let is_address = value.parse::<std::net::IpAddr>().is_ok();
        // What has nothing to exchange, and what is endless, is no secret of anybody.
        let exchangeable = value.chars().any(char::is_alphanumeric) && value.len() <= 64 * 1024;
        if exchangeable && (kind == Kind::NetworkAddress) == is_address {
            self.values.entry(value.to_owned()).or_insert(kind);
        }
    }

    /// Whether a secret can be looked for by its value alone: long enough, and no word that means something else.
    pub(crate) fn is_distinctive(&self, value: &str) -> bool {
        let letters = value.chars().filter(|letter| letter.is_alphanumeric()).count();
        let mixed = value.contains(|letter: char| letter.is_ascii_digit()) && value.contains(char::is_alphabetic);
        let long = letters >= 8 || (letters >= 6 && mixed) || (letters >= 2 && !value.is_ascii() && value.len() >= 6);
        long && self.values.get(value) != Some(&Kind::Code) && !self.words.contains(value)
    }
}

/// What stands behind the scheme, if there is one; a scheme alone is no credential.
pub(crate) fn last_word(value: &str) -> &str {
    let word = value.trim_end().rsplit([' ', '\t', ',']).next().unwrap_or_default();
    let is_scheme = ["bearer", "basic", "digest", "token"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    if is_scheme { "" } else { word }
}

/// Whether a header, by its lower case name, recognises somebody or says where somebody sits.
pub(crate) fn recognises(lower: &str) -> bool {
    is_identifying(lower) || LOCATING.contains(&lower)
}

fn is_identifying(lower: &str) -> bool {
    IDENTIFYING.contains(&lower) || lower.ends_with("-token") || lower.contains("session")
}

/// Whatever the header of a request is called; an answer's is a challenge.
pub(crate) fn is_bearer(value: &str) -> bool {
    value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
}

/// Headers whose values are nobody's.
fn is_general(lower: &str) -> bool {
    lower.starts_with("access-control-")
        || lower.starts_with("content-")
        || [
            "server",
            "date",
            "vary",
            "allow",
            "etag",
            "location",
            "cache-control",
            "expires",
            "last-modified",
            "connection",
        ]
        .contains(&lower)
}

/// Letters and digits without a sense, as tokens and keys are.
fn is_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let cases = value.contains(|letter: char| letter.is_ascii_lowercase())
        && value.contains(|letter: char| letter.is_ascii_uppercase());
    let letters = value.contains(|letter: char| letter.is_ascii_alphabetic());
    let is_picture = ["/9j/", "iVBORw0KGgo", "R0lGOD"].iter().any(|start| value.starts_with(start));
    // `user_dn6m0cmag7lf664` is a name that was made up for somebody, not what somebody is recognised by.
    let is_name = value.split_once('_').is_some_and(|(word, rest)| {
        !rest.contains('_') && (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    jwt::is_one(value)
        || (value.len() <= 4096
            && !is_name
            && letters
            && !is_picture
            && (digits >= 2 || cases)
            && RANDOM.as_ref().is_some_and(|random| random.is_match(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token() {
        for token in
            ["0123456789abcdef0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOjF9.c2lnbmF0dXJl", "AbCdEfGhIjKlMnOpQr"]
        {
            assert!(is_random(token), "{token}");
        }
        for word in ["internationalisation", "application/json", "2026-11-28", "1795819092000000", "Hello World", ""] {
            assert!(!is_random(word), "{word}");
        }
    }
}
