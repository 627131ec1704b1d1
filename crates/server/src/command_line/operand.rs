//! Names and addresses as an operator types them: trimmed, and checked as those of a registration are.

use dragoman_dialect::mail::is_address;

use super::{Complaint, plain::is_unseen};

/// A login name.
pub(super) fn login_name(text: &str) -> Result<String, Complaint> {
    let name = text.trim();
    if name.is_empty() {
        return Err("a login name needs at least one letter".into());
    }
    if name.chars().any(is_unseen) {
        return Err("a login name has no control characters or letters that are not seen".into());
    }
    Ok(name.to_owned())
}

/// An e-mail address; an empty one is none.
pub(super) fn email(text: Option<String>) -> Result<Option<String>, Complaint> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if is_address(&text) {
        Ok(Some(text))
    } else {
        Err(format!("`{}` is no e-mail address", text.escape_debug()).into())
    }
}

/// The scope of names; an empty one is none.
pub(super) fn scope(text: Option<String>) -> Result<Option<String>, Complaint> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.len() > 64 || text.chars().any(is_unseen) {
        return Err("a scope is a text of 1 to 64 bytes".into());
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_something_is_left() {
        assert_eq!(login_name(" ann\t\n").ok().as_deref(), Some("ann"));
        for nothing in ["", " ", "\u{3000}\u{a0}", "a\u{1b}[2Jb", "a\0b", "a\nb", "adm\u{200b}in", "\u{202e}nimda"] {
            assert!(login_name(nothing).is_err(), "{nothing:?}");
        }
    }

    #[test]
    fn an_empty_address_is_none_and_what_is_no_address_is_refused() {
        for none in ["", " ", "\t"] {
            assert!(matches!(email(Some(none.to_owned())), Ok(None)), "{none:?}");
        }
        assert_eq!(email(Some(" ann@leaf.test ".to_owned())).ok().flatten().as_deref(), Some("ann@leaf.test"));
        for wrong in ["ann", "@leaf.test", "ann@", "ann@leaf.test, bob@leaf.test", "a b@leaf.test", "a@b\r\nBcc: c@d"] {
            assert!(email(Some(wrong.to_owned())).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_scope_is_none() {
        assert!(matches!(scope(Some("  ".to_owned())), Ok(None)));
        assert_eq!(scope(Some(" pool-b ".to_owned())).ok().flatten().as_deref(), Some("pool-b"));
        assert!(scope(Some("x".repeat(65))).is_err() && scope(Some("a\nb".to_owned())).is_err());
    }
}
