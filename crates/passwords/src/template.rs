use std::fmt;

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::error::UnknownScheme;
use super::hex;

const MAX_LENGTH: usize = 256;
const MAX_DEPTH: usize = 8;

/// How an old database made a digest of a password, as a formula: `md5(md5($p).$s)`.
///
/// Terms are `$p` (password), `$s` (salt), `$u` (user name), `HASH(terms)` and `hmac_HASH(key terms, message terms)`, with
/// HASH one of md5, sha1, sha224, sha256, sha384, sha512, sha512_224, sha512_256, sha3_224 to sha3_512, blake2b, blake2s,
/// ripemd160, sm3; `.` joins. Each function gives lower-case hex digits; `unhex(terms)` the bytes behind such. The whole
/// must be one hash function and use `$p`. At most 256 characters, functions at most 8 deep.
#[derive(Clone, PartialEq, Eq)]
pub struct Template(Call);

#[derive(Clone, PartialEq, Eq)]
enum Term {
    Password,
    Salt,
    Username,
    Unhex(Vec<Term>),
    Call(Call),
}

#[derive(Clone, PartialEq, Eq)]
enum Call {
    Hash(Algorithm, Vec<Term>),
    Hmac(Algorithm, Vec<Term>, Vec<Term>),
}

impl Template {
    /// Reads a formula; blanks between its parts and the case of function names do not matter.
    pub fn parse(text: &str) -> Result<Self, UnknownScheme> {
        if text.len() > MAX_LENGTH {
            return Err(UnknownScheme::Template("longer than 256 characters"));
        }
        let mut parser = Parser { rest: text };
        let terms = parser.terms(0)?;
        parser.end()?;
        let mut terms = terms.into_iter();
        let (Some(Term::Call(call)), None) = (terms.next(), terms.next()) else {
            return Err(UnknownScheme::Template("the outermost part must be one hash function"));
        };
        if !call.uses(&Term::Password) {
            return Err(UnknownScheme::Template("$p is missing"));
        }
        Ok(Self(call))
    }

    /// MD5 of the password, the digest of medusa's database and of php's variant A.
    pub(super) fn md5() -> Self {
        Self(Call::Hash(Algorithm::Md5, vec![Term::Password]))
    }

    /// One hash of salt and password, without a salt of the password alone.
    pub(super) fn salted(algorithm: Algorithm) -> Self {
        Self(Call::Hash(algorithm, vec![Term::Salt, Term::Password]))
    }

    /// One hash of the password alone.
    pub(super) fn plain(algorithm: Algorithm) -> Self {
        Self(Call::Hash(algorithm, vec![Term::Password]))
    }

    /// One hash of password and salt, whose bytes are kept in hex.
    pub(super) fn salted_by_bytes(algorithm: Algorithm) -> Self {
        Self(Call::Hash(algorithm, vec![Term::Password, Term::Unhex(vec![Term::Salt])]))
    }

    /// The hash of the bytes of the hash.
    pub(super) fn doubled(algorithm: Algorithm) -> Self {
        let inner = Term::Call(Call::Hash(algorithm, vec![Term::Password]));
        Self(Call::Hash(algorithm, vec![Term::Unhex(vec![inner])]))
    }

    /// HMAC with the salt as key.
    pub(super) fn keyed(algorithm: Algorithm) -> Self {
        Self(Call::Hmac(algorithm, vec![Term::Salt], vec![Term::Password]))
    }

    pub(super) fn uses_salt(&self) -> bool {
        self.0.uses(&Term::Salt)
    }

    /// Whether the salt has to be hex digits.
    pub(super) fn wants_hex_salt(&self) -> bool {
        self.0.uses(&Term::Unhex(vec![Term::Salt]))
    }

    pub(super) fn uses_username(&self) -> bool {
        self.0.uses(&Term::Username)
    }

    /// The formula with the salt in the place of the user name.
    pub(super) fn with_username_as_salt(self) -> Self {
        Self(self.0.with_username_as_salt())
    }

    /// The outermost hash function, whose digest is stored.
    pub(super) fn algorithm(&self) -> Algorithm {
        match self.0 {
            Call::Hash(algorithm, _) | Call::Hmac(algorithm, ..) => algorithm,
        }
    }

    /// The digest as bytes.
    pub(super) fn digest(&self, password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
        self.0.digest(password, salt)
    }
}

