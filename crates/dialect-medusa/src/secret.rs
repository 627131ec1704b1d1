//! The installation's two secrets, compared without telling by the time how much of a guess was right.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether `sent` is the secret. Digests are compared, so that not even its length shows.
pub fn is_secret(sent: &str, secret: &str) -> bool {
    Sha256::digest(sent).ct_eq(&Sha256::digest(secret)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_bytes_count() {
        assert!(is_secret("Misato", "Misato"));
        for wrong in ["misato", "Misato\n", "", "Misat"] {
            assert!(!is_secret(wrong, "Misato"), "{wrong:?}");
        }
    }
}
