//! Texts that strangers chose, as they may stand on an operator's terminal: nothing in them steers it, hides, or turns the
//! line around.

use dragoman_accounts::address::is_invisible;

/// With U+FFFD for every letter that would be seen only by what it does.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if is_unseen(letter) { '\u{fffd}' } else { letter }).collect()
}

/// JSON with those letters escaped, so that its readers still get them. JSON's own writer escapes the first 32 only.
pub(super) fn plain_json(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for letter in json.chars() {
        if is_unseen(letter) && !letter.is_ascii_whitespace() {
            let mut units = [0; 2];
            plain.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// Control characters, and what shows nothing or changes how its neighbours are shown.
pub(super) fn is_unseen(letter: char) -> bool {
    letter.is_control() || is_invisible(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\n\u{9b}c"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
    }

    #[test]
    fn a_name_cannot_hide_or_turn_around() {
        for letter in
            ['\u{200b}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{ad}', '\u{3164}', '\u{e0061}', '\u{2028}']
        {
            assert_eq!(plain(&format!("adm{letter}in")), "adm\u{fffd}in", "{letter:?}");
        }
        for seen in ["中文 例子", "Zoë", "ﷺ", "مرحبا", "o'neil"] {
            assert_eq!(plain(seen), seen);
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({ "name": "a\u{9b}b\u{202e}c\u{e0061}\n" });
        let text = plain_json(&value.to_string());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
