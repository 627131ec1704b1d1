use std::fmt;

use subtle::ConstantTimeEq;

use super::bcrypt_keys::BcryptWriter;
use super::bcrypt_text::{Cost, TEXT_LENGTH};
use super::derivation::Derivation;
use super::error::UnknownScheme;
use super::foreign_bcrypt::ForeignBcrypt;
use super::native::NativeHash;
use super::recipe::Recipe;
use super::secret::Secret;
use super::work::Work;

/// Longest stored text in bytes: the longest salt and formula with their hash fit.
const MAX_TEXT: usize = 10_240;

/// A password verifier. Its text form, `{METHOD}` and what that method needs, is what is stored:
///
/// | text | method |
/// |---|---|
/// | `{native}$2b$12$...` | bcrypt over base64(SHA-256(password)); 60 characters after the brace |
/// | `{native METHOD}SETTING$2b$12$...` | the same over the digest an old method gives, which itself is not kept |
/// | `{bcrypt}$2y$10$...`, `{bcrypt:WRITER}...` | another program's bcrypt, and who wrote it |
/// | `{METHOD}SETTING$DIGEST` | what an old program stored; see [`Derivation`] |
/// | `{md5(md5($p).$s)}a1B2c3$22f3...` | for example a weak digest; see [`Template`](super::Template) |
/// | `{pbkdf2:sha256:150000}SALT$HEX` | or PBKDF2 |
/// | `{crypt}$6$SALT$DIGEST` | or one of crypt(3)'s |
/// | `{plain}TEXT` | the password itself, as very old Werkzeug releases could store it |
#[derive(Clone, PartialEq, Eq)]
pub enum Scheme {
    /// The gateway's own hash.
    Native(NativeHash),
    /// The gateway's own hash over an old digest.
    NativeOver(Derivation, NativeHash),
    /// Another program's bcrypt.
    Bcrypt(ForeignBcrypt),
    /// Another program's digest.
    Derived(Derivation, String),
    /// No hash at all.
    Plain(Secret),
}

impl Scheme {
    /// Reads the stored text form; [`Display`](fmt::Display) gives back exactly the text that was read.
    pub fn parse(text: &str) -> Result<Self, UnknownScheme> {
        if text.len() > MAX_TEXT || text.contains('\0') {
            return Err(UnknownScheme::Malformed("longer than 10240 bytes or with U+0000"));
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
        Self::derived(Derivation::Template(recipe), &digest.to_ascii_lowercase())
    }

    /// What `derivation` gave for the password; refused if it could give no such thing.
    pub(super) fn derived(derivation: Derivation, digest: &str) -> Result<Self, UnknownScheme> {
        match derivation.could_give(digest) {
            true => Ok(Self::Derived(derivation, digest.to_owned())),
            false => Err(UnknownScheme::Malformed("the digest has not the form its method gives")),
        }
    }

    /// Whether who reads the database could guess the password as fast as a digest is computed: MD5 of any template, salted
    /// SHA, DES, few rounds of anything. Such a verifier never rests bare: it is [sealed](super::SealingKey) or
    /// [wrapped](Scheme::wrap).
    pub fn is_weak(&self) -> bool {
        match self {
            Self::Native(_) | Self::NativeOver(..) | Self::Bcrypt(_) => false,
            Self::Derived(derivation, _) => derivation.work().is_weak(),
            Self::Plain(_) => true,
        }
    }

    /// The same verifier with nothing weak at rest: a weak digest or plain text becomes a native hash over it, and every
    /// other scheme stays as it is. Costs one bcrypt.
    #[must_use]
    pub fn wrap(self, cost: Cost, salt: [u8; 16]) -> Self {
        match self {
            Self::Derived(derivation, digest) if derivation.work().is_weak() => {
                let hash = NativeHash::new(digest.as_bytes(), cost, salt);
                Self::NativeOver(derivation, hash)
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
            Self::NativeOver(derivation, hash) => hash.verify(derivation.digest(password).as_bytes()),
            Self::Bcrypt(bcrypt) => bcrypt.verify(password),
            Self::Derived(derivation, digest) => derivation.digest(password).as_bytes().ct_eq(digest.as_bytes()).into(),
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

    /// What one check costs, roughly.
    pub fn work(&self) -> Work {
        match self {
            Self::Native(hash) => Work::of_bcrypt(hash.cost(), 1),
            Self::NativeOver(derivation, hash) => {
                let bcrypt = Work::of_bcrypt(hash.cost(), 1);
                Work { time: bcrypt.time + derivation.work().time, ..bcrypt }
            }
            Self::Bcrypt(bcrypt) => Work::of_bcrypt(bcrypt.cost(), bcrypt.runs()),
            Self::Derived(derivation, _) => derivation.work(),
            Self::Plain(_) => Work::of("plain", 100),
        }
    }

    /// The part of the text between the braces, which holds no secret.
    pub fn method(&self) -> String {
        match self {
            Self::Native(_) => "native".to_owned(),
            Self::NativeOver(derivation, _) => format!("native {}", derivation.method()),
            Self::Bcrypt(bcrypt) => bcrypt.writer().method().to_owned(),
            Self::Derived(derivation, _) => derivation.method(),
            Self::Plain(_) => "plain".to_owned(),
        }
    }
}

fn parse_method(method: &str, body: &str) -> Result<Scheme, UnknownScheme> {
    if let Some(method) = method.strip_prefix("native ") {
        const MALFORMED: UnknownScheme = UnknownScheme::Malformed("no native hash at the end");
        let at = body.len().checked_sub(TEXT_LENGTH).ok_or(MALFORMED)?;
        let (setting, hash) = body.split_at_checked(at).ok_or(MALFORMED)?;
        return Ok(Scheme::NativeOver(Derivation::parse(method, setting)?, NativeHash::parse(hash)?));
    }
    match method {
        "native" => NativeHash::parse(body).map(Scheme::Native),
        "plain" => Ok(Scheme::Plain(body.into())),
        method => {
            if let Some(writer) = BcryptWriter::from_method(method) {
                return ForeignBcrypt::parse(body, writer).map(Scheme::Bcrypt);
            }
            // Digests hold no `$`, so a salt may.
            let (setting, digest) = body.rsplit_once('$').unwrap_or_default();
            Scheme::derived(Derivation::parse(method, setting)?, digest)
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{}}}", self.method())?;
        match self {
            Self::Native(hash) => hash.fmt(formatter),
            Self::NativeOver(derivation, hash) => write!(formatter, "{}{hash}", derivation.setting()),
            Self::Bcrypt(bcrypt) => formatter.write_str(bcrypt.text()),
            Self::Derived(derivation, digest) => write!(formatter, "{}${digest}", derivation.setting()),
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
    use super::super::template::{Template, tests::formulas};
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
            "{hmac:sha1:0}s$d0209625c9611a78fcc1a6beb7787a6272726043",
            "{crypt:x}$1$s$abc",
            "{bcrypt:nobody}$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6",
            "{bcrypt}$2a$31$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6",
        ] {
            assert!(Scheme::parse(bad).is_err(), "{bad}");
        }
        assert!(Scheme::parse(&format!("{{plain}}{}", "x".repeat(11_000))).is_err());
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