impl Term {
    fn uses(&self, term: &Self) -> bool {
        match self {
            Self::Call(call) => call.uses(term),
            Self::Unhex(terms) => self == term || terms.iter().any(|inner| inner.uses(term)),
            other => other == term,
        }
    }

    fn with_username_as_salt(self) -> Self {
        match self {
            Self::Username => Self::Salt,
            Self::Unhex(terms) => Self::Unhex(terms.into_iter().map(Self::with_username_as_salt).collect()),
            Self::Call(call) => Self::Call(call.with_username_as_salt()),
            other => other,
        }
    }
}

impl Call {
    fn uses(&self, term: &Term) -> bool {
        let any = |terms: &[Term]| terms.iter().any(|inner| inner.uses(term));
        match self {
            Self::Hash(_, message) => any(message),
            Self::Hmac(_, key, message) => any(key) || any(message),
        }
    }

    fn with_username_as_salt(self) -> Self {
        let all = |terms: Vec<Term>| terms.into_iter().map(Term::with_username_as_salt).collect();
        match self {
            Self::Hash(algorithm, message) => Self::Hash(algorithm, all(message)),
            Self::Hmac(algorithm, key, message) => Self::Hmac(algorithm, all(key), all(message)),
        }
    }

    fn digest(&self, password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Hash(algorithm, message) => algorithm.digest(&joined(message, password, salt)),
            Self::Hmac(algorithm, key, message) => {
                algorithm.hmac(&joined(key, password, salt), &joined(message, password, salt))
            }
        })
    }
}

fn joined(terms: &[Term], password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::new());
    for term in terms {
        match term {
            Term::Password => bytes.extend_from_slice(password),
            // A user name is bound as the salt before anything is computed (Recipe::new).
            Term::Salt | Term::Username => bytes.extend_from_slice(salt),
            // What is no hex has no bytes behind it; a salt is checked when it is bound (Recipe::new).
            Term::Unhex(terms) => {
                let digits = joined(terms, password, salt);
                let decoded = std::str::from_utf8(&digits).ok().and_then(hex::decode);
                bytes.extend_from_slice(&Zeroizing::new(decoded.unwrap_or_default()));
            }
            Term::Call(call) => bytes.extend_from_slice(hex::encode(&call.digest(password, salt)).as_bytes()),
        }
    }
    bytes
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Template({self})")
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(algorithm, message) => {
                write!(formatter, "{}({})", algorithm.name(), written(message))
            }
            Self::Hmac(algorithm, key, message) => {
                write!(formatter, "hmac_{}({},{})", algorithm.name(), written(key), written(message))
            }
        }
    }
}

