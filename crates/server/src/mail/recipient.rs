//! A recipient as a mail system takes it. Dialects call addresses well-formed that the grammar only knows in quotes:
//! Japanese carriers gave out `some..one@` and `someone.@` (frp 8, v1 2).

use dragoman_dialect::mail::is_address;
use lettre::Address;
use url::Host;

/// The address to write for a text that a dialect took for one: the local part in quotes where the grammar wants them, a
/// domain in letters beyond ASCII as its A-labels. The message builder's own check is narrower than the dialects'.
pub(super) fn recipient(text: &str) -> Result<Address, String> {
    let parts = text.rsplit_once('@').filter(|_| is_address(text));
    let (local, domain) = parts.ok_or_else(|| "not an address".to_owned())?;
    let domain = if domain.is_ascii() { domain.to_owned() } else { a_labels(domain)? };
    // Neither quotes nor backslashes are in it, so nothing in the quotes is to be escaped.
    let local = if is_dot_atom(local) { local.to_owned() } else { format!("\"{local}\"") };
    Ok(Address::new_dangerous(local, domain))
}

/// Of [`is_address`]'s letters only the place of a dot is left to look at.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| !atom.is_empty())
}

fn a_labels(domain: &str) -> Result<String, String> {
    match Host::parse(domain) {
        Ok(Host::Domain(ascii)) => Ok(ascii),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => Err("not a domain".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_grammar_does_not_know_is_quoted() {
        for (text, written) in [
            ("ann@leaf.test", "ann@leaf.test"),
            ("a..b@carrier.example", "\"a..b\"@carrier.example"),
            ("someone.@carrier.example", "\"someone.\"@carrier.example"),
            (".a@carrier.example", "\".a\"@carrier.example"),
            ("o'neil+x=y@leaf.test", "o'neil+x=y@leaf.test"),
            ("a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"),
            ("é1@b.cn", "é1@b.cn"),
        ] {
            assert_eq!(recipient(text).map(|address| address.to_string()).as_deref(), Ok(written));
        }
        for wrong in
            ["", "a", "a@", "@b", "a@b@c", "a b@leaf.test", "a@leaf.test\r\nBcc: b@leaf.test", "\"a\"@leaf.test"]
        {
            assert!(recipient(wrong).is_err(), "{wrong:?}");
        }
    }
}
