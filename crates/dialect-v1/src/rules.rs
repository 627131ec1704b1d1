//! The validation rules of section 2. Lengths count bytes, as the old server's did.

use crate::error::Refusal;

/// Shortest password in bytes.
const PASSWORD: usize = 6;
/// Length of a mailed code in bytes.
pub const CODE: usize = 4;

/// Refuses what contains no address.
pub fn check_email(email: &str) -> Result<(), Refusal> {
    if contains_address(email) { Ok(()) } else { Err(Refusal::BAD_EMAIL) }
}

/// Refuses a password of fewer than six bytes.
pub fn check_password(password: &str) -> Result<(), Refusal> {
    if password.len() >= PASSWORD { Ok(()) } else { Err(Refusal::SHORT_PASSWORD) }
}

/// Refuses a code that is not four bytes long, which is another answer than a wrong one.
pub fn check_code(code: &str) -> Result<(), Refusal> {
    if code.len() == CODE { Ok(()) } else { Err(Refusal::BAD_CODE) }
}

/// Refuses the empty name; blanks are one.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() { Err(Refusal::EMPTY_NAME) } else { Ok(()) }
}

/// `A-Z a-z 0-9 _`
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Not anchored: rubbish before and behind the address is tolerated.
fn contains_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    let signs = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at);
    signs.into_iter().any(|at| {
        let (before, from) = bytes.split_at(at);
        before.last().is_some_and(|byte| is_word(*byte)) && begins_with_domain(from.get(1..).unwrap_or_default())
    })
}

/// Groups of word characters joined by single `-` or `.`, with at least one `.` that a word character follows.
fn begins_with_domain(bytes: &[u8]) -> bool {
    let mut previous_is_word = false;
    let mut pairs = bytes.iter().zip(bytes.iter().skip(1).map(Some).chain([None]));
    pairs
        .find_map(|(byte, next)| {
            let next_is_word = next.is_some_and(|next| is_word(*next));
            let joined = previous_is_word && next_is_word;
            previous_is_word = is_word(*byte);
            match byte {
                b'.' if joined => Some(true),
                b'-' if joined => None,
                byte if is_word(*byte) => None,
                _ => Some(false),
            }
        })
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_section_2_has_them() {
        for good in
            ["a@b.c", "x y a@b.c zz", "a+b@x.com", "user@my-host.cn", "_@_._", "@@a@b.c", "a@b-c.d..e", "é1@b.cn"]
        {
            assert!(contains_address(good), "{good}");
        }
        let bad =
            ["", "a@b", "中文@b.cn", "a@@b.c", "@b.c", "a@.b", "a@b.", "a@b..c", "a@-b.c", "a@b-.c", "a@b-c", "a.b.c"];
        for bad in bad {
            assert!(!contains_address(bad), "{bad}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_bytes() {
        assert_eq!(check_password("密码"), Ok(()));
        assert_eq!(check_password("12345"), Err(Refusal::SHORT_PASSWORD));
        assert_eq!(check_code("四b"), Ok(()));
        assert_eq!(check_code("四四四四"), Err(Refusal::BAD_CODE));
        assert_eq!((check_name(" "), check_name("")), (Ok(()), Err(Refusal::EMPTY_NAME)));
    }
}
