use std::fmt;

use subtle::ConstantTimeEq;

use super::algorithm::Algorithm;
use super::error::UnknownScheme;
use super::foreign_bcrypt::ForeignBcrypt;
use super::hex;
use super::key_derivation::{Pbkdf2, Scrypt};
use super::modular_crypt::{Cost, TEXT_LENGTH};
use super::native::NativeHash;
use super::recipe::Recipe;
use super::secret::Secret;
use super::template::Template;

/// Longest stored text in bytes: the longest salt and formula with their hash fit.
const MAX_TEXT: usize = 8192;

/// A password verifier. Its text form, `{METHOD}` and what that method needs, is what is stored:
///
/// | text | method |
/// |---|---|
/// | `{native}$2b$12$...` | bcrypt over base64(SHA-256(password)); 60 characters after the brace |
/// | `{native FORMULA}SALT$2b$12$...` | the same over the hex digest an old recipe gives, which itself is not kept |
/// | `{bcrypt}$2y$10$...` | another program's bcrypt |
/// | `{pbkdf2:sha256:150000}SALT$HEX` | PBKDF2 with HMAC |
/// | `{scrypt:32768:8:1}SALT$HEX` | scrypt, 64 bytes |
/// | `{FORMULA}SALT$HEX` | a weak digest, such as `{md5(md5($p).$s)}a1B2c3$22f3...`; see [`Template`] |
/// | `{plain}TEXT` | the password itself, as very old Werkzeug releases could store it |
#[derive(Clone, PartialEq, Eq)]
pub enum Scheme {
    /// The gateway's own hash.
    Native(NativeHash),
    /// The gateway's own hash over an old digest.
    NativeOver(Recipe, NativeHash),
    /// Another program's bcrypt.
    Bcrypt(ForeignBcrypt),
    /// PBKDF2 with HMAC.
    Pbkdf2(Pbkdf2),
    /// scrypt.
    Scrypt(Scrypt),
    /// A fast digest, weak at rest: [`Scheme::wrap`] it before it is stored.
    Digest(Recipe, Vec<u8>),
    /// No hash at all: [`Scheme::wrap`] it before it is stored.
    Plain(Secret),
}

impl Scheme {
    /// Reads the stored text form; [`Display`](fmt::Display) gives back exactly the text that was read.
    pub fn parse(text: &str) -> Result<Self, UnknownScheme> {
        if text.len() > MAX_TEXT || text.contains('\0') {
            return Err(UnknownScheme::Malformed("longer than 8192 bytes or with U+0000"));
        }
        let marked = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (method, body) = marked.ok_or(UnknownScheme::Malformed("no {method} in front"))?;
        let scheme = parse_method(method, body)?;
        if scheme.to_string() == text { Ok(scheme) } else { Err(UnknownScheme::Malformed("not in canonical form")) }
    }

    /// The gateway's own hash of `secret`: a password of any length and content, or a digest's hex digits.
    pub fn native(secret: &[u8], cost: Cost, salt: [u8; 16]) -> Self {
        Self::Native(NativeHash::new(secret, cost, salt))
    }

    /// A digest of an old database; `digest` is hex of either case and as long as the formula's outermost hash.
    pub fn from_digest(recipe: Recipe, digest: &str) -> Result<Self, UnknownScheme> {
        match hex::decode(digest) {
            Some(bytes) if bytes.len() == recipe.template().algorithm().output_size() => {
                Ok(Self::Digest(recipe, bytes))
            }
            _ => Err(UnknownScheme::Malformed("the digest is not hex of its hash's length")),
        }
    }

    /// The same verifier with nothing weak at rest: a weak digest or plain text becomes a native hash over it, and every
    /// other scheme stays as it is.
    #[must_use]
    pub fn wrap(self, cost: Cost, salt: [u8; 16]) -> Self {
        match self {
            Self::Digest(recipe, digest) => {
                let hash = NativeHash::new(hex::encode(&digest).as_bytes(), cost, salt);
                Self::NativeOver(recipe, hash)
            }
            Self::Plain(password) => Self::native(password.as_bytes(), cost, salt),
            strong => strong,
        }
    }

