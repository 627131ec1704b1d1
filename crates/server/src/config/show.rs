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
            let header =
                if entry.section.starts_with("mounts[") { "[[mounts]]" } else { &format!("[{}]", entry.section) };
            let _ = writeln!(text, "{gap}{header}");
            section = &entry.section;
        }
        let _ = writeln!(text, "{line:width$}  # {}", entry.origin);
    }
    text
}

fn toml_text(entry: &Entry) -> String {
    match masked(&entry.key, &entry.value) {
        // TOML has no null: an absent value is shown as what it is.
        serde_json::Value::Null => "(none)".to_owned(),
        // JSON writes numbers, booleans, texts and lists of these as TOML does.
        value => value.to_string(),
    }
}
