//! The 64 digits of crypt(3), in its two orders.

const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn digit(value: u32) -> char {
    DIGITS.get(value as usize & 63).map_or('.', |digit| char::from(*digit))
}

/// The value of one digit.
pub(super) fn value(digit: u8) -> Option<u32> {
    DIGITS.iter().position(|known| *known == digit).and_then(|at| u32::try_from(at).ok())
}

/// A number of `digits` digits, the lowest first.
pub(super) fn number(digits: &str) -> Option<u32> {
    digits.bytes().rev().try_fold(0u32, |number, digit| Some(number.checked_mul(64)? | value(digit)?))
}

/// Three bytes give four digits, the lowest bits first, as all crypts but the DES ones write.
pub(super) fn encode(bytes: impl IntoIterator<Item = u8>) -> String {
    let mut bytes = bytes.into_iter();
    let mut text = String::new();
    loop {
        let group: Vec<u8> = bytes.by_ref().take(3).collect();
        let word = group.iter().rev().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let digits = if group.is_empty() { 0 } else { group.len() + 1 };
        text.extend((0..digits).map(|at| digit(word >> (6 * at))));
        if group.len() < 3 {
            return text;
        }
    }
}

/// The bytes behind [`encode`]; `None` for what it does not write.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let word = group.iter().rev().try_fold(0u32, |word, digit| Some(word << 6 | value(*digit)?))?;
        let whole = group.len() * 6 / 8;
        bytes.extend(word.to_le_bytes().iter().take(whole));
        if group.len() == 1 || word >> (whole * 8) != 0 {
            return None;
        }
    }
    Some(bytes)
}

/// 64 bits in eleven digits, the highest bits first, as DES crypts write.
pub(super) fn encode_block(block: u64) -> String {
    (0..10).map(|at| digit((block >> (58 - 6 * at)) as u32)).chain([digit((block << 2) as u32)]).collect()
}

/// Whether [`encode_block`] could have written this.
pub(super) fn is_block(text: &str) -> bool {
    let values: Option<Vec<u32>> = text.bytes().map(value).collect();
    values.is_some_and(|values| values.len() == 11 && values.last().is_some_and(|last| last & 3 == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders() {
        assert_eq!(encode([0xff, 0, 0, 1]), "z1../.");
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"abcd\xff\xfe"] {
            assert_eq!(decode(&encode(bytes.iter().copied())).unwrap(), bytes);
        }
        assert_eq!(decode("z"), None);
        assert_eq!(decode("zz"), None);
        assert_eq!(decode("z*"), None);
        assert_eq!(encode_block(u64::MAX), "zzzzzzzzzzw");
        assert!(is_block("zzzzzzzzzzw") && !is_block("zzzzzzzzzzz") && !is_block("zzzz"));
        assert_eq!(number("J9.."), Some(21 + 11 * 64));
    }
}
