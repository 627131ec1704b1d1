//! What is somebody's goes out of a recording before anything reaches a disk: each secret gives way to an invented value of its form,
//! in its fields, and by its value wherever the same value stands again, however it is written there.

mod fields;
mod jwt;
mod kinds;
mod last_pass;
mod masks;
mod pseudonym;
mod secrets;
mod spellings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use dragoman_fixtures::{Body, Exchange, Headers, Mounted, Recording};
use regex::bytes::Regex;

pub use self::last_pass::Left;
pub use self::pseudonym::Pseudonyms;

use self::fields::{Field, of_body, of_cookies, of_target};
pub(crate) use self::kinds::Roles;
pub(crate) use self::secrets::tokens;

use self::kinds::{FieldKinds, Kind};
use self::secrets::{CAPTCHA_ANSWER, Secrets};
use self::spellings::spellings;

/// Texts inside of texts are looked into so deep.
const DEEPEST: usize = 3;

/// How often each kind of secret was found, for a person to read.
pub type Found = BTreeMap<&'static str, usize>;

/// A recording without its secrets, and what was found in it.
///
/// # Errors
/// A known secret is still in it; where.
pub fn redact(
    recording: &Recording,
    dialects: &[Mounted],
    pseudonyms: &Pseudonyms,
) -> Result<(Recording, Found), Vec<Left>> {
    let roles = Roles::new(dialects);
    let secrets = Secrets::of(recording, &roles);
    let redaction = Redaction::new(&secrets, &roles, pseudonyms);
    let redacted = Recording {
        writer: recording.writer.clone(),
        exchanges: recording.exchanges.iter().map(|exchange| redaction.exchange(exchange)).collect(),
        losses: recording.losses.clone(),
        given: recording.given.as_ref().map(|given| redaction.value(given)),
        fixture: None,
    };
    let left = last_pass::left(&redacted, &secrets, |value| redaction.invented.get(value.as_bytes()));
    if !left.is_empty() {
        return Err(left);
    }
    let mut found = Found::new();
    for kind in secrets.values.values() {
        *found.entry(named(*kind)).or_default() += 1;
    }
    Ok((redacted, found))
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Password => "passwords and keys",
        Kind::Token => "tokens",
        Kind::Email => "e-mail addresses",
        Kind::Code => "codes",
        Kind::NetworkAddress => "network addresses",
    }
}

struct Redaction<'a> {
    roles: &'a Roles,
    pseudonyms: &'a Pseudonyms,
    secrets: &'a Secrets,
    /// Each writing of each secret, and the same writing of its pseudonym.
    invented: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The distinctive ones, in the automaton's order, and whether they count only where no letter touches them.
    sought: Vec<(Vec<u8>, bool)>,
    automaton: Option<AhoCorasick>,
    addresses: Vec<(String, String)>,
}

impl<'a> Redaction<'a> {
    fn new(secrets: &'a Secrets, roles: &'a Roles, pseudonyms: &'a Pseudonyms) -> Self {
        let mut redaction = Self {
            roles,
            pseudonyms,
            secrets,
            invented: BTreeMap::new(),
            sought: Vec::new(),
            automaton: None,
            addresses: Vec::new(),
        };
        // Passwords first: a digest in another field is that of one of them, and keys sign tokens.
        for wanted in [Kind::Password, Kind::Email, Kind::NetworkAddress, Kind::Code] {
            redaction.learn(wanted);
        }
        redaction.compile();
        redaction.learn(Kind::Token);
        redaction.compile();
        redaction
    }

    fn learn(&mut self, wanted: Kind) {
        let names: Vec<&str> = self.secrets.names.iter().map(String::as_str).collect();
        // What a page made of a password comes after it: its pseudonym is made of the password's.
        let mut values: Vec<&String> =
            self.secrets.values.iter().filter(|(_, kind)| **kind == wanted).map(|(value, _)| value).collect();
        let made = if wanted == Kind::Password { self.made_of_passwords(&names) } else { BTreeSet::new() };
        values.sort_by_key(|value| made.contains(value.as_bytes()));
        for value in values {
            // What is another secret digested or in other letters has its pseudonym already.
            let known = self.invented.get(value.as_bytes()).and_then(|bytes| String::from_utf8(bytes.clone()).ok());
            let pseudonym = known.unwrap_or_else(|| self.pseudonym(value, wanted));
            if wanted == Kind::Email {
                self.addresses.push((value.clone(), pseudonym.clone()));
            }
            let bounded = value.len() < 12 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let distinctive = self.secrets.is_distinctive(value);
            let own: &[&str] = if wanted == Kind::Password { &names } else { &[] };
            for ((label, old), (_, new)) in spellings(value, own).into_iter().zip(spellings(&pseudonym, own)) {
                // A weak secret is replaced whole, in its fields only; its digests are as telling as any.
                let is_digest = label.eq_ignore_ascii_case("md5") || label == "php page";
                let sought = (distinctive || is_digest) && old.len() >= 6 && !self.invented.contains_key(&old);
                if sought {
                    self.sought.push((old.clone(), bounded && !is_digest));
                }
                if distinctive || is_digest || label == "plain" {
                    self.invented.entry(old).or_insert(new);
                }
            }
        }
    }

