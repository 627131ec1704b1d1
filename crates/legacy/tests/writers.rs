//! Every file of every writer, against the dump that all were made from.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use dragoman_legacy::{Kind, Moment, Raw, ReadOptions, Source, Table, Value, Warning};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

const PROXY: &[(&str, Kind)] = &[
    ("id", Kind::Integer),
    ("username", Kind::Text),
    ("password_hash", Kind::Text),
    ("createtime", Kind::DateTime),
    ("locked", Kind::Integer),
    ("description", Kind::Text),
    ("avatar", Kind::Text),
    ("role_id", Kind::Integer),
];
const V1: &[(&str, Kind)] = &[
    ("id", Kind::Integer),
    ("created_at", Kind::DateTime),
    ("updated_at", Kind::DateTime),
    ("deleted_at", Kind::DateTime),
    ("username", Kind::Text),
    ("email", Kind::Text),
    ("password", Kind::Text),
    ("avatar", Kind::Text),
    ("space_cover", Kind::Text),
    ("gender", Kind::Integer),
    ("birthday", Kind::DateTime),
    ("sign", Kind::Text),
    ("client_ip", Kind::Text),
    ("is_logout", Kind::Integer),
    ("status", Kind::Text),
    ("role", Kind::Integer),
];

type Accounts = BTreeMap<String, Vec<String>>;

/// A value in one spelling, whatever the writer's. `?` where the format does not tell NULL from a text.
fn spelt(value: Value<'_>, kind: Kind) -> String {
    if let Raw::NullOrText(_) = value.raw() {
        return "?".to_owned();
    }
    let text = |null: Option<String>| null.unwrap_or_else(|| "NULL".to_owned());
    match kind {
        Kind::Integer => text(value.integer().unwrap().map(|number| number.to_string())),
        Kind::DateTime => match value.moment().unwrap() {
            Some(Moment::Local(local)) => local.to_string(),
            other => text(other.map(|other| format!("{other:?}"))),
        },
        _ => text(value.text().unwrap().map(|text| format!("={text}"))),
    }
}

fn accounts(path: &str, columns: &[(&str, Kind)]) -> Result<(Accounts, Vec<Warning>), String> {
    let options = ReadOptions { charset: None, assumed: vec![Table::assumed("user", columns)] };
    let mut source = Source::open(path, &options).map_err(|error| error.to_string())?;
    let mut accounts = Accounts::new();
    let read = source.read(&["user"], &mut |row| {
        let spelt: Vec<String> = columns.iter().map(|(name, kind)| spelt(row.value(name).unwrap(), *kind)).collect();
        assert!(accounts.insert(spelt[0].clone(), spelt).is_none(), "{path}: an account twice");
        ControlFlow::Continue(())
    });
    read.map_err(|error| error.to_string())?;
    Ok((accounts, source.warnings().to_vec()))
}

/// What a format cannot carry: `?` where NULL is not told from a text, and the characters that a connection had no room for.
fn agree(file: &str, found: &str, original: &str) -> bool {
    let narrowed: String = original
        .chars()
        .map(|character| match character {
            wide if wide.len_utf8() == 4 && file.contains("npm") => '?',
            wide if !wide.is_ascii() && (file.contains("latin1") || file.contains("compatible")) => match wide {
                'À'..='ÿ' => wide,
                _ => '?',
            },
            other => other,
        })
        .collect();
    found == narrowed || (found == "?" && (original == "NULL" || original == "=NULL" || original == "="))
}

/// Line breaks that the Excel form changes.
fn same(file: &str, found: &Accounts, original: &Accounts) {
    let ids = |accounts: &Accounts| accounts.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(found), ids(original), "{file}");
    for (id, values) in original {
        for (value, expected) in found[id].iter().zip(values) {
            assert!(agree(file, value, expected), "{file}, account {id}: {value:?} instead of {expected:?}");
        }
    }
}

fn files(deployment: &str) -> Vec<String> {
    let entries = std::fs::read_dir(format!("tests/data/{deployment}")).unwrap();
    let mut files: Vec<String> = entries.map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()).collect();
    files.sort();
    assert!(files.len() > 40, "{deployment}");
    files
}

fn every_file(deployment: &str, original: &str, columns: &[(&str, Kind)], count: usize) {
    let (original, warnings) = accounts(&format!("tests/data/originals/{original}"), columns).unwrap();
    assert_eq!((original.len(), warnings), (count, vec![]));
    let mut failures = Vec::new();
    for file in files(deployment) {
        match std::panic::catch_unwind(|| accounts(&file, columns).map(|(found, _)| same(&file, &found, &original))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => failures.push(error),
            Err(panic) => failures.push(panic.downcast_ref::<String>().cloned().unwrap_or(file)),
        }
    }
    assert!(failures.is_empty(), "{} files:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn proxy_accounts_are_the_same_from_every_writer() {
    every_file("proxy", "pool.sql", PROXY, 14);
}

#[test]
fn v1_accounts_are_the_same_from_every_writer() {
    every_file("v1", "leaf-docker.sql", V1, 12);
}
