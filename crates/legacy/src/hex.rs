//! Bytes in hexadecimal digits, as many exporters write them.

/// The bytes of pairs of digits.
pub(crate) fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16)?).ok();
    let byte = |pair: &[u8; 2]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn only_pairs_of_digits() {
        assert_eq!(bytes(b"00fF"), Some(vec![0, 255]));
        assert_eq!(bytes(b""), Some(vec![]));
        assert_eq!((bytes(b"0"), bytes(b"0g"), bytes(b"+1")), (None, None, None));
    }
}
