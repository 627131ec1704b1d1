//! E-mail masking, in `info/get` only (section 2, "Values").

use crate::rules::is_word;

/// Hides the middle of the run of word characters before `@`.
pub fn masked(email: &str) -> String {
    let Some((local, domain)) = email.split_once('@') else { return email.to_owned() };
    let run = local.bytes().rev().take_while(|byte| is_word(*byte)).count();
    if run < 2 || !is_maskable(domain) {
        return email.to_owned();
    }
    // The run is ASCII, so every cut is between characters.
    let (kept, run) = local.split_at(local.len() - run);
    let (first, last) = run.split_at(run.len() - 1);
    let first = if first.len() > 1 { first.get(..1).unwrap_or_default() } else { "" };
    format!("{kept}{first}****{last}@{domain}")
}

/// One or more word characters, a `.`, and a lower-case letter.
fn is_maskable(domain: &str) -> bool {
    let label = domain.bytes().take_while(|byte| is_word(*byte)).count();
    let mut rest = domain.bytes().skip(label);
    label > 0 && rest.next() == Some(b'.') && rest.next().is_some_and(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn the_contract_s_table() {
        for (address, shown) in [
            ("usery@leaf.test", "u****y@leaf.test"),
            ("ab@leaf.test", "****b@leaf.test"),
            ("a@leaf.test", "a@leaf.test"),
            ("first.last@leaf.test", "first.l****t@leaf.test"),
            ("a.b@leaf.test", "a.b@leaf.test"),
            ("a+tag@leaf.cn", "a+t****g@leaf.cn"),
            ("user@my-host.cn", "user@my-host.cn"),
            ("User@LEAF.CN", "User@LEAF.CN"),
            ("S4kura@Leaf.test", "S****a@Leaf.test"),
            ("10001@mail.leaf.co.cn", "1****1@mail.leaf.co.cn"),
            ("", ""),
            ("中文ab@leaf.cn", "中文****b@leaf.cn"),
            ("abc", "abc"),
            ("abc@", "abc@"),
            ("abc@leaf.", "abc@leaf."),
        ] {
            assert_eq!(masked(address), shown);
        }
    }
}
