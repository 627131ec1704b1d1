//! Password hashes that real libraries wrote: each is verified right, or refused by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::time::{Duration, Instant};

use dragoman_passwords::random::{Randomness, SeededRandomness};
use dragoman_passwords::{AtRest, Cost, Origin, Scheme, SealingKey, UnknownScheme};

const VECTORS: [&str; 2] = [include_str!("vectors/libraries.tsv"), include_str!("vectors/shared.tsv")];

struct Vector {
    origin: Origin,
    password: Vec<u8>,
    text: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn vectors() -> impl Iterator<Item = Vector> {
    VECTORS.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#')).map(|line| {
        let [origin, password, text] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let origin = Origin::from_name(origin).unwrap_or_else(|| panic!("{origin}"));
        Vector { origin, password: bytes(password), text: text.replace("\\s", " ") }
    })
}

fn read(vector: &Vector) -> Scheme {
    Scheme::read(vector.origin, &vector.text)
        .unwrap_or_else(|error| panic!("{:?} {}: {error}", vector.origin, vector.text))
}

#[test]
fn every_hash_of_a_real_library_accepts_its_password_and_no_other() {
    for vector in vectors() {
        let Vector { origin, password, text } = &vector;
        let scheme = read(&vector);
        assert_eq!(Scheme::parse(&scheme.to_string()).as_ref(), Ok(&scheme), "{text}");
        assert!(scheme.verify(password), "{origin:?} refuses {password:?}: {text}");
        assert!(!scheme.verify(&[b"!", &password[..]].concat()), "{origin:?} accepts anything: {text}");
    }
}

#[test]
fn weak_ones_verify_sealed_and_wrapped_as_well() {
    let randomness = SeededRandomness::new(1);
    let key = SealingKey::generate(&randomness);
    let mut weak = 0;
    for vector in vectors() {
        let scheme = read(&vector);
        let sealed = key.seal(&scheme, &randomness);
        assert_eq!(SealingKey::open(Some(&key), &sealed).as_ref(), Ok(&scheme));
        if !scheme.is_weak() {
            continue;
        }
        weak += 1;
        assert_eq!(AtRest::of(&sealed), Ok(AtRest::Sealed));
        let wrapped = scheme.wrap(Cost::MINIMUM, [7; 16]);
        let stored = wrapped.to_string();
        assert!(matches!(AtRest::of(&stored), Ok(AtRest::Wrapped | AtRest::Native)), "{}", vector.text);
        assert_eq!(Scheme::parse(&stored).as_ref(), Ok(&wrapped));
        assert!(wrapped.verify(&vector.password), "{stored}");
        assert!(!wrapped.verify(&[b"!", &vector.password[..]].concat()), "{stored}");
    }
    assert!(weak > 100, "{weak}");
}

/// A column of fixed width leaves blanks behind a hash; Go's bcrypt ignores whatever follows.
#[test]
fn blanks_behind_a_hash_are_no_part_of_it() {
    for vector in
        vectors().filter(|vector| !vector.text.starts_with("plain$") && !vector.text.starts_with("{plaintext}"))
    {
        let padded = Scheme::read(vector.origin, &format!("{}    ", vector.text));
        assert_eq!(padded, Ok(read(&vector)), "{}", vector.text);
    }
    let text = "$2z$04$CCCCCCCCCCCCCCCCCCCCC.4K7lyz.nKATbsiu/RcZjqWyDNnj87qG and more";
    assert!(Scheme::read(Origin::Go, text).unwrap().verify(b"secret"));
    assert!(Scheme::read(Origin::Php, text).is_err());
}

/// What libraries write and nobody computes here: refused by its name.
#[test]
fn what_is_not_computed_is_refused_by_name() {
    for (origin, text, name) in [
        (Origin::Crypt, "$gy$j9T$abcdefgh$Fi3mUfLMwr2ZyDlmydp6rw5RwzYJnsb1LquZlQ2CYq0", "gost-yescrypt"),
        (Origin::Crypt, "$3$$878d8014606cda29677a44efa1353fc7", "bsd-nthash"),
        (Origin::Crypt, "$md5,rounds=34000$OKiWc42d$$RwiYaL3dZpa1N5F/GmCem0", "sun-md5-crypt"),
        (Origin::Passlib, "$scram$1000$k5KSsnauFWLMuRei$sha-1=mB2z6i5X9k0SIYYVbpreSQ6rfa4", "scram"),
        (Origin::Passlib, "{FSHP1|16|480000}Nqb0PkdIKcWYc84ZI8TY23LpUgK9MVhneplCrM1EoCLtvwzi2W8AD/6Rjq9RzLWC", "fshp1"),
        (Origin::Ldap, "{CRAM-MD5}abc", "cram-md5"),
        (Origin::Werkzeug, "shake_128$salt$00", "shake_128"),
        (Origin::Werkzeug, "whirlpool$salt$00", "whirlpool"),
        (Origin::Werkzeug, "pbkdf2:MD4:1000$salt$00", "pbkdf2:md4:1000"),
        (Origin::Django, "pbkdf2_sha512$1$salt$00", "pbkdf2_sha512"),
        (Origin::Django, "pbkdf2_sha256_wrapped_md5$1$salt$00", "pbkdf2_sha256_wrapped_md5"),
        (Origin::NpmPasswordHash, "whirlpool$da174034$1$00", "whirlpool"),
    ] {
        assert_eq!(Scheme::read(origin, text), Err(UnknownScheme::Method(name.to_owned())), "{text}");
    }
    for (origin, text) in [
        (Origin::Passlib, "RimqLaz92WktAol0TZEq7XX."),
        (Origin::Passlib, "0x01003C8750EA229253992E639EF7BE837F61EF8F34884D66"),
        (Origin::Django, "!hUlTGtCqwBC4ZLmTCpmxGT3Xz8hQwHVXAWBuz1PK"),
        (Origin::Crypt, "*"),
        (Origin::Crypt, "!!"),
        (Origin::Crypt, "abcdefgh$mtic.HG8zn2Wz8KApXBxF/"),
        (Origin::Php, ""),
        // Cut by a column of 128 characters.
        (
            Origin::Werkzeug,
            "scrypt:32768:8:1$iPWscSq43Kzp9Nre$1776db5b0ce4bcb84fb2b7f1e32b5be5b2137d71cd771b9d499f89337fda96938e3d66cd67a1594f6c2aa25f0bb733",
        ),
    ] {
        assert!(matches!(Scheme::read(origin, text), Err(UnknownScheme::Malformed(_))), "{text}");
    }
}

