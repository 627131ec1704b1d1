//! phpass, which WordPress (`$P$`), phpBB (`$H$`) and Drupal 7 (`$S$`) brought along where crypt(3) offered nothing.

use super::base64;
use crate::algorithm::Algorithm;

/// Digits Drupal keeps of a digest of SHA-512.
const DRUPAL_DIGITS: usize = 43;

/// 22 digits with MD5, 43 with SHA-512.
pub(super) fn digest(algorithm: Algorithm, password: &[u8], salt: &[u8], log_rounds: u32) -> String {
    let first = algorithm.digest(&[salt, password].concat());
    let digest = (0..1u32 << log_rounds).fold(first, |digest, _| algorithm.digest(&[&digest, password].concat()));
    let mut text = base64::encode(digest);
    text.truncate(DRUPAL_DIGITS);
    text
}
