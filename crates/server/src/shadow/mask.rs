//! What of a difference may be kept: where it is and of which form the values are, never the values of a person.

use dragoman_fixtures::{Divergence, FieldRole, Place, Role};
use dragoman_usage::Sample;

/// The longest place, in letters.
const LONGEST_PLACE: usize = 180;
/// What the comparison says in its own words.
const OWN_WORDS: [&str; 8] =
    ["a value", "no such member", "a member", "the member once more", "JSON", "(nothing)", "(absent)", "a PNG"];

/// A difference as it may be kept.
pub(super) fn sample(divergence: &Divergence, roles: &[FieldRole]) -> Sample {
    let Divergence { place, old, ours } = divergence;
    let (name, is_open) = match place {
        Place::Status | Place::Header(_) => (place.to_string(), true),
        Place::Byte { pointer: Some(pointer), .. } | Place::Value(pointer) => {
            (format!("body, {}", places(pointer)), false)
        }
        Place::Byte { pointer: None, .. } => ("body".to_owned(), false),
        _ => (place.to_string(), false),
    };
    let is_secret = name.rsplit('/').next().is_some_and(|field| holds_secret(field, roles));
    let kept = |text: &str| match (is_open, is_secret) {
        (true, _) => text.to_owned(),
        (false, true) => "(redacted)".to_owned(),
        (false, false) => masked(text),
    };
    Sample { place: name.chars().take(LONGEST_PLACE).collect(), old: kept(old), ours: kept(ours) }
}

/// A pointer with one place for all elements of a list.
fn places(pointer: &str) -> String {
    let segment = |segment: &str| {
        let is_index = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        if is_index { "*".to_owned() } else { segment.to_owned() }
    };
    pointer.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn holds_secret(field: &str, roles: &[FieldRole]) -> bool {
    roles.iter().any(|told| told.field == field && !matches!(told.role, Role::Volatile(_)))
}

/// Letters and digits of another, the rest as it is: `"bob@example.com"` is `"aaa@aaaaaaa.aaa"`.
fn masked(text: &str) -> String {
    if OWN_WORDS.contains(&text) || ["true", "false", "null"].contains(&text) || text.starts_with("a value of type ") {
        return text.to_owned();
    }
    let mask = |letter: char| match letter {
        letter if letter.is_ascii_uppercase() => 'A',
        letter if letter.is_ascii_alphabetic() => 'a',
        letter if letter.is_numeric() => '0',
        letter if letter.is_ascii() || letter == '…' => letter,
        _ => '\u{25a1}',
    };
    text.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(place: Place, old: &str, ours: &str) -> Sample {
        let roles = [FieldRole { field: "token".to_owned(), role: Role::Secret }];
        sample(&Divergence { place, old: old.to_owned(), ours: ours.to_owned() }, &roles)
    }

    #[test]
    fn nothing_of_a_person_is_kept() {
        let value = |pointer: &str| Place::Value(pointer.to_owned());
        let found = kept(value("/data/0/email"), "\"bob@Example.com\"", "\"王@x.cn\"");
        assert_eq!(
            (&*found.place, &*found.old, &*found.ours),
            ("body, /data/*/email", "\"aaa@Aaaaaaa.aaa\"", "\"□@a.aa\"")
        );
        let found = kept(value("/token"), "\"0123\"", "\"4567\"");
        assert_eq!((&*found.old, &*found.ours), ("(redacted)", "(redacted)"));
        let found = kept(value("/a"), "none in {\"name\":\"bob\"}", "null");
        assert_eq!((&*found.old, &*found.ours), ("aaaa aa {\"aaaa\":\"aaa\"}", "null"));
        let found = kept(Place::Byte { offset: 7, pointer: Some("/x/12".to_owned()) }, "bob", "no such member");
        assert_eq!((&*found.place, &*found.old, &*found.ours), ("body, /x/*", "aaa", "no such member"));
    }

    #[test]
    fn what_says_nothing_of_anybody_stays_readable() {
        let found = kept(Place::Status, "403", "200");
        assert_eq!((&*found.place, &*found.old, &*found.ours), ("status", "403", "200"));
        let found = kept(Place::Header("Content-Type".to_owned()), "text/html", "application/json");
        assert_eq!(found.old, "text/html");
        assert_eq!(kept(Place::Value("/".repeat(500)), "a value of type text", "1").place.len(), LONGEST_PLACE);
    }
}
