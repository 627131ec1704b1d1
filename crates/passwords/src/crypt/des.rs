//! DES crypt: the traditional one of eight characters and BSDi's extended one. The DES of a library is no help: the salt
//! swaps bits of the expansion inside each round.

use super::base64;

/// Salt and number of encryptions; 25 in the traditional form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Des {
    pub salt: u32,
    pub rounds: u32,
}

impl Des {
    /// Of the first eight characters.
    pub fn traditional(&self, password: &[u8]) -> String {
        base64::encode_block(Cipher::new(key_of(password)).encrypt(0, self.salt, self.rounds))
    }

    /// Of all characters, eight at a time.
    pub fn extended(&self, password: &[u8]) -> String {
        let (first, rest) = password.split_at_checked(8).unwrap_or((password, &[]));
        let key = rest.chunks(8).fold(key_of(first), |key, next| Cipher::new(key).encrypt(key, 0, 1) ^ key_of(next));
        base64::encode_block(Cipher::new(key).encrypt(0, self.salt, self.rounds))
    }
}

/// Seven bits of each of eight characters, above a parity bit that nothing reads.
fn key_of(password: &[u8]) -> u64 {
    let bytes = password.iter().copied().chain(std::iter::repeat(0)).take(8);
    bytes.fold(0, |key, byte| key << 8 | u64::from(byte << 1))
}

/// Bits of `input`, numbered from 1 at the top of `width`, in the order of `table`.
fn permute(input: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |output, bit| output << 1 | (input >> (width - u32::from(*bit))) & 1)
}

struct Cipher {
    /// Sixteen keys in halves of 24 bits.
    keys: Vec<(u32, u32)>,
    /// The S-boxes with the permutation behind them.
    boxes: Vec<[u32; 64]>,
}

impl Cipher {
    fn new(key: u64) -> Self {
        let chosen = permute(key, 64, &PC1);
        let (mut high, mut low) = ((chosen >> 28) as u32, chosen as u32 & HALF_KEY);
        let rotate = |half: u32, by: u32| (half << by | half >> (28 - by)) & HALF_KEY;
        let keys = SHIFTS.iter().map(|by| {
            (high, low) = (rotate(high, *by), rotate(low, *by));
            let key = permute(u64::from(high) << 28 | u64::from(low), 56, &PC2);
            ((key >> 24) as u32, key as u32 & HALF_EXPANSION)
        });
        let boxes = S_BOXES.iter().enumerate().map(|(number, rows)| {
            let mut permuted = [0; 64];
            for (input, output) in (0u32..).zip(permuted.iter_mut()) {
                let at = (input & 0x20) | (input & 1) << 4 | (input >> 1 & 0xf);
                let value = rows.get(at as usize).copied().unwrap_or_default();
                *output = permute(u64::from(value) << (28 - 4 * number), 32, &P) as u32;
            }
            permuted
        });
        Self { keys: keys.collect(), boxes: boxes.collect() }
    }

    fn encrypt(&self, block: u64, salt: u32, rounds: u32) -> u64 {
        let swap = salt.reverse_bits() >> 8;
        let block = permute(block, 64, &IP);
        let (mut left, mut right) = ((block >> 32) as u32, block as u32);
        for _ in 0..rounds {
            for key in &self.keys {
                (left, right) = (right, left ^ self.scrambled(right, swap, *key));
            }
            (left, right) = (right, left);
        }
        permute(u64::from(left) << 32 | u64::from(right), 64, &FP)
    }

    fn scrambled(&self, half: u32, swap: u32, key: (u32, u32)) -> u32 {
        let six = |at: u32| half.rotate_left(5 + 4 * at) & 63;
        let (high, low) =
            ((0..4).fold(0, |bits, at| bits << 6 | six(at)), (4..8).fold(0, |bits, at| bits << 6 | six(at)));
        let swapped = (high ^ low) & swap;
        let expanded = u64::from(high ^ swapped ^ key.0) << 24 | u64::from(low ^ swapped ^ key.1);
        let outputs = self.boxes.iter().zip((0..8u32).rev());
        outputs.fold(0, |mixed, (sixty_four, at)| {
            mixed | sixty_four.get((expanded >> (6 * at) & 63) as usize).copied().unwrap_or_default()
        })
    }
}

const HALF_KEY: u32 = 0x0fff_ffff;
const HALF_EXPANSION: u32 = 0x00ff_ffff;
const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

#[rustfmt::skip]
const IP: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
    57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
#[rustfmt::skip]
const FP: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
    36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];
#[rustfmt::skip]
const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
    63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
#[rustfmt::skip]
const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
#[rustfmt::skip]
const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
#[rustfmt::skip]
const S_BOXES: [[u8; 64]; 8] = [
    [14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
     4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13],
    [15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
     0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9],
    [10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
     13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12],
    [7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
     10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14],
    [2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
     4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3],
    [12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
     9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13],
    [4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
     1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12],
    [13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
     7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 46's classic example.
    #[test]
    fn it_is_des() {
        assert_eq!(Cipher::new(0x1334_5779_9bbc_dff1).encrypt(0x0123_4567_89ab_cdef, 0, 1), 0x85e8_1354_0f0a_b405);
    }
}
