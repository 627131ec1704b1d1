//! Damaged dumps: an error with its place, or rows that are the original's; never a panic, never a hang.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use dragoman_legacy::{Kind, LegacyError, ReadOptions, Source, Table};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// splitmix64: the same damage in every run.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap()
    }
}

/// One damage: cut, bytes flipped, a quote lost, a charset lie, a piece doubled, a piece taken out, an interesting piece put in.
fn damaged(original: &[u8], seeded: &mut Seeded) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"'",
        b"\"",
        b"`",
        b"\\",
        b"(",
        b")",
        b",",
        b";",
        b"/*",
        b"*/",
        b"/*!",
        b"-- ",
        b"#",
        b"\0",
        b"\xff",
        b"\xf0\x9f",
        b"NULL",
        b"0x",
        b"b'",
        b"<",
        b">",
        b"&",
        b"&#0;",
        b"</row>",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\u",
        b"\\ud800",
        b"\t",
        b"\n",
        b"\r\n",
        b"DELIMITER ;;\n",
        b"INSERT INTO user VALUES ",
        b"/*!40101 SET NAMES gbk */;",
        b"SET SQL_MODE='NO_BACKSLASH_ESCAPES';",
        b"DROP TABLE `user`;",
        b"x'",
    ];
    let mut file = original.to_vec();
    for _ in 0..=seeded.below(3) {
        let at = seeded.below(file.len());
        match seeded.below(8) {
            0 => file.truncate(at),
            1 => {
                for _ in 0..=seeded.below(8) {
                    let at = seeded.below(file.len());
                    if let Some(byte) = file.get_mut(at) {
                        *byte ^= 1 << seeded.below(8);
                    }
                }
            }
            2 => {
                let quotes: Vec<usize> =
                    (0..file.len()).filter(|at| matches!(file[*at], b'\'' | b'"' | b'`')).collect();
                if let Some(at) = quotes.get(seeded.below(quotes.len())) {
                    file.remove(*at);
                }
            }
            3 => {
                let lie: &[u8] = [&b"latin1"[..], b"gbk", b"utf32", b"binary", b"klingon"][seeded.below(5)];
                if let Some(at) = find(&file, b"utf8mb4") {
                    file.splice(at..at + 7, lie.iter().copied());
                }
            }
            4 => {
                let end = (at + seeded.below(200)).min(file.len());
                let piece = file[at..end].to_vec();
                file.splice(at..at, piece);
            }
            5 => {
                let end = (at + seeded.below(200)).min(file.len());
                file.drain(at..end);
            }
            _ => {
                let piece = PIECES[seeded.below(PIECES.len())];
                file.splice(at..at, piece.iter().copied());
            }
        }
        if file.is_empty() {
            break;
        }
    }
    file
}

fn find(file: &[u8], wanted: &[u8]) -> Option<usize> {
    file.windows(wanted.len()).position(|window| window == wanted)
}

const COLUMNS: &[&str] =
    &["id", "username", "email", "password", "password_hash", "createtime", "is_logout", "locked", "role"];

/// Reads everything in every way; gives the number of rows.
fn read(path: &str) -> Result<u64, LegacyError> {
    let assumed = COLUMNS.iter().map(|name| (*name, Kind::Unknown)).collect::<Vec<_>>();
    let options = ReadOptions { charset: None, assumed: vec![Table::assumed("user", &assumed)] };
    let mut source = Source::open(path, &options)?;
    let mut rows = 0;
    source.read(&[], &mut |row| {
        rows += 1;
        for value in row.values() {
            let _ = (value.text(), value.bytes(), value.integer(), value.flag(), value.moment());
        }
        ControlFlow::Continue(())
    })?;
    source.tables()?;
    Ok(rows)
}

fn originals() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for deployment in ["proxy", "v1"] {
        for entry in std::fs::read_dir(format!("tests/data/{deployment}")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.push((path.to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// How many damaged files; `DRAGOMAN_DAMAGED_DUMPS=100000` for a longer run.
fn count() -> u64 {
    std::env::var("DRAGOMAN_DAMAGED_DUMPS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

#[test]
fn ten_thousand_damaged_files_are_an_error_with_its_place_or_rows() {
    let originals = originals();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    let (mut right, mut errors) = (0, 0);
    let start = Instant::now();
    for seed in 0..count() {
        let mut seeded = Seeded(seed);
        let (name, original) = &originals[seeded.below(originals.len())];
        let file = damaged(original, &mut seeded);
        std::fs::write(&path, &file).unwrap();
        let began = Instant::now();
        match std::panic::catch_unwind(|| read(path.to_str().unwrap())) {
            Ok(Ok(_)) => right += 1,
            Ok(Err(LegacyError::Malformed { place, what })) => {
                errors += 1;
                assert!(
                    place.offset.is_some_and(|offset| offset <= file.len() as u64) || what.starts_with("SQLite"),
                    "{name}, seed {seed}: {what}"
                );
            }
            Ok(Err(_)) => errors += 1,
            Err(_) => panic!("{name}, seed {seed}: a panic"),
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{name}, seed {seed}: {:?}", began.elapsed());
    }
    println!("{right} read, {errors} errors with their place, in {:?}", start.elapsed());
    assert!(errors > count() / 10 && right > count() / 10);
}
