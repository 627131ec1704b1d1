//! Reports of replays, as `dragoman replay --json > FILE` writes them, in one folder.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

/// Reports that are listed, the newest.
const MOST: usize = 50;
/// Names in the folder that are looked at.
const LOOKED_AT: usize = 5_000;
/// A longer file is none.
const LONGEST: u64 = 8 << 20;

/// How many scenarios came out how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

/// A report with every scenario.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub counts: Counts,
    pub fixtures: Vec<Scenario>,
}

/// What came of one scenario.
#[derive(Debug, Deserialize)]
pub(crate) struct Scenario {
    pub file: String,
    pub title: String,
    pub outcome: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub mismatches: Vec<Mismatch>,
    #[serde(default)]
    pub accepted: Vec<Mismatch>,
}

/// What differed.
#[derive(Debug, Deserialize)]
pub(crate) struct Mismatch {
    pub step: Option<u64>,
    pub request: String,
    pub place: Value,
    pub expected: String,
    pub got: String,
}

/// A report of the list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub name: String,
    pub made: Option<SystemTime>,
    /// `None`: it cannot be read as a report.
    pub counts: Option<Counts>,
}

/// The newest reports of a folder, the newest first. Reads files: not for an async thread.
pub(crate) fn list(folder: &Path) -> std::io::Result<Vec<Listed>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(LOOKED_AT) {
        // One that is being replaced meanwhile hides no other.
        let Ok(entry) = entry else { continue };
        let (Ok(name), Ok(facts)) = (entry.file_name().into_string(), entry.metadata()) else { continue };
        if is_name(&name) && facts.is_file() {
            found.push((facts.modified().ok(), name));
        }
    }
    found.sort_by(|left, right| right.cmp(left));
    let listed = |(made, name): (Option<SystemTime>, String)| {
        let counts = read(&folder.join(&name));
        Listed { name, made, counts }
    };
    Ok(found.into_iter().take(MOST).map(listed).collect())
}

/// One report of a folder by its name; `None`: there is none of that name.
pub(crate) fn find(folder: &Path, name: &str) -> Option<Report> {
    if is_name(name) { read(&folder.join(name)) } else { None }
}

/// Of a file in the folder itself.
fn is_name(name: &str) -> bool {
    name.ends_with(".json") && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    // Looked at before it is opened: opening a pipe waits for somebody who writes.
    let facts = std::fs::symlink_metadata(path).ok()?;
    if !facts.is_file() || facts.len() > LONGEST {
        return None;
    }
    let file = File::open(path).ok()?;
    serde_json::from_reader(BufReader::new(file.take(LONGEST))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"passed": 1, "failed": 1, "skipped": 0, "fixtures": [
        {"file": "a.json", "title": "logs in", "dialects": ["frp"], "origin": "recorded", "steps": 2, "seconds": 0.1, "outcome": "passed"},
        {"file": "b.json", "title": "logs out", "dialects": ["frp"], "origin": "recorded", "steps": 2, "seconds": 0.1, "outcome": "failed",
         "mismatches": [{"fixture": "b.json", "step": 1, "step_name": "", "request": "GET /x", "place": {"header": "date"}, "expected": "1", "got": "2"}]}]}"#;

    #[test]
    fn what_is_a_report_is_listed_and_nothing_else_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for (name, text) in [("a.json", REPORT), ("b.json", "{}"), ("c.txt", REPORT), (".d.json", REPORT)] {
            std::fs::write(path.join(name), text).unwrap();
        }
        std::fs::create_dir(path.join("e.json")).unwrap();
        let mut listed = list(path).unwrap();
        listed.sort_by(|left, right| left.name.cmp(&right.name));
        let told: Vec<_> = listed.iter().map(|listed| (listed.name.as_str(), listed.counts.clone())).collect();
        let counts = Counts { passed: 1, failed: 1, skipped: 0 };
        assert_eq!(told, [("a.json", Some(counts)), ("b.json", None)]);
        let report = find(path, "a.json").unwrap();
        assert_eq!((report.fixtures[1].outcome.as_str(), report.fixtures[1].mismatches.len()), ("failed", 1));
        for name in ["b.json", "e.json", "../a.json", "x/../a.json", ".d.json", "c.txt", "", "a.json\0", "nothing.json"]
        {
            assert!(find(path, name).is_none(), "{name:?}");
        }
        assert!(list(&path.join("nowhere")).is_err());
    }
}
