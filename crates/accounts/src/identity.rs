//! What an account is looked up by: names, e-mail addresses and numbers an old deployment gave it.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::{
    account::IDENTITY_BYTES,
    address::{self, ADDRESS_VERSION},
    folding::{FOLD_VERSION, fold},
};

/// The kinds of things an account is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKind {
    /// A login name.
    Username,
    /// An address that logs in or receives codes.
    Email,
    /// The number an old deployment showed for the account.
    ExternalId,
}

impl IdentityKind {
    /// The stored form.
    pub(crate) const fn to_stored(self) -> i16 {
        match self {
            Self::Username => 0,
            Self::Email => 1,
            Self::ExternalId => 2,
        }
    }

    /// Which version of the comparison its keys are made with.
    pub(crate) fn version(self) -> i16 {
        match self {
            Self::Email => ADDRESS_VERSION,
            Self::Username | Self::ExternalId => FOLD_VERSION,
        }
    }
}

/// The scope of identities that count in every realm.
pub(crate) const EVERYWHERE: &str = "";

/// The look-up keys of one identity. Digests, because no database's collation compares text byte for byte and every
/// index has a length limit (one-domain.md section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdentityKeys {
    /// Of scope, kind and the value's bytes: unique.
    pub exact: Vec<u8>,
    /// Of scope, kind and the value as it is compared: held by the first comer only.
    pub folded: Vec<u8>,
    /// Of kind and the value as it is compared, whatever the scope: finds siblings and shadows.
    pub group: Vec<u8>,
}

impl IdentityKeys {
    pub fn new(scope: &str, kind: IdentityKind, value: &str) -> Self {
        let folded = compared(kind, value);
        Self {
            exact: exact_key(scope, kind, value),
            folded: key(b"folded", scope, kind, &folded),
            group: key(b"group", EVERYWHERE, kind, &folded),
        }
    }
}

/// A value as those of its kind are compared. One too long to be stored is nobody's, and folding a megabyte of it would
/// cost a second.
pub(crate) fn compared(kind: IdentityKind, value: &str) -> Cow<'_, str> {
    match kind {
        _ if value.len() > IDENTITY_BYTES => Cow::Borrowed(value),
        IdentityKind::Username | IdentityKind::ExternalId => Cow::Owned(fold(value)),
        IdentityKind::Email => Cow::Owned(address::compared(value)),
    }
}

/// Bytes of a folded value that a search goes by.
pub(crate) const SEARCH_BYTES: usize = 64;

/// The beginning of a folded value, for searches; stored as bytes, so that every database orders it alike.
pub(crate) fn search_key(value: &str) -> Vec<u8> {
    fold(value).bytes().take(SEARCH_BYTES).collect()
}

/// The unique key of a value in a scope, byte for byte.
pub(crate) fn exact_key(scope: &str, kind: IdentityKind, value: &str) -> Vec<u8> {
    key(b"exact", scope, kind, value)
}

/// Each part is preceded by its length, so that no two lists of parts run into the same bytes.
fn key(purpose: &[u8], scope: &str, kind: IdentityKind, value: &str) -> Vec<u8> {
    digest_of(&[purpose, scope.as_bytes(), &kind.to_stored().to_be_bytes(), value.as_bytes()])
}

/// SHA-256 over length-prefixed parts.
pub(crate) fn digest_of(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_share_their_folded_key_only() {
        let (small, capital) = (
            IdentityKeys::new("", IdentityKind::Username, "ann"),
            IdentityKeys::new("", IdentityKind::Username, "ANN "),
        );
        assert_ne!(small.exact, capital.exact);
        assert_eq!(small.folded, capital.folded);
        assert_eq!(small.group, capital.group);
    }

    #[test]
    fn scopes_and_kinds_keep_equal_values_apart() {
        let here = IdentityKeys::new("proxy", IdentityKind::Username, "1");
        let there = IdentityKeys::new("", IdentityKind::Username, "1");
        assert_ne!(here.exact, there.exact);
        assert_ne!(here.folded, there.folded);
        assert_eq!(here.group, there.group);
        assert_ne!(here.exact, exact_key("proxy", IdentityKind::ExternalId, "1"));
    }
}
