//! How e-mail addresses are compared and which are taken: addresses are not names (one-domain.md E9). Full case folding
//! would make `große.example` and `grosse.example` one, which are two domains with two owners.

/// Version of [`compared`], stored beside every key of an address. Any change of its results needs a new number and a
/// re-keying of what is stored, as for names. Version 1 folded addresses as names are.
pub const ADDRESS_VERSION: i16 = 2;

/// What the spellings of one address have in common: ASCII letter case does not count, and the domain is in its A-label
/// form. What has no such domain, because medusa takes any text for an address, is compared by ASCII letter case alone.
pub fn compared(address: &str) -> String {
    let labelled =
        address.rsplit_once('@').and_then(|(local, domain)| Some((local, idna::domain_to_ascii(domain).ok()?)));
    match labelled {
        Some((local, domain)) => format!("{}@{domain}", local.to_ascii_lowercase()),
        None => address.to_ascii_lowercase(),
    }
}

/// Whether an address may be given to an account or mailed to: its domain is none or one that IDNA knows, and nothing in
/// it is invisible, which would show one address and mean another.
pub fn is_acceptable(address: &str) -> bool {
    let is_domain = |(_, domain): (&str, &str)| idna::domain_to_ascii(domain).is_ok();
    !address.chars().any(is_invisible) && address.rsplit_once('@').is_none_or(is_domain)
}

/// Whether a character shows nothing or changes how its neighbours are shown: those of the Unicode category Cf, and the
/// others that are ignorable by default (Unicode 17).
pub fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_mailbox_are_one() {
        for (one, other) in [
            ("Bob@Example.ORG", "bob@example.org"),
            ("bob@bücher.example", "bob@xn--bcher-kva.example"),
            ("bob@BÜCHER.example", "BOB@bu\u{308}cher.example"),
            ("bob@例子。中国", "bob@例子.中国"),
            ("Any Text", "any text"),
        ] {
            assert_eq!(compared(one), compared(other), "{one} and {other}");
        }
    }

    #[test]
    fn what_leads_to_another_mailbox_is_another() {
        for (one, other) in [
            ("bob@große.example", "bob@grosse.example"),
            ("bob@σας.example", "bob@σασ.example"),
            ("große@x.example", "grosse@x.example"),
            ("İ@x.example", "i\u{307}@x.example"),
            ("ſam@x.example", "sam@x.example"),
            ("\u{212a}im@x.example", "kim@x.example"),
            ("é@x.example", "É@x.example"),
            ("bob@x.example", "bob@x.example "),
            ("bob@x.example", "bob"),
        ] {
            assert_ne!(compared(one), compared(other), "{one} and {other}");
        }
    }

    #[test]
    fn an_address_is_acceptable_or_not() {
        let long = format!("a@{}", "b".repeat(4_000));
        for address in
            ["a@b", "a", "", "x y a@b.c zz", "a@b_c.d", "a@-.--", "a@bücher.example", "a@[192.0.2.1]", "é@b.c", &long]
        {
            assert!(is_acceptable(address), "{address}");
        }
        for address in
            ["a\u{200b}@b.c", "\u{202e}a@b.c", "a@b\u{200b}.c", "a\u{ad}@b.c", "a@xn--zz--zz.example", "a@\u{fffd}.c"]
        {
            assert!(!is_acceptable(address), "{address:?}");
        }
    }

    proptest! {
        #[test]
        fn comparing_twice_is_comparing_once(address in any::<String>(), domain in "[a-zA-ZßςÜü.\u{3002}-]{0,20}") {
            for text in [address.clone(), format!("{address}@{domain}")] {
                let once = compared(&text);
                prop_assert_eq!(compared(&once), once);
            }
        }
    }
}
