//! SHA-crypt, `$5$` and `$6$`, and NetBSD's older `$sha1$`.

use sha_crypt::{Params, sha256_crypt, sha512_crypt};

use super::base64;
use crate::algorithm::Algorithm;

/// The 43 digits of a `$5$` text.
pub(super) fn sha256(password: &[u8], salt: &[u8], rounds: Params) -> String {
    let digest = sha256_crypt(password, salt, rounds);
    transposed::<10>(&digest, |group| (3 - group % 3) % 3, &[30, 31])
}

/// The 86 digits of a `$6$` text.
pub(super) fn sha512(password: &[u8], salt: &[u8], rounds: Params) -> String {
    let digest = sha512_crypt(password, salt, rounds);
    transposed::<21>(&digest, |group| group % 3, &[63])
}

/// Groups of three bytes that lie `WIDTH` apart, each begun one further than the one before, then what is left over.
fn transposed<const WIDTH: usize>(digest: &[u8], begin: impl Fn(usize) -> usize, last: &[usize]) -> String {
    let order = (0..WIDTH).flat_map(|group| {
        let begin = begin(group);
        (0..3).rev().map(move |at| group + (begin + at) % 3 * WIDTH)
    });
    base64::encode(order.chain(last.iter().copied()).filter_map(|at| digest.get(at).copied()))
}

/// The 28 digits of a `$sha1$` text: HMAC keyed with the password, again and again.
pub(super) fn sha1(password: &[u8], salt: &str, rounds: u32) -> String {
    let first = format!("{salt}$sha1${rounds}").into_bytes();
    let digest = (0..rounds).fold(first, |digest, _| Algorithm::Sha1.hmac(password, &digest));
    let order = [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 17, 16, 15, 0, 19, 18];
    base64::encode(order.iter().filter_map(|at: &usize| digest.get(*at).copied()))
}
