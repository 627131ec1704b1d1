//! Addresses of which a server shows a part: `h****a@leaf.test`.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

static MASK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)([A-Za-z0-9._+-]*)(\*{2,})([A-Za-z0-9._+-]*)@([A-Za-z0-9.-]+)").ok());

/// `text` with the masks of known addresses given the letters of their pseudonyms. `addresses`: each with its pseudonym.
pub(crate) fn replaced(text: Vec<u8>, addresses: &[(String, String)]) -> Vec<u8> {
    let Some(mask) = MASK.as_ref().filter(|_| text.windows(2).any(|two| two == b"**")) else { return text };
    let replaced = mask.replace_all(&text, |found: &Captures| {
        let whole = found.get(0).map_or(&b""[..], |whole| whole.as_bytes());
        masked(found, addresses).unwrap_or_else(|| whole.to_vec())
    });
    replaced.into_owned()
}

fn masked(found: &Captures, addresses: &[(String, String)]) -> Option<Vec<u8>> {
    let part = |group: usize| std::str::from_utf8(found.get(group).map_or(&b""[..], |part| part.as_bytes())).ok();
    let (before, stars, after, domain) = (part(1)?, part(2)?, part(3)?, part(4)?);
    let shown = before.len() + after.len();
    let fits = |address: &&(String, String)| {
        let Some((local, own_domain)) = address.0.rsplit_once('@') else { return false };
        // A domain that was redacted already stands there as the pseudonym's.
        let same_domain = own_domain == domain || address.1.ends_with(&format!("@{domain}"));
        same_domain && local.len() > shown.max(1) - 1 && local.starts_with(before) && local.ends_with(after)
    };
    // Of several that fit, the one that hides least: a mask of two letters shows one of them.
    let (_, pseudonym) = addresses.iter().filter(fits).min_by_key(|(address, _)| address.len())?;
    let (local, domain) = pseudonym.rsplit_once('@')?;
    let (start, end) = (local.get(..before.len())?, local.get(local.len().checked_sub(after.len())?..)?);
    Some(format!("{start}{stars}{end}@{domain}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_letters_of_the_pseudonym() {
        let addresses =
            [("hana@leaf.test", "qxzb@leaf.test"), ("ab@leaf.test", "xy@leaf.test")].map(|(a, b)| (a.into(), b.into()));
        let of = |text: &str| String::from_utf8(replaced(text.as_bytes().to_vec(), &addresses)).unwrap();
        assert_eq!(of(r#"{"email":"h****a@leaf.test"}"#), r#"{"email":"q****b@leaf.test"}"#);
        assert_eq!(of("****b@leaf.test"), "****y@leaf.test");
        assert_eq!(of("k****a@leaf.test"), "k****a@leaf.test");
    }
}
