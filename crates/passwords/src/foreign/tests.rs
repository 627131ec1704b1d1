//! What the vectors of real libraries do not show.

use proptest::prelude::*;

use crate::error::UnknownScheme;
use crate::scheme::Scheme;

fn accepts(scheme: Result<Scheme, UnknownScheme>, password: &str) -> bool {
    let scheme = scheme.unwrap();
    let stored = Scheme::parse(&scheme.to_string()).unwrap();
    assert_eq!(stored, scheme);
    stored.verify(password.as_bytes()) && !stored.verify(format!("{password}x").as_bytes())
}

/// The test values of proxy `schema.md`.
#[test]
fn werkzeug_test_values() {
    for (password, text) in [
        ("admin", "pbkdf2:sha256:150000$kWs6bZH9$84dc5e349b8b4f96dfb8412c412bce825476a01766c40c5059efa6ce8e787382"),
        ("密码", "pbkdf2:sha256:150000$AbCd1234$37ab9fd199ec16f7f35559dd0330658648891f4f6eb421f6dca65cb52e53fb03"),
        (
            "密码",
            "scrypt:32768:8:1$AbCdEfGh12345678$bdd8019cfedf64e80efce0298f49b3e447eadb7e8979cb4e40630aa9b2f4739a3a705b47f29b416e37f4af3766b24ced0ca12c1df1522c836a120093b521b2e1",
        ),
        ("x", "pbkdf2:sha1:1000$AbCd1234$d0209625c9611a78fcc1a6beb7787a6272726043"),
        ("x", "sha256$AbCd1234$fdb2cc54a111e73639e62054e218f8f6f16869b9f5212eaaa7ac0853cc6b23ad"),
        ("x", "md5$$9dd4e461268c8034f5c8564e155c67a6"),
        ("x$y", "plain$$x$y"),
        ("x$y", "plain$ignored$x$y"),
    ] {
        assert!(accepts(Scheme::from_werkzeug(text), password), "{text}");
    }
}

#[test]
fn werkzeug_defaults_become_explicit() {
    let key = "84dc5e349b8b4f96dfb8412c412bce825476a01766c40c5059efa6ce8e787382";
    for method in ["pbkdf2", "pbkdf2:sha256", "pbkdf2:sha256:150000"] {
        let scheme = Scheme::from_werkzeug(&format!("{method}$kWs6bZH9${key}")).unwrap();
        assert_eq!(scheme.to_string(), format!("{{pbkdf2:sha256:150000}}kWs6bZH9${key}"));
    }
    let scrypt = Scheme::from_werkzeug(&format!("scrypt$salt${key}{key}")).unwrap();
    assert_eq!(scrypt.method(), "scrypt:32768:8:1");
}

#[test]
fn werkzeug_takes_every_hash() {
    for (name, length) in [("md5", 32), ("sha1", 40), ("sha224", 56), ("sha256", 64), ("sha384", 96), ("sha512", 128)] {
        let hex = "A".repeat(length);
        for method in [format!("pbkdf2:{name}:5"), name.to_owned()] {
            let scheme = Scheme::from_werkzeug(&format!("{method}$s${hex}")).unwrap();
            assert!(scheme.to_string().ends_with(&format!("s${}", "a".repeat(length))), "{method}");
            assert!(!scheme.verify(b"x"));
        }
    }
}

/// Password and salt of Django's own test suite (`auth_tests/test_hashers.py`).
const DJANGO: [(&str, &str); 6] = [
    ("lètmein", "pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo="),
    ("lètmein", "pbkdf2_sha1$260000$seasalt$XXHk2gQ7tjWIyrS320RXXsGqkUg="),
    ("lètmein", "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3"),
    ("lètmein", "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8"),
    ("lètmein", "md5$$88a434c88cca4e900f7874cd98123f43"),
    ("lètmein", "88a434c88cca4e900f7874cd98123f43"),
];

#[test]
fn django_values() {
    for (password, text) in DJANGO {
        assert!(accepts(Scheme::from_django(text), password), "{text}");
    }
}

#[test]
fn the_same_text_means_different_things_to_django_and_werkzeug() {
    let text = "md5$salt$67a1e09bb1f83f5007dc119c14d663aa";
    let (django, werkzeug) = (Scheme::from_django(text).unwrap(), Scheme::from_werkzeug(text).unwrap());
    assert_ne!(django.to_string(), werkzeug.to_string());
    assert!(django.verify(b"password") && !werkzeug.verify(b"password"));
}

#[test]
fn bare_digests_and_bcrypt() {
    assert!(accepts(Scheme::from_md5("4FF6abdc63b485b520fbc13d9e4f880e"), "third-1971"));
    assert!(
        Scheme::from_md5("").is_err()
            && Scheme::from_md5("4ff6").is_err()
            && Scheme::from_md5(&"x".repeat(32)).is_err()
    );
    assert!(accepts(Scheme::from_bcrypt("$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6"), "123456789"));
    assert!(Scheme::from_bcrypt("*").is_err());
}

#[test]
fn hostile_and_unknown_texts_are_refused() {
    assert_eq!(Scheme::from_werkzeug("argon2$a$b"), Err(UnknownScheme::Method("argon2".to_owned())));
    assert_eq!(Scheme::from_werkzeug("pbkdf2:sha3:1$a$b"), Err(UnknownScheme::Method("pbkdf2:sha3:1".to_owned())));
    for text in [
        "",
        "x",
        "sha256$",
        "plain",
        "scrypt:2:1$s$00",
        "scrypt:1099511627776:8:1$s$00",
        "pbkdf2:sha256:1:2$s$00",
        "plain$$\0",
    ] {
        assert!(Scheme::from_werkzeug(text).is_err(), "{text}");
    }
    let endless = format!("pbkdf2:sha256:1000000000000$s${}", "0".repeat(64));
    assert!(matches!(Scheme::from_werkzeug(&endless), Err(UnknownScheme::OutOfBounds { .. })));
    for text in
        ["", "!", "argon2$x", "pbkdf2_sha256$1", "pbkdf2_sha256$1$s$?", "md5$x", "bcrypt$x", "bcrypt_sha256$$2b$12$x"]
    {
        assert!(Scheme::from_django(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_taken_in_is_stored_and_read_back(
        method in "(plain|md5|sha1|sha512|pbkdf2|pbkdf2:md5|pbkdf2:sha1:[0-9]{1,9}|scrypt:[0-9]{1,6}:8:1|pbkdf2_sha1)",
        salt in "[^$\0]{0,8}",
        hash in "([0-9a-fA-F]{32}|[0-9a-f]{40}|[0-9a-f]{128}|[^\0]{0,20})",
    ) {
        let text = format!("{method}${salt}${hash}");
        for scheme in [Scheme::from_werkzeug(&text), Scheme::from_django(&text)].into_iter().flatten() {
            prop_assert_eq!(Scheme::parse(&scheme.to_string()), Ok(scheme));
        }
    }
}
