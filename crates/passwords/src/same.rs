//! Whether two verifiers were made from one password, where that can be seen without knowing it.

use super::scheme::Scheme;
use super::view::View;

/// Whether two accounts provably have the same password: a verifier of the one is that of the other, salt and all, or opens with
/// what the other holds. Where nothing proves it, `false`. Costs a bcrypt for each wrapped verifier.
pub fn is_same_password(one: &[(View, Scheme)], other: &[(View, Scheme)]) -> bool {
    one.iter().any(|(view, scheme)| other.iter().any(|(known, held)| view == known && is_same(scheme, held)))
}

fn is_same(one: &Scheme, other: &Scheme) -> bool {
    match (one, other) {
        (Scheme::Plain(text), scheme) | (scheme, Scheme::Plain(text)) => {
            !text.as_bytes().is_empty() && scheme.verify(text.as_bytes())
        }
        (Scheme::Derived(by, digest), Scheme::NativeOver(over, hash))
        | (Scheme::NativeOver(over, hash), Scheme::Derived(by, digest)) => by == over && hash.verify(digest.as_bytes()),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bcrypt_text::Cost, origin::Origin};
    use super::*;

    fn plain(scheme: Scheme) -> Vec<(View, Scheme)> {
        vec![(View::Plain, scheme)]
    }

    #[test]
    fn what_proves_one_password() {
        let md5 = |hex: &str| Scheme::from_md5(hex).unwrap();
        let (secret, other) = ("5ebe2294ecd0e0f08eab7690d2a6ee69", "4ff6abdc63b485b520fbc13d9e4f880e");
        let wrapped = |hex: &str| md5(hex).wrap(Cost::MINIMUM, [7; 16]);
        let bcrypt = Scheme::read(Origin::Go, "$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6").unwrap();
        let native = |salt| Scheme::native(b"secret", Cost::MINIMUM, [salt; 16]);
        for (one, two, is_one) in [
            (md5(secret), md5(secret), true),
            (md5(secret), md5(other), false),
            (md5(secret), wrapped(secret), true),
            (wrapped(other), md5(secret), false),
            (bcrypt.clone(), bcrypt.clone(), true),
            (bcrypt.clone(), md5(secret), false),
            (Scheme::Plain("secret".into()), native(1), true),
            (Scheme::Plain("Secret".into()), native(1), false),
            (Scheme::Plain("".into()), Scheme::Plain("".into()), false),
            // The same password, but nothing shows it.
            (native(1), native(2), false),
        ] {
            assert_eq!(is_same_password(&plain(one), &plain(two)), is_one);
        }
        assert!(!is_same_password(&plain(md5(secret)), &[(View::Md5, md5(secret))]));
        assert!(!is_same_password(&[], &[]));
    }
}
