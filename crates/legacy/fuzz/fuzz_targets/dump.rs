//! Any bytes as a dump: rows, or an error with its place in the file; the same a second time; never a panic.

#![no_main]

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;

use dragoman_legacy::{Kind, LegacyError, ReadOptions, Source, Table};
use libfuzzer_sys::{Corpus, fuzz_target};

/// The source is a file, as everywhere else; let TMPDIR be in memory.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("dragoman-fuzz-{}.sql", std::process::id())));

/// Of a file that names no columns.
const COLUMNS: &[(&str, Kind)] = &[("id", Kind::Integer), ("username", Kind::Text), ("createtime", Kind::DateTime)];

fuzz_target!(|bytes: &[u8]| -> Corpus {
    std::fs::write(&*FILE, bytes).expect("a temporary file");
    let path = FILE.to_str().expect("a path of text");
    let options = ReadOptions { charset: None, assumed: vec![Table::assumed("user", COLUMNS)] };
    let Ok(mut source) = Source::open(path, &options) else { return Corpus::Reject };
    if is_of_another_reader(source.writer()) {
        return Corpus::Reject;
    }
    let (rows, end) = read(&mut source);
    if let Err(LegacyError::Malformed { place, what }) = &end {
        let offset = place.offset.expect("an error with its place");
        assert!(offset <= bytes.len() as u64, "{what} at byte {offset} of {}", bytes.len());
    }
    let (again, end_again) = read(&mut source);
    assert_eq!(rows, again, "the second reading differs");
    assert_eq!(end.is_ok(), end_again.is_ok(), "the second reading ends otherwise");
    let _ = source.tables();
    Corpus::Keep
});

/// This target is for SQL; the others are damaged by `tests/damage.rs`.
fn is_of_another_reader(writer: &str) -> bool {
    ["JSON", "XML", "xml", "CSV", "csv", "quote", "batch", "OUTFILE", "--tab", "dumpdata", "SQLite file", "dragoman"]
        .iter()
        .any(|other| writer.contains(other))
}

/// Every value of every row in every way it can be asked for; the number of rows, with a sum of their bytes.
fn read(source: &mut Source) -> ((u64, u64), Result<(), LegacyError>) {
    let mut rows = (0, 0_u64);
    let end = source.read(&[], &mut |row| {
        rows.0 += 1;
        for value in row.values() {
            let text = value.text();
            let _ = (value.bytes(), value.integer(), value.flag(), value.moment());
            for byte in text.iter().flatten().flat_map(|text| text.as_bytes()) {
                rows.1 = rows.1.wrapping_mul(31).wrapping_add(u64::from(*byte));
            }
        }
        ControlFlow::Continue(())
    });
    (rows, end)
}
