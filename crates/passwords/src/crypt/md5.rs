//! MD5-crypt: FreeBSD's `$1$` and Apache's `$apr1$`, which differ in that word only.

use md5::{Digest, Md5};

use super::base64;

const ROUNDS: u32 = 1000;

/// The 22 digits behind `magic`, salt and `$`.
pub(super) fn digest(magic: &str, password: &[u8], salt: &[u8]) -> String {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut hash = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for (_, byte) in password.iter().zip(inner.iter().cycle()) {
        hash.update([*byte]);
    }
    // One byte for each bit of the length: a mistake of the original that all kept.
    let mut length = password.len();
    while length > 0 {
        let first = password.first().copied().unwrap_or_default();
        hash.update([if length & 1 == 1 { 0 } else { first }]);
        length >>= 1;
    }
    let mut digest: [u8; 16] = hash.finalize().into();
    for round in 0..ROUNDS {
        let odd = round % 2 == 1;
        let mut hash = Md5::new();
        hash.update(if odd { password } else { &digest });
        if round % 3 != 0 {
            hash.update(salt);
        }
        if round % 7 != 0 {
            hash.update(password);
        }
        hash.update(if odd { &digest } else { password });
        digest = hash.finalize().into();
    }
    let order = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
    base64::encode(order.iter().filter_map(|at: &usize| digest.get(*at).copied()))
}
