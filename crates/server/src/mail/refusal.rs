//! Whether a mail server refused the recipient, which is final, or us, which an operator can mend while the mails wait.

use lettre::transport::smtp::Error;

/// What servers without enhanced status codes say when the recipient is not to blame.
const OF_US: [&str; 10] =
    ["relay", "rcpthosts", "authenticat", "block", "blacklist", "denylist", "spamhaus", "reputation", "spf", "sender"];

/// Whether a permanent reply to the recipient or the message is about them. Its enhanced code tells (RFC 3463: 1 addresses,
/// 2 mailboxes, 6 content; but 1.7 and 1.8 the sender's address), else its words; what remains is the recipient's, as the
/// basic codes of RFC 5321 have it.
pub(super) fn is_of_the_recipient(error: &Error, words: &str) -> bool {
    if !error.is_permanent() {
        return false;
    }
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    match enhanced(words) {
        Some(("1", "7" | "8")) => false,
        Some(("1" | "2" | "6", _)) => true,
        // Too large for the recipient's system, whoever sends it.
        Some(("3", "4")) => true,
        Some(_) => false,
        None => {
            let words = words.to_lowercase();
            matches!(&*code, "501" | "550" | "551" | "552" | "553" | "554" | "555" | "556")
                && !OF_US.iter().any(|word| words.contains(word))
        }
    }
}

/// Subject and detail of the first `5.x.y` in a reply.
fn enhanced(words: &str) -> Option<(&str, &str)> {
    words.split(|letter: char| !letter.is_ascii_digit() && letter != '.').find_map(|word| {
        let mut parts = word.trim_matches('.').strip_prefix("5.")?.split('.');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(subject), Some(detail), None) if detail.len() <= 3 && subject.len() == 1 => Some((subject, detail)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enhanced_code_is_found() {
        assert_eq!(enhanced("permanent error (550): 5.7.26 not authenticated"), Some(("7", "26")));
        assert_eq!(enhanced("553 sorry, not in my list (#5.7.1)"), Some(("7", "1")));
        assert_eq!(enhanced("550 no such user at 5.6.7.8"), None);
        assert_eq!(enhanced("550 no such user"), None);
    }
}
