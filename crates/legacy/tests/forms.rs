//! Forms of which no sample is at hand in full: small files in the words of those who met them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use dragoman_legacy::{LARGEST_ROW, LegacyError, Moment, ReadOptions, Source, Warning};
use std::ops::ControlFlow;

type Rows = Vec<Vec<Option<String>>>;

fn read(content: &[u8]) -> Result<(Rows, Vec<Warning>), LegacyError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anything.bin"); // never told by the name
    std::fs::write(&path, content).unwrap();
    let mut source = Source::open(path.to_str().unwrap(), &ReadOptions::default())?;
    let mut rows = Rows::new();
    source.read(&[], &mut |row| {
        rows.push(row.values().map(|value| value.text().unwrap().map(String::from)).collect());
        ControlFlow::Continue(())
    })?;
    Ok((rows, source.warnings().to_vec()))
}

fn rows(content: &[u8]) -> Rows {
    read(content).unwrap_or_else(|error| panic!("{error}")).0
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

#[test]
fn forms_for_reading_are_refused_by_name() {
    for (content, name) in [
        (&b"<TABLE BORDER=1><TR><TH>id</TH></TR></TABLE>"[..], "--html"),
        (b"+----+\n| id |\n+----+\n|  1 |\n+----+\n", "-t (table)"),
        (b"*************************** 1. row ***************************\nid: 1\n", "-E (vertical)"),
        (b"%YAML 1.1\n---\n# phpMyAdmin YAML Dump\n- id: 007\n", "YAML"),
    ] {
        match read(content) {
            Err(error @ LegacyError::Refused { .. }) => assert!(error.to_string().contains(name), "{error}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn backy_db_doubles_quotes_and_nothing_else() {
    let found = rows(b"-- Backup for old\n-- Insert Into Acc Table\nINSERT INTO `acc` (`id`, `n`) VALUES (1, 'dom\\ann'), (2, 'O''Reef\\');\n");
    assert_eq!(found, [some(&["1", "dom\\ann"]), some(&["2", "O'Reef\\"])]);
}

#[test]
fn a_file_of_nobody_is_tried_by_both_rules() {
    let (found, warnings) = read(b"INSERT INTO `t` VALUES (1,'ends in \\'),(2,'b');\n").unwrap();
    assert_eq!(found, [some(&["1", "ends in \\"]), some(&["2", "b"])]);
    assert!(warnings.iter().any(|warning| matches!(warning, Warning::EscapesInferred { .. })), "{warnings:?}");
    assert_eq!(rows(b"INSERT INTO `t` VALUES (1,'it\\'s');\n"), [some(&["1", "it's"])]);
}

#[test]
fn two_byte_characters_hide_their_backslash_where_the_file_is_in_gbk() {
    let found = rows(b"-- by hand\n/*!40101 SET NAMES gbk */;\nINSERT INTO t VALUES (1,'\x95\x5c');\n");
    assert_eq!(found, [some(&["1", "\u{661e}"])]);
}

#[test]
fn django_in_xml() {
    let found = rows(
        b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<django-objects version=\"1.0\"><object model=\"app.user\" pk=\"7\">\
          <field name=\"username\" type=\"CharField\">a&lt;b</field><field name=\"bio\" type=\"TextField\"><None></None></field>\
          <field to=\"auth.group\" name=\"groups\" rel=\"ManyToManyRel\"></field></object></django-objects>",
    );
    assert_eq!(found, [vec![Some("7".to_owned()), Some("a<b".to_owned()), None, Some(String::new())]]);
}

#[test]
fn lines_of_the_neutral_source_are_spread_out() {
    let content = b"{\"format\": \"dragoman-jsonl\", \"version\": 1}\n{\"id\": 17, \"password\": {\"scheme\": \"md5\", \"value\": \"00\"}, \"email\": null}\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, content).unwrap();
    let tables = Source::open(path.to_str().unwrap(), &ReadOptions::default()).unwrap().tables().unwrap();
    let names: Vec<&str> = tables[0].columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "password.scheme", "password.value", "email"]);
    assert_eq!(rows(content), [vec![Some("17".into()), Some("md5".into()), Some("00".into()), None]]);
    assert!(read(b"{\"id\": 1, \"id\": 2}\n").unwrap_err().to_string().contains("twice"));
}

#[test]
fn sqlite_json_has_numbers_that_are_none_and_bytes_that_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, b"[{\"id\":1,\"r\":1e999,\"b\":\"\xff\\u0000\"},\n{\"id\":2,\"r\":0.5,\"b\":\"\\ud800\"}]\n")
        .unwrap();
    let mut bytes = Vec::new();
    let mut source = Source::open(path.to_str().unwrap(), &ReadOptions::default()).unwrap();
    let read = source.read(&[], &mut |row| {
        let value = row.value("b").unwrap();
        assert!(value.text().is_err());
        bytes.push(value.bytes().unwrap().unwrap().to_vec());
        ControlFlow::Continue(())
    });
    read.unwrap();
    assert_eq!(bytes, [b"\xff\0".to_vec(), b"\xed\xa0\x80".to_vec()]);
}