    /// Whether `password` is the one this was made from. Digests are compared in constant time. Takes as long as the
    /// scheme's cost says: run it on the [`HashingPool`](super::HashingPool).
    pub fn verify(&self, password: &[u8]) -> bool {
        match self {
            Self::Native(hash) => hash.verify(password),
            Self::NativeOver(recipe, hash) => hash.verify(recipe.hex_digest(password).as_bytes()),
            Self::Bcrypt(bcrypt) => bcrypt.verify(password),
            Self::Pbkdf2(pbkdf2) => pbkdf2.verify(password),
            Self::Scrypt(scrypt) => scrypt.verify(password),
            Self::Digest(recipe, digest) => recipe.digest(password).ct_eq(digest).into(),
            Self::Plain(text) => text.as_bytes().ct_eq(password).into(),
        }
    }

    /// Whether a login that reveals the password should replace this by a native hash of `native_cost`: true for
    /// everything but a native hash of at least that cost.
    pub fn needs_upgrade(&self, native_cost: Cost) -> bool {
        match self {
            Self::Native(hash) => hash.cost() < native_cost,
            _ => true,
        }
    }

    /// The part of the text between the braces, which holds no secret.
    pub fn method(&self) -> String {
        match self {
            Self::Native(_) => "native".to_owned(),
            Self::NativeOver(recipe, _) => format!("native {}", recipe.template()),
            Self::Bcrypt(_) => "bcrypt".to_owned(),
            Self::Pbkdf2(pbkdf2) => format!("pbkdf2:{}:{}", pbkdf2.algorithm.name(), pbkdf2.rounds),
            Self::Scrypt(scrypt) => format!("scrypt:{}:{}:{}", scrypt.n(), scrypt.r, scrypt.p),
            Self::Digest(recipe, _) => recipe.template().to_string(),
            Self::Plain(_) => "plain".to_owned(),
        }
    }
}

fn parse_method(method: &str, body: &str) -> Result<Scheme, UnknownScheme> {
    if let Some(formula) = method.strip_prefix("native ") {
        const MALFORMED: UnknownScheme = UnknownScheme::Malformed("no native hash at the end");
        let at = body.len().checked_sub(TEXT_LENGTH).ok_or(MALFORMED)?;
        let (salt, hash) = body.split_at_checked(at).ok_or(MALFORMED)?;
        let recipe = Recipe::new(Template::parse(formula)?, salt, None)?;
        return Ok(Scheme::NativeOver(recipe, NativeHash::parse(hash)?));
    }
    if method.contains('(') {
        let template = Template::parse(method)?;
        let (salt, digest) = salt_and_hex(body)?;
        return Scheme::from_digest(Recipe::new(template, salt, None)?, digest);
    }
    let mut parts = method.split(':');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("native"), None, ..) => NativeHash::parse(body).map(Scheme::Native),
        (Some("bcrypt"), None, ..) => ForeignBcrypt::parse(body).map(Scheme::Bcrypt),
        (Some("plain"), None, ..) => Ok(Scheme::Plain(body.into())),
        (Some("pbkdf2"), Some(hash), Some(rounds), None, _) => {
            let algorithm = Algorithm::named(hash).ok_or_else(|| UnknownScheme::method(method))?;
            let (salt, key) = salt_and_key(body)?;
            Pbkdf2::new(algorithm, rounds, salt, key).map(Scheme::Pbkdf2)
        }
        (Some("scrypt"), Some(n), Some(r), Some(p), None) => {
            let (salt, key) = salt_and_key(body)?;
            Scrypt::new([n, r, p], salt, key).map(Scheme::Scrypt)
        }
        _ => Err(UnknownScheme::method(method)),
    }
}

/// Splits `SALT$HEX`. Hex digits hold no `$`, so a salt may.
fn salt_and_hex(body: &str) -> Result<(&str, &str), UnknownScheme> {
    body.rsplit_once('$').ok_or(UnknownScheme::Malformed("no $ between salt and hash"))
}

