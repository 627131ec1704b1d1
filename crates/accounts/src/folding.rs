//! The folded key of a name: what names that differ only in case, trailing blanks or encoding have in common.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Version of [`fold`], stored beside every folded key. Any change of its results (a newer Unicode included) needs a new
/// number and a re-keying of what is stored (one-domain N3).
pub const FOLD_VERSION: i16 = 1;

/// The folded form of `name`: trailing U+0020 removed, full Unicode case folding, NFC. Accents count, compatibility
/// characters stay apart (no NFKC; one-domain N3). Folding twice gives the same as folding once.
pub fn fold(name: &str) -> String {
    let name = name.trim_end_matches(' ');
    if name.is_ascii() {
        // The same, quickly: a million names are folded in an import.
        return name.to_ascii_lowercase();
    }
    // Folding works on decomposed text, or U+0345 (iota subscript) would fold in the middle of a cluster (Unicode 3.13,
    // D145). It may leave text that composes again, hence NFC last.
    name.nfd().default_case_fold().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tables_are_those_of_this_version() {
        // When one of these fails after an update: compare the tables, raise FOLD_VERSION, re-key.
        assert_eq!(caseless::UNICODE_VERSION, (16, 0, 0));
        assert_eq!(unicode_normalization::UNICODE_VERSION, (18, 0, 0));
    }

    #[test]
    fn plain_letters_fold_as_all_others_do() {
        let plain: String = (0..128).map(char::from).collect();
        assert_eq!(fold(&plain), plain.nfd().default_case_fold().nfc().collect::<String>());
    }

    #[test]
    fn case_trailing_blanks_and_encoding_do_not_count() {
        assert_eq!(fold("Alice  "), "alice");
        assert_eq!(fold("STRASSE"), fold("straße"));
        assert_eq!(fold("E\u{301}COLE"), fold("école"));
        assert_eq!(fold("\u{1c5}"), fold("\u{1c6}"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert_eq!(fold("\u{1fb3}\u{301}"), fold("\u{391}\u{301}\u{399}"));
        assert_eq!(fold("密码"), "密码");
    }

    #[test]
    fn accents_leading_blanks_other_blanks_and_compatibility_forms_count() {
        for (one, other) in [
            ("ann", "änn"),
            (" ann", "ann"),
            ("ann\t", "ann"),
            ("ann\u{3000}", "ann"),
            ("Ａ", "A"),
            ("①", "1"),
            ("ﬀ x", "ﬁ x"),
        ] {
            assert_ne!(fold(one), fold(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn every_character_folds_to_a_fixed_point() {
        for character in '\0'..=char::MAX {
            for text in [character.to_string(), format!("α{character}\u{345}"), format!("{character}\u{301}")] {
                let folded = fold(&text);
                assert_eq!(fold(&folded), folded, "{text:?}");
            }
        }
    }

    fn awkward() -> impl Strategy<Value = String> {
        let marks = "[ αΑιΙẞßİıSſKKÅǰŉᾳᾼΐ\u{345}\u{301}\u{308}\u{30c}\u{5b0}\u{327}\u{93c}\u{3099}\u{1161}\u{1100}\u{11a8}]{0,12}";
        prop_oneof![any::<String>(), marks.prop_map(String::from)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn folding_twice_is_folding_once(name in awkward()) {
            let folded = fold(&name);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn equivalent_encodings_fold_alike(name in awkward()) {
            let (composed, decomposed): (String, String) = (name.nfc().collect(), name.nfd().collect());
            prop_assert_eq!(fold(&composed), fold(&decomposed));
            prop_assert_eq!(fold(&format!("{name}  ")), fold(&name));
        }
    }
}