    /// What is made of passwords: digests, and what old pages pack them into.
    fn made_of_passwords(&self, names: &[&str]) -> BTreeSet<Vec<u8>> {
        let passwords = self.secrets.values.iter().filter(|(_, kind)| **kind == Kind::Password);
        let made = |(value, _): (&'a String, &Kind)| {
            spellings(value, names).into_iter().map(|(_, spelt)| spelt).filter(|spelt| spelt != value.as_bytes())
        };
        passwords.flat_map(made).collect()
    }

    fn pseudonym(&self, value: &str, kind: Kind) -> String {
        match kind {
            Kind::Email => self.pseudonyms.of_email(value),
            Kind::NetworkAddress => {
                value.parse().map_or_else(|_| value.to_owned(), |address| self.pseudonyms.of_network_address(address))
            }
            Kind::Token => {
                // What is only another secret packed becomes its pseudonym packed.
                let packed = self.repacked(value.as_bytes(), 0).and_then(|packed| String::from_utf8(packed).ok());
                if let Some(packed) = packed {
                    return packed;
                }
                let invented = |text: &str| self.pseudonyms.of_text(text);
                jwt::redacted(value, &self.keys(), |payload| self.sought_in(payload, DEEPEST), invented)
            }
            Kind::Password | Kind::Code => self.pseudonyms.of_text(value),
        }
    }

    fn keys(&self) -> Vec<(&str, String)> {
        let keys = self.secrets.values.iter().filter(|(_, kind)| **kind == Kind::Password);
        keys.map(|(key, _)| (key.as_str(), self.pseudonyms.of_text(key))).collect()
    }

    fn compile(&mut self) {
        let needles = self.sought.iter().map(|(needle, _)| needle);
        self.automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(needles).ok();
    }

    fn exchange(&self, exchange: &Exchange) -> Exchange {
        let mut redacted = exchange.clone();
        let kinds = self.roles.at(&exchange.request.target);
        let target =
            self.in_fields(exchange.request.target.as_bytes(), of_target(&exchange.request.target), kinds, true);
        redacted.request.target = text_of(self.sought_in(&target, 0), &exchange.request.target);
        redacted.request.headers = self.headers(&exchange.request.headers, kinds, true);
        redacted.answer.headers = self.headers(&exchange.answer.headers, kinds, false);
        redacted.request.body = self.body(&exchange.request.body, &mut redacted.request.headers, kinds, true);
        redacted.answer.body = self.body(&exchange.answer.body, &mut redacted.answer.headers, kinds, false);
        redacted.before = exchange.before.iter().map(|value| self.value(value)).collect();
        redacted
    }

    /// A JSON value of the state.
    fn value(&self, value: &serde_json::Value) -> serde_json::Value {
        let text = self.text(value.to_string().as_bytes(), "application/json", self.roles.of_state(), true);
        serde_json::from_slice(&text).unwrap_or(serde_json::Value::Null)
    }

    fn headers(&self, headers: &Headers, kinds: &FieldKinds, sent: bool) -> Headers {
        let line = |(name, value): &(String, String)| {
            let lower = name.to_ascii_lowercase();
            let cookies = match lower.as_str() {
                "cookie" => of_cookies(value, false),
                "set-cookie" => of_cookies(value, true),
                _ => Vec::new(),
            };
            let whole = secrets::last_word(value);
            let own = self.invented.get(whole.as_bytes()).filter(|_| cookies.is_empty());
            let is_own = lower == CAPTCHA_ANSWER || secrets::recognises(&lower) || (sent && secrets::is_bearer(value));
            let bytes = match own.filter(|_| is_own) {
                Some(invented) => {
                    let before = value.trim_end().len() - whole.len();
                    [value.as_bytes().get(..before).unwrap_or_default(), invented].concat()
                }
                None if cookies.is_empty() => self.in_fields(value.as_bytes(), of_target(value), kinds, sent),
                None => self.in_cookies(value.as_bytes(), cookies),
            };
            (name.clone(), text_of(self.sought_in(&bytes, 0), value))
        };
        Headers(headers.0.iter().map(line).collect())
    }