fn salt_and_key(body: &str) -> Result<(&str, Vec<u8>), UnknownScheme> {
    let (salt, key) = salt_and_hex(body)?;
    Ok((salt, hex::decode(key).ok_or(UnknownScheme::Malformed("the hash is not hex"))?))
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{}}}", self.method())?;
        match self {
            Self::Native(hash) => hash.fmt(formatter),
            Self::NativeOver(recipe, hash) => write!(formatter, "{}{hash}", recipe.salt()),
            Self::Bcrypt(bcrypt) => formatter.write_str(bcrypt.text()),
            Self::Pbkdf2(pbkdf2) => {
                write!(formatter, "{}${}", pbkdf2.salt, hex::encode(&pbkdf2.key))
            }
            Self::Scrypt(scrypt) => {
                write!(formatter, "{}${}", scrypt.salt, hex::encode(&scrypt.key))
            }
            Self::Digest(recipe, digest) => {
                write!(formatter, "{}${}", recipe.salt(), hex::encode(digest))
            }
            // Only text is ever taken in (parse, from_werkzeug).
            Self::Plain(text) => formatter.write_str(&String::from_utf8_lossy(text.as_bytes())),
        }
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scheme({{{}}}..)", self.method())
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::tests::formulas;
    use super::*;
    use proptest::prelude::*;

    const SALT: [u8; 16] = *b"sixteen bytes ok";

    fn digest(formula: &str, salt: &str, digest: &str) -> Scheme {
        let recipe = Recipe::new(Template::parse(formula).unwrap(), salt, None).unwrap();
        Scheme::from_digest(recipe, digest).unwrap()
    }

    #[test]
    fn a_wrapped_digest_verifies_and_keeps_no_digest() {
        // php schema.md, variant B, row 1.
        let weak = digest("md5(md5($p).$s)", "a1B2c3", "22F33EAA877BE0652ECD0A9494E28034");
        let text = "{md5(md5($p).$s)}a1B2c3$22f33eaa877be0652ecd0a9494e28034";
        assert_eq!(weak.to_string(), text);
        assert!(weak.verify(b"R00t#forum") && weak.needs_upgrade(Cost::MINIMUM));
        let wrapped = weak.wrap(Cost::MINIMUM, SALT);
        assert!(wrapped.verify(b"R00t#forum") && !wrapped.verify(b"R00t#forun"));
        assert!(wrapped.to_string().starts_with("{native md5(md5($p).$s)}a1B2c3$2b$04$"));
        assert!(!wrapped.to_string().contains("22f33eaa877be0652ecd0a9494e28034"));
        assert!(wrapped.needs_upgrade(Cost::MINIMUM));
    }

    #[test]
    fn plain_text_wraps_into_a_native_hash() {
        let plain = Scheme::parse("{plain}open {sesame}$").unwrap();
        assert!(plain.verify(b"open {sesame}$") && !plain.verify(b"open"));
        let wrapped = plain.wrap(Cost::MINIMUM, SALT);
        assert_eq!(wrapped, Scheme::native(b"open {sesame}$", Cost::MINIMUM, SALT));
    }

    #[test]
    fn strong_schemes_are_not_wrapped() {
        let native = Scheme::native(b"x", Cost::MINIMUM, SALT);
        assert_eq!(native.clone().wrap(Cost::MINIMUM, [0; 16]), native);
    }

    #[test]
    fn only_a_cheaper_native_hash_needs_an_upgrade() {
        let native = Scheme::native(b"x", Cost::new(5).unwrap(), SALT);
        assert!(!native.needs_upgrade(Cost::MINIMUM) && !native.needs_upgrade(Cost::new(5).unwrap()));
        assert!(native.needs_upgrade(Cost::new(6).unwrap()));
        let foreign = Scheme::parse("{bcrypt}$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6").unwrap();
        assert!(foreign.needs_upgrade(Cost::MINIMUM));
    }

    #[test]
    fn a_foreign_and_a_native_bcrypt_are_never_confused() {
        let native = Scheme::native(b"x", Cost::MINIMUM, SALT).to_string();
        let as_foreign = Scheme::parse(&native.replace("{native}", "{bcrypt}")).unwrap();
        assert!(!as_foreign.verify(b"x"));
        assert!(Scheme::parse(native.trim_start_matches("{native}")).is_err());
        assert!(Scheme::parse("{native}$2y$10$eCW5.2lFhthqgoo1uhGT4eKA8E0Mb4Vum2BDnnrqFLQx/DqKPHmVi").is_err());
    }

    #[test]
    fn texts_that_are_not_canonical_or_not_known_are_refused() {
        for bad in [
            "",
            "x",
            "{}",
            "{md5($p)}",
            "{md5($p)}$",
            "{md5($p)}4ff6abdc63b485b520fbc13d9e4f880e",
            "{md5($p)}$4FF6abdc63b485b520fbc13d9e4f880e",
            "{md5($p)}salt$4ff6abdc63b485b520fbc13d9e4f880e",
            "{md5( $p )}$4ff6abdc63b485b520fbc13d9e4f880e",
            "{md5($u.$p)}u$4ff6abdc63b485b520fbc13d9e4f880e",
            "{sha1($p)}$4ff6abdc63b485b520fbc13d9e4f880e",
            "{pbkdf2:sha1:0100}s$d0209625c9611a78fcc1a6beb7787a6272726043",
            "{pbkdf2:sha1}s$d0209625c9611a78fcc1a6beb7787a6272726043",
            "{pbkdf2:sha3:1}s$d0209625c9611a78fcc1a6beb7787a6272726043",
            "{scrypt:2:1}s$00",
            "{plain:x}y",
            "{plain}\0",
            "{native}",
            "{native md5($p)}short",
            "{bcrypt}$2a$31$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6",
        ] {
            assert!(Scheme::parse(bad).is_err(), "{bad}");
        }
        assert!(Scheme::parse(&format!("{{plain}}{}", "x".repeat(9_000))).is_err());
    }

    #[test]
    fn errors_and_debug_hold_no_secret() {
        let error = Scheme::parse("{4ff6abdc63b485b520fbc13d9e4f880e}x").unwrap_err();
        assert_eq!(error, UnknownScheme::Method("?".to_owned()));
        assert_eq!(Scheme::parse("{argon2}x").unwrap_err(), UnknownScheme::Method("argon2".to_owned()));
        let scheme = Scheme::parse("{plain}hunter2").unwrap();
        assert_eq!(format!("{scheme:?}"), "Scheme({plain}..)");
    }

    fn stored() -> impl Strategy<Value = String> {
        let salt = "[^\0]{0,12}";
        prop_oneof![
            (formulas(), salt, "[0-9a-f]{32}").prop_map(|(formula, salt, hex)| format!("{{{formula}}}{salt}${hex}")),
            (formulas(), salt, any::<[u8; 16]>()).prop_map(|(formula, salt, random)| {
                format!("{{native {formula}}}{salt}{}", NativeHash::new(b"", Cost::MINIMUM, random))
            }),
            (1u32..5_000_000, salt, "[0-9a-f]{40}")
                .prop_map(|(rounds, salt, hex)| format!("{{pbkdf2:sha1:{rounds}}}{salt}${hex}")),
            (1u32..18, salt, "[0-9a-f]{128}")
                .prop_map(|(log_n, salt, hex)| format!("{{scrypt:{}:8:1}}{salt}${hex}", 1 << log_n)),
            any::<[u8; 16]>().prop_map(|random| Scheme::native(b"", Cost::MINIMUM, random).to_string()),
            "[./A-Za-z0-9]{53}".prop_map(|tail| format!("{{bcrypt}}$2y$10${tail}")),
            "[^\0]{0,40}".prop_map(|text| format!("{{plain}}{text}")),
        ]
    }

    proptest! {
        #[test]
        fn stored_texts_go_both_ways(text in stored()) {
            prop_assert_eq!(Scheme::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn any_text_is_read_without_a_panic_and_given_back(text in "\\{[a-z0-9:$().,]{0,30}\\}.{0,80}") {
            if let Ok(scheme) = Scheme::parse(&text) {
                prop_assert_eq!(scheme.to_string(), text);
            }
        }
    }
}