fn written(terms: &[Term]) -> String {
    terms.iter().map(Term::to_string).collect::<Vec<_>>().join(".")
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password => formatter.write_str("$p"),
            Self::Salt => formatter.write_str("$s"),
            Self::Username => formatter.write_str("$u"),
            Self::Unhex(terms) => write!(formatter, "unhex({})", written(terms)),
            Self::Call(call) => call.fmt(formatter),
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn terms(&mut self, depth: usize) -> Result<Vec<Term>, UnknownScheme> {
        let mut terms = vec![self.term(depth)?];
        while self.takes(".") {
            terms.push(self.term(depth)?);
        }
        Ok(terms)
    }

    fn term(&mut self, depth: usize) -> Result<Term, UnknownScheme> {
        for (variable, term) in [("$p", Term::Password), ("$s", Term::Salt), ("$u", Term::Username)] {
            if self.takes(variable) {
                return Ok(term);
            }
        }
        if depth == MAX_DEPTH {
            return Err(UnknownScheme::Template("functions are nested too deep"));
        }
        let name = self.name();
        if name == "unhex" {
            self.expect("(")?;
            let terms = self.terms(depth + 1)?;
            self.expect(")")?;
            return Ok(Term::Unhex(terms));
        }
        let (hash, is_hmac) = match name.strip_prefix("hmac_") {
            Some(hash) => (hash, true),
            None => (name.as_str(), false),
        };
        let algorithm =
            Algorithm::named(hash).ok_or(UnknownScheme::Template("neither a known function nor $p, $s, $u"))?;
        self.expect("(")?;
        let first = self.terms(depth + 1)?;
        let call = if is_hmac {
            self.expect(",")?;
            Call::Hmac(algorithm, first, self.terms(depth + 1)?)
        } else {
            Call::Hash(algorithm, first)
        };
        self.expect(")")?;
        Ok(Term::Call(call))
    }

    fn name(&mut self) -> String {
        self.rest = self.rest.trim_start_matches(' ');
        let end = self.rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        name.to_ascii_lowercase()
    }

    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start_matches(' ').strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, token: &'static str) -> Result<(), UnknownScheme> {
        if self.takes(token) { Ok(()) } else { Err(UnknownScheme::Template("a bracket or comma is missing")) }
    }

    fn end(&self) -> Result<(), UnknownScheme> {
        let is_end = self.rest.trim_start_matches(' ').is_empty();
        if is_end { Ok(()) } else { Err(UnknownScheme::Template("something follows the formula")) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(template: &str, password: &str, salt: &str) -> String {
        hex::encode(&Template::parse(template).unwrap().digest(password.as_bytes(), salt.as_bytes()))
    }

    #[test]
    fn known_answers() {
        // php schema.md, variant B, row 6 (empty salt) and the login document's own example.
        assert_eq!(digest("md5($s.md5($p))", "111111", "111111"), "c97ee47294955604c0af78f83b3c735a");
        assert_eq!(digest("md5($p)", "111111", ""), "96e79218965eb72c92a549dd5a330112");
        assert_eq!(digest("md5(md5($p).$s)", "x", ""), digest("md5(md5($p))", "x", ""));
        // proxy schema.md, test values.
        assert_eq!(
            digest("hmac_sha256($s,$p)", "x", "AbCd1234"),
            "fdb2cc54a111e73639e62054e218f8f6f16869b9f5212eaaa7ac0853cc6b23ad"
        );
        assert_eq!(digest("sha1(sha256($p).$s)", "a", "b").len(), 40);
        // MySQL's PASSWORD('secret').
        assert_eq!(digest("sha1(unhex(sha1($p)))", "secret", ""), "14e65567abdb5135d0cfd9a70b3032c179a49ee7");
    }

    #[test]
    fn blanks_and_case_are_forgiven_and_written_canonically() {
        let template = Template::parse(" MD5( md5($p) . $s ) ").unwrap();
        assert_eq!(template.to_string(), "md5(md5($p).$s)");
        let template = Template::parse("HMAC_sha1( $s , md5( $p ).$u )").unwrap();
        assert_eq!(template.to_string(), "hmac_sha1($s,md5($p).$u)");
    }

    #[test]
    fn broken_formulas_are_refused() {
        let deep = format!("{}$p{}", "md5(".repeat(9), ")".repeat(9));
        let long = format!("md5($p{})", ".$s".repeat(100));
        for bad in [
            "",
            "$p",
            "md5($s)",
            "md5()",
            "md5($p",
            "md5($p))",
            "md5($p).$s",
            "md4($p)",
            "md5($x)",
            "unhex($p)",
            "md5(unhex())",
            "md5($p.)",
            "md5(.$p)",
            "hmac_md5($p)",
            "hmac_md5($s,)",
            "md5($p,$s)",
            "md5 $p",
            "密码($p)",
            "md5($p)密",
            &deep,
            &long,
        ] {
            assert!(matches!(Template::parse(bad), Err(UnknownScheme::Template(_))), "{bad}");
        }
        assert!(Template::parse(&format!("{}$p{}", "md5(".repeat(8), ")".repeat(8))).is_ok());
    }

    pub(in super::super) fn formulas() -> impl Strategy<Value = String> {
        let variable = prop_oneof![Just("$p".to_owned()), Just("$s".to_owned())];
        let term = variable.prop_recursive(3, 12, 3, |inner| {
            let hash = prop::sample::select(vec!["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]);
            let terms = prop::collection::vec(inner, 1..3).prop_map(|terms| terms.join("."));
            prop_oneof![
                (hash.clone(), terms.clone()).prop_map(|(hash, terms)| format!("{hash}({terms})")),
                (hash, terms.clone(), terms).prop_map(|(hash, key, terms)| format!("hmac_{hash}({key},{terms})")),
            ]
        });
        term.prop_map(|term| format!("md5({term}.$p.$s)"))
            .prop_filter("too long", |formula| formula.len() <= MAX_LENGTH)
    }

    proptest! {
        #[test]
        fn formulas_go_both_ways(formula in formulas()) {
            prop_assert_eq!(Template::parse(&formula).unwrap().to_string(), formula);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            let _ = Template::parse(&text);
        }
    }
}