#[test]
fn statements_that_change_rows_are_no_dump() {
    for (content, what) in [
        (&b"-- x\nINSERT INTO t SELECT * FROM u;\n"[..], "without literal rows"),
        (b"-- x\nUPDATE t SET a = 1;\n", "UPDATE"),
        (b"-- x\nINSERT INTO t VALUES (sleep(9));\n", "SLEEP"),
        (b"-- x\nINSERT INTO t VALUES (1);\nDROP TABLE t;\n", "DROP behind the rows"),
        (b"-- x\nINSERT INTO t VALUES (1),\n", "a row was expected"),
        (b"-- x\nINSERT INTO t VALUES (1)", "without end"),
        (b"-- x\nINSERT INTO t VALUES ('abc", "a text without end"),
        (b"-- x\nINSERT INTO t VALUES (1),(2,3);\n", "unlike the others"),
        (b"-- x\nSET a = 1; LOAD DATA INFILE '/etc/passwd' INTO TABLE t;\n", "no statement that a dump has"),
    ] {
        let error = read(content).unwrap_err();
        assert!(matches!(&error, LegacyError::Malformed { place, .. } if place.offset.is_some()), "{error}");
        assert!(error.to_string().contains(what), "{error} does not say {what}");
    }
}

#[test]
fn a_row_is_bounded() {
    let mut content = b"-- x\nINSERT INTO t VALUES (1,'".to_vec();
    content.resize(content.len() + LARGEST_ROW + 1, b'x');
    content.extend_from_slice(b"');\n");
    let error = read(&content).unwrap_err().to_string();
    assert!(error.contains("16 MiB") && error.contains("row 1"), "{error}");
}

#[test]
fn a_cut_package_is_an_error_and_many_frames_are_one_file() {
    let packed = std::fs::read("tests/data/tricky/dump.sql.zst").unwrap();
    assert!(matches!(
        read(&packed[..packed.len() / 2]),
        Err(LegacyError::Unreadable { .. } | LegacyError::NotRecognised { .. })
    ));
    let gzip = std::fs::read("tests/data/tricky/dump.sql.gz").unwrap();
    assert!(matches!(
        read(&gzip[..gzip.len() / 2]),
        Err(LegacyError::Unreadable { .. } | LegacyError::NotRecognised { .. })
    ));
    // A frame to be skipped, the dump, and nothing behind it.
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &packed].concat();
    assert!(rows_of(&skipped) > 5 && rows_of(&skipped) == rows_of(&packed));
}

fn rows_of(content: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, content).unwrap();
    let mut count = 0;
    let mut source = Source::open(path.to_str().unwrap(), &ReadOptions::default()).unwrap();
    let read = source.read(&[], &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    read.unwrap();
    count
}

#[test]
fn dates_of_db_to_sqlite_have_three_spellings() {
    let content = b"d,x\n2024-01-02T03:04:05.123456,1\n2024-01-02T03:04:05,2\n0000-00-00 00:00:00.000000,3\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, content).unwrap();
    let mut moments = Vec::new();
    let mut source = Source::open(path.to_str().unwrap(), &ReadOptions::default()).unwrap();
    let read = source.read(&[], &mut |row| {
        moments.push(row.value("d").unwrap().moment().unwrap().unwrap());
        ControlFlow::Continue(())
    });
    read.unwrap();
    assert!(matches!(moments[..], [Moment::Local(_), Moment::Local(_), Moment::Zero]));
}
