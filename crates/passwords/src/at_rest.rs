use super::error::UnknownScheme;
use super::scheme::Scheme;
use super::sealing::sealed_parts;

/// How a stored verifier rests in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AtRest {
    /// Weak and readable: never after an import.
    Bare,
    /// Weak, sealed with a key that is not in the database.
    Sealed,
    /// Weak, wrapped in bcrypt.
    Wrapped,
    /// Strong, of another program.
    Foreign,
    /// The gateway's own.
    Native,
}

impl AtRest {
    /// How this stored text rests. Needs no key.
    pub fn of(stored: &str) -> Result<Self, UnknownScheme> {
        if sealed_parts(stored).is_some() {
            return Ok(Self::Sealed);
        }
        Ok(match Scheme::parse(stored)? {
            Scheme::Native(_) => Self::Native,
            Scheme::NativeOver(..) => Self::Wrapped,
            scheme if scheme.is_weak() => Self::Bare,
            Scheme::Bcrypt(_) | Scheme::Derived(..) | Scheme::Plain(_) => Self::Foreign,
        })
    }

    /// The name shown to operators.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Sealed => "sealed",
            Self::Wrapped => "wrapped",
            Self::Foreign => "foreign",
            Self::Native => "native",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bcrypt_text::Cost, random::SeededRandomness, sealing::SealingKey};
    use super::*;

    #[test]
    fn every_state_is_told_from_the_text() {
        let weak = Scheme::from_md5("4ff6abdc63b485b520fbc13d9e4f880e").unwrap();
        let sealed = SealingKey::new([1; 32]).seal(&weak, &SeededRandomness::new(1));
        let states = [
            (weak.to_string(), AtRest::Bare),
            ("{plain}x".to_owned(), AtRest::Bare),
            (sealed, AtRest::Sealed),
            (weak.wrap(Cost::MINIMUM, [0; 16]).to_string(), AtRest::Wrapped),
            (Scheme::native(b"x", Cost::MINIMUM, [0; 16]).to_string(), AtRest::Native),
            ("{bcrypt}$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6".to_owned(), AtRest::Foreign),
        ];
        for (stored, state) in states {
            assert_eq!(AtRest::of(&stored), Ok(state), "{stored}");
        }
        assert!(AtRest::of("x").is_err());
    }
}