/// A hostile file names costs that would hold a core for hours or all memory: refused by name.
#[test]
fn costs_beyond_the_bounds_are_refused_by_name() {
    let key = "A".repeat(43);
    let hex = "0".repeat(128);
    for (origin, text, parameter) in [
        (Origin::Bcrypt, "$2b$31$CCCCCCCCCCCCCCCCCCCCC.4K7lyz.nKATbsiu/RcZjqWyDNnj87qG".to_owned(), "bcrypt cost"),
        (Origin::Werkzeug, format!("scrypt:1073741824:8:1$salt${hex}"), "scrypt N"),
        (Origin::Django, format!("scrypt$1073741824$salt$8$1${key}"), "scrypt N"),
        (Origin::Passlib, format!("$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ${key}"), "scrypt N"),
        (Origin::Passlib, format!("$scrypt$ln=70,r=8,p=1$c2FsdHNhbHQ${key}"), "scrypt N"),
        (
            Origin::Crypt,
            "$7$SC..../....SodiumChloride$KnaT/KYqe0Wkw8JJxj5dtK/JH3wZT3jEZzX4iCRKXQ0".to_owned(),
            "scrypt N",
        ),
        (Origin::Argon2, format!("$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ${key}"), "argon2 m"),
        (Origin::Argon2, format!("$argon2id$v=19$m=262144,t=60000,p=1$c2FsdHNhbHQ${key}"), "argon2 m,t"),
        (Origin::Crypt, format!("$6$rounds=999999999$salt${}", ".".repeat(86)), "crypt rounds"),
        (Origin::Crypt, format!("$6$rounds=10$salt${}", ".".repeat(86)), "crypt rounds"),
        (Origin::Crypt, "$y$jVT$abcdefghijkl$v9quvWD9Rf3PZ/Cv69TjY7bBGQJAPdLyZCEDwg21mWD".to_owned(), "yescrypt N,r"),
        (Origin::Phpass, "$P$S84478476IagS59wHZvyQMArzfx58u.".to_owned(), "phpass rounds"),
        (Origin::Passlib, format!("$pbkdf2-sha256$4000000000$c2FsdA${key}"), "pbkdf2 rounds"),
        (Origin::Passlib, "$sha1$4000000000$abcd$97YbHt3mYzV7ErEkpfgeWbvBSirc".to_owned(), "crypt rounds"),
        (Origin::NpmPasswordHash, format!("sha1$da174034$1000000000${}", &hex[..40]), "iterations"),
    ] {
        match Scheme::read(origin, &text) {
            Err(UnknownScheme::OutOfBounds { parameter: found, .. }) => assert_eq!(found, parameter, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// Ten thousand damaged texts: an error, or a verifier that keeps its text, refuses strangers and costs no more than the
/// bounds allow.
#[test]
fn damaged_texts_are_refused_or_harmless() {
    let randomness = SeededRandomness::new(2026);
    let originals: Vec<Vector> = vectors().collect();
    let alphabet = b"$:=,{}./0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-_ \\\x7f";
    let below = |bound: usize| usize::try_from(randomness.below(bound as u64)).unwrap();
    let (mut taken, mut verified) = (0, 0);
    for round in 0..10_000 {
        let original = &originals[below(originals.len())];
        let mut text = original.text.clone().into_bytes();
        for _ in 0..=below(3) {
            let at = below(text.len() + 1);
            match below(5) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.insert(at, alphabet[below(alphabet.len())]),
                2 => text.truncate(at),
                3 => text.extend_from_within(at..),
                _ if at < text.len() => text[at] = alphabet[below(alphabet.len())],
                _ => {}
            }
        }
        let Ok(text) = String::from_utf8(text) else { continue };
        let origin = if round % 4 == 0 {
            Origin::from_name(Origin::names().nth(below(16)).unwrap()).unwrap()
        } else {
            original.origin
        };
        let start = Instant::now();
        let Ok(scheme) = Scheme::read(origin, &text) else { continue };
        assert!(start.elapsed() < Duration::from_millis(100), "reading {text} took long");
        taken += 1;
        assert_eq!(Scheme::parse(&scheme.to_string()).as_ref(), Ok(&scheme), "{text}");
        assert!(scheme.work().time < Duration::from_secs(200), "{text}");
        if scheme.work().time < Duration::from_millis(5) {
            verified += 1;
            assert!(!scheme.verify(b"nobody's password"), "{text} accepts a stranger");
        }
    }
    assert!(taken > 500 && verified > 200, "{taken} {verified}");
}

#[test]
fn origins_have_names() {
    for name in Origin::names() {
        assert_eq!(Origin::from_name(name).map(Origin::name), Some(name));
    }
    assert_eq!(Origin::from_name("Werkzeug"), None);
}