    /// A body; the length that a header states goes with it.
    fn body(&self, body: &Body, headers: &mut Headers, kinds: &FieldKinds, sent: bool) -> Body {
        let Body::Bytes(bytes) = body else { return body.clone() };
        let redacted = self.text(bytes, &headers.media_type(), kinds, sent);
        let (before, after) = (bytes.len(), redacted.len());
        if before != after && headers.content_length() == Some(before) {
            for (_, value) in headers.0.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
                *value = after.to_string();
            }
        }
        Body::Bytes(redacted)
    }

    fn text(&self, bytes: &[u8], media_type: &str, kinds: &FieldKinds, sent: bool) -> Vec<u8> {
        let bytes = self.in_fields(bytes, of_body(bytes, media_type), kinds, sent);
        masks::replaced(self.sought_in(&bytes, 0), &self.addresses)
    }

    /// Secrets in their own fields, whatever they are.
    fn in_fields(&self, bytes: &[u8], fields: Vec<Field>, kinds: &FieldKinds, sent: bool) -> Vec<u8> {
        // `next=/page?token=...`: what an address in a field says, as it stands or percent-encoded.
        let open = fields.into_iter().flat_map(|field| fields::opened(bytes, field)).collect::<Vec<_>>();
        replaced(bytes, &open, |field| {
            let within = || {
                let inner = of_target(&field.value);
                let again = replaced(field.value.as_bytes(), &inner, |inner| self.own(inner, kinds, sent).cloned());
                (again != field.value.as_bytes()).then_some(again)
            };
            self.own(field, kinds, sent).cloned().or_else(within)
        })
    }

    /// What a field's secret gives way to.
    fn own(&self, field: &Field, kinds: &FieldKinds, sent: bool) -> Option<&Vec<u8>> {
        kinds.get(&field.name).filter(|kind| sent || *kind != Kind::Code)?;
        self.invented.get(field.value.as_bytes()).filter(|_| self.secrets.values.contains_key(&field.value))
    }

    fn in_cookies(&self, bytes: &[u8], cookies: Vec<Field>) -> Vec<u8> {
        replaced(bytes, &cookies, |cookie| self.invented.get(cookie.value.as_bytes()).cloned())
    }

    /// Distinctive secrets wherever they stand, also inside of base64.
    fn sought_in(&self, bytes: &[u8], depth: usize) -> Vec<u8> {
        let Some(automaton) = &self.automaton else { return bytes.to_vec() };
        let packed = if depth < DEEPEST { self.in_base64(bytes, depth) } else { bytes.to_vec() };
        let (mut written, mut copied) = (Vec::with_capacity(packed.len()), 0);
        for found in automaton.find_iter(&packed) {
            let Some((needle, bounded)) = self.sought.get(found.pattern().as_usize()) else { continue };
            if *bounded && touches(&packed, found.start(), found.end()) {
                continue;
            }
            written.extend_from_slice(packed.get(copied..found.start()).unwrap_or_default());
            written.extend_from_slice(self.invented.get(needle).unwrap_or(needle));
            copied = found.end();
        }
        written.extend_from_slice(packed.get(copied..).unwrap_or_default());
        written
    }

    fn in_base64(&self, bytes: &[u8], depth: usize) -> Vec<u8> {
        static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)[A-Za-z0-9+/_-]{12,}={0,2}").ok());
        let (mut written, mut copied) = (Vec::with_capacity(bytes.len()), 0);
        for run in RUN.iter().flat_map(|run| run.find_iter(bytes)) {
            let again =
                if self.invented.contains_key(run.as_bytes()) { None } else { self.repacked(run.as_bytes(), depth) };
            if let Some(again) = again {
                written.extend_from_slice(bytes.get(copied..run.start()).unwrap_or_default());
                written.extend_from_slice(&again);
                copied = run.end();
            }
        }
        written.extend_from_slice(bytes.get(copied..).unwrap_or_default());
        written
    }

    /// A base64 text with what is inside of it redacted; `None` if it is none, or nothing in it changes.
    fn repacked(&self, run: &[u8], depth: usize) -> Option<Vec<u8>> {
        let url = run.iter().any(|byte| matches!(byte, b'-' | b'_'));
        let padded = run.ends_with(b"=") || run.len().is_multiple_of(4);
        let config = GeneralPurposeConfig::new()
            .with_encode_padding(padded)
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let engine = GeneralPurpose::new(if url { &alphabet::URL_SAFE } else { &alphabet::STANDARD }, config);
        let inside = engine.decode(run).ok()?;
        let again = self.sought_in(&inside, depth + 1);
        (again != inside).then(|| engine.encode(again).into_bytes())
    }
}

/// Fields whose value has a pseudonym, written anew.
fn replaced(bytes: &[u8], fields: &[Field], invented: impl Fn(&Field) -> Option<Vec<u8>>) -> Vec<u8> {
    let (mut written, mut copied) = (Vec::with_capacity(bytes.len()), 0);
    for field in fields {
        let Some(value) = invented(field) else { continue };
        let before = bytes.get(field.range.clone()).unwrap_or_default();
        written.extend_from_slice(bytes.get(copied..field.range.start).unwrap_or_default());
        written.extend(field.written.write(&String::from_utf8_lossy(&value), before));
        copied = field.range.end;
    }
    written.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    written
}

fn touches(bytes: &[u8], start: usize, end: usize) -> bool {
    let letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    letter(start.checked_sub(1)) || letter(Some(end))
}

fn text_of(bytes: Vec<u8>, otherwise: &str) -> String {
    String::from_utf8(bytes).unwrap_or_else(|_| otherwise.to_owned())
}

#[cfg(test)]
mod tests;
