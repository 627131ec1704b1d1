//! `docs/dialects/*.md` list every row of a contract's tables with what shows it; what they name must exist.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows `| section | row | condition | covered by |` of a page.
fn rows(page: &str) -> Vec<Vec<String>> {
    let mut lines = page.lines().skip_while(|line| !line.starts_with("| section | row |")).skip(2).peekable();
    let mut rows = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
        rows.push(line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect());
    }
    rows
}

/// Texts between backticks.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// A fixture, a test as `crates/.../file.rs::name`, or one as `crate::...::name`, where the name is a function, a file or a module of the crate.
fn exists(name: &str) -> bool {
    if name.starts_with("compat-fixtures/") {
        return root().join(name).is_file();
    }
    let (Some(room), Some(last)) = (name.split("::").next(), name.rsplit("::").next()) else { return false };
    if room.ends_with(".rs") {
        return fs::read_to_string(root().join(room)).is_ok_and(|source| source.contains(&format!("fn {last}(")));
    }
    let folder = root().join("crates").join(room);
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.iter().any(|file| {
        file.file_stem().is_some_and(|stem| stem == last)
            || file.parent().and_then(Path::file_name).is_some_and(|parent| parent == last)
            || fs::read_to_string(file)
                .is_ok_and(|source| source.contains(&format!("fn {last}(")) || source.contains(&format!("mod {last}")))
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_contract_row_names_a_fixture_or_test_that_exists() {
    let mut pages = 0;
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("docs/dialects")).expect("docs/dialects") {
        let file = entry.expect("a page").path();
        let page = fs::read_to_string(&file).expect("a page");
        let rows = rows(&page);
        assert!(rows.len() > 20, "{} has only {} rows", file.display(), rows.len());
        pages += 1;
        for row in &rows {
            let covered = row.last().map(String::as_str).unwrap_or_default();
            let names = named(covered);
            if names.is_empty() || row.len() != 4 {
                missing.push(format!("{}: nothing covers {row:?}", file.display()));
            }
            missing.extend(
                names
                    .iter()
                    .filter(|name| !exists(name))
                    .map(|name| format!("{}: {name} does not exist", file.display())),
            );
        }
    }
    assert!(pages > 0);
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The rows of one-domain.md that decide something: N1 to N11, E1 to E9, R1 to R12, P1 to P13.
fn decisions() -> Vec<String> {
    let design = fs::read_to_string(root().join("docs/one-domain.md")).expect("the design");
    let names = design.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let is_decision = |name: &&str| name.starts_with(['N', 'E', 'R', 'P']) && name[1..].parse::<u8>().is_ok();
    names.filter(is_decision).map(str::to_owned).collect()
}

#[test]
fn every_decision_about_the_shared_account_is_shown() {
    let page = fs::read_to_string(root().join("docs/cross-dialect.md")).expect("the page");
    let rows: Vec<Vec<&str>> =
        page.lines().filter_map(|line| Some(line.strip_prefix("| ")?.split(" | ").collect())).collect();
    let decisions = decisions();
    assert_eq!(decisions.len(), 45, "{decisions:?}");
    for decision in decisions {
        let row = rows.iter().find(|row| row[0] == decision).unwrap_or_else(|| panic!("no row {decision}"));
        let names = named(row.last().expect("a cell"));
        assert!(!names.is_empty(), "nothing shows {decision}");
        for name in names {
            assert!(exists(name), "{decision}: {name} does not exist");
        }
    }
    let mut files: Vec<_> = fs::read_dir(root().join("compat-fixtures/cross"))
        .expect("fixtures")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    files.retain(|file| !page.contains(&format!("`compat-fixtures/cross/{}`", file.display())));
    assert!(files.is_empty(), "the page does not name {files:?}");
}
