//! What names and nicknames may look like (7.1 rows 6 to 8, section 9 row 7).

/// Longest nickname in characters.
const NICKNAME: usize = 20;

/// What is wrong with a nickname, in the order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNickname {
    Empty,
    TooLong,
    ForbiddenCharacter,
}

/// A trimmed nickname, if it may be one.
pub fn nickname(trimmed: &[u8]) -> Result<&str, BadNickname> {
    if trimmed.is_empty() {
        return Err(BadNickname::Empty);
    }
    if String::from_utf8_lossy(trimmed).chars().count() > NICKNAME {
        return Err(BadNickname::TooLong);
    }
    let is_forbidden = |character| matches!(character, '\0'..='\u{1f}' | '\u{7f}' | '<' | '>');
    match std::str::from_utf8(trimmed) {
        Ok(nickname) if !nickname.contains(is_forbidden) => Ok(nickname),
        _ => Err(BadNickname::ForbiddenCharacter),
    }
}

/// Whether an account may be registered under this name.
pub fn is_username(name: &str) -> bool {
    let is_word = |character| matches!(character, '0'..='9' | 'A'..='Z' | 'a'..='z' | '_' | '\u{4e00}'..='\u{9fff}');
    (2..=32).contains(&name.chars().count()) && name.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames() {
        assert_eq!(nickname("👍 a&b'\"".as_bytes()), Ok("👍 a&b'\""));
        assert_eq!(nickname("八".repeat(20).as_bytes()), Ok(&*"八".repeat(20)));
        assert_eq!(nickname(b""), Err(BadNickname::Empty));
        // The length comes before the characters.
        assert_eq!(nickname("<".repeat(21).as_bytes()), Err(BadNickname::TooLong));
        for bad in [&b"a<"[..], b">", b"a\x7fb", b"a\x00b", b"a\x1fb", b"\xff"] {
            assert_eq!(nickname(bad), Err(BadNickname::ForbiddenCharacter), "{bad:?}");
        }
    }

    #[test]
    fn usernames() {
        for good in ["ab", "清明", "A_9", &"一".repeat(32), "\u{4e00}\u{9fff}"] {
            assert!(is_username(good), "{good}");
        }
        for bad in ["a", "", "a b", "a-b", "é1", "ａｂ", "\u{3400}a", "\u{a000}a", &"a".repeat(33)] {
            assert!(!is_username(bad), "{bad}");
        }
    }
}
