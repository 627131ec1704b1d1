//! `dragoman config show`: every value beside its origin, secrets masked.

use std::fmt::Write;

use super::{Entry, secrets::masked};

/// TOML, with the origin of each value in a comment of its own column.
pub fn show(entries: &[Entry]) -> String {
    let lines: Vec<(&Entry, String)> =
        entries.iter().map(|entry| (entry, format!("{} = {}", entry.key, toml_text(entry)))).collect();
    let width = lines.iter().map(|(_, line)| line.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    let (mut text, mut section) = (String::new(), "");
    for (entry, line) in &lines {
        if entry.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", header(&entry.section));
            section = &entry.section;
        }
        let _ = writeln!(text, "{line:width$}  # {}", entry.origin);
    }
    text
}

/// A section of a listed mount is one of the list's last item.
fn header(section: &str) -> String {
    match section.strip_prefix("mounts[").and_then(|rest| rest.split_once(']')) {
        Some((_, "")) => "[[mounts]]".to_owned(),
        Some((_, inner)) => format!("[mounts{inner}]"),
        None => format!("[{section}]"),
    }
}

fn toml_text(entry: &Entry) -> String {
    match masked(&entry.key, &entry.value) {
        // TOML has no null: an absent value is shown as what it is.
        serde_json::Value::Null => "(none)".to_owned(),
        // JSON writes numbers, booleans, texts and lists of these as TOML does.
        value => value.to_string(),
    }
}
