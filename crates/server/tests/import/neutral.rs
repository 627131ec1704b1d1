//! The neutral source, where it is damaged, unclear, or of another dialect.

use dragoman_testkit::{Backend, ThrowawayDatabase};

use crate::operator::Operator;

const HEADING: &str = r#"{"format": "dragoman-jsonl", "version": 1}"#;
const FIRST: &str =
    r#"{"id": "1", "username": "ann", "password": {"scheme": "md5", "value": "4ff6abdc63b485b520fbc13d9e4f880e"}}"#;

fn operator() -> (ThrowawayDatabase, Operator) {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let operator = Operator::of(database.url());
    (database, operator)
}

fn plan(operator: &Operator, lines: &[&[u8]], status: i32) -> serde_json::Value {
    std::fs::write(operator.path().join("x.jsonl"), lines.join(&b'\n')).unwrap();
    operator.json(&["import", "plan", "proxy", "--from", "x.jsonl", "--out", "x.plan", "--json"], status)
}

#[test]
fn a_damaged_line_is_named_with_its_byte_and_nothing_is_planned() {
    let (_database, operator) = operator();
    let start = HEADING.len() + FIRST.len() + 2;
    for (line, at, what) in [
        (&br#"{"id": "2", "username": "bo"#[..], 27, "the line ends inside its object"),
        (br#"{"id": "2", "username": "bob"} x"#, 30, "something behind the line's object"),
        (br#"{"id": "2", "id": "3"}"#, 18, "a member twice"),
        (br#"{"id": "2", "username" "bob"}"#, 23, "':' was expected"),
        (br#"["id"]"#, 0, "'{' was expected"),
        (br#"{"id": 12abc}"#, 12, "a value was expected"),
        (b"\0\0\0", 0, "'{' was expected"),
    ] {
        let lines = [HEADING.as_bytes(), FIRST.as_bytes(), line, br#"{"id": "4", "username": "dora"}"#];
        std::fs::write(operator.path().join("x.jsonl"), lines.join(&b'\n')).unwrap();
        let arguments = ["import", "plan", "proxy", "--from", "x.jsonl", "--out", "x.plan"];
        let told = operator.complaint(&arguments, 10);
        let place = format!("x.jsonl, byte {}, line 3: {what}", start + at);
        assert!(told.contains(&place), "{told} instead of {place}");
        assert!(!operator.path().join("x.plan").exists(), "a plan of {told}");
    }
    let two = br#"{"format": "dragoman-jsonl", "version": 2}"#;
    std::fs::write(operator.path().join("x.jsonl"), two).unwrap();
    let told = operator.complaint(&["import", "plan", "v1", "--from", "x.jsonl", "--out", "x.plan"], 10);
    assert!(told.contains("line 1: a version of the format that is not known"), "{told}");
}

#[test]
fn a_wrong_value_is_an_error_of_its_line() {
    let (_database, operator) = operator();
    for (line, what) in [
        (&br#"{"username": "bob"}"#[..], "it has no id"),
        (br#"{"id": "2"}"#, "it has no username"),
        (br#"{"id": "2", "username": "bob", "role": "root"}"#, "role: none of user"),
        (br#"{"id": "2", "username": "bob", "locked": "perhaps"}"#, "locked: not a whole number"),
        (br#"{"id": "2", "username": "bob", "created_at": "yesterday"}"#, "created_at: not a date and time"),
        (br#"{"id": "2", "username": "bob", "password": "secret"}"#, "password: an object"),
        (br#"{"id": "2", "username": "bob", "password": {"value": "x"}}"#, "password.scheme is missing"),
        (
            br#"{"id": "2", "username": "bob", "password": {"scheme": "rot13", "value": "x"}}"#,
            "neither a formula nor one of",
        ),
        (br#"{"id": "2", "username": "bob", "password": {"scheme": "md5($p", "value": "x"}}"#, "a bracket or comma"),
        (b"{\"id\": \"2\", \"username\": \"b\xffb\"}", "username: not text"),
        (br#"{"id": "2", "username": "b\u0000b"}"#, "one of its texts cannot be stored"),
        (br#"{"id": "1", "username": "bob"}"#, "the source has the id 1 twice"),
    ] {
        let planned = plan(&operator, &[HEADING.as_bytes(), FIRST.as_bytes(), line], 10);
        let errors = planned["summary"]["errors"].to_string();
        assert!(errors.contains("line 3, byte ") && errors.contains(what), "{errors} instead of {what}");
        assert!(!errors.contains("secret"), "{errors}");
    }
}

#[test]
fn what_nobody_reads_is_told_once() {
    let (_database, operator) = operator();
    let line = |id: u8| format!(r#"{{"id": "{id}", "username": "u{id}", "emial": "x", "frp": {{"group": "vip"}}}}"#);
    let (first, second) = (line(1), line(2));
    let planned = plan(&operator, &[HEADING.as_bytes(), first.as_bytes(), b"", second.as_bytes(), b""], 11);
    let warnings = planned["summary"]["warnings"].to_string();
    assert_eq!(warnings.matches("nobody reads emial, frp.group").count(), 1, "{warnings}");
    assert!(warnings.contains("line 4, byte"), "{warnings}");
}

#[test]
fn a_scope_says_whose_accounts_they_become() {
    let (_database, operator) = operator();
    let example = crate::known::data(crate::known::jsonl_frp().from);
    let plan = ["import", "plan", "jsonl", "--from", &example, "--out", "x.plan"];
    let told = operator.complaint(&plan, 10);
    assert!(told.contains("--scope, one of") && told.contains("medusa"), "{told}");
    operator.run(&[&plan[..], &["--scope", "v1"]].concat(), 11);
    let header = std::fs::read_to_string(operator.path().join("x.plan")).unwrap();
    assert!(header.starts_with(r#"{"plan":1,"#) && header.contains(r#""dialect":"v1","scope":"v1""#), "{header}");
    std::fs::write(operator.path().join("y.json"), r#"[{"id": 1}]"#).unwrap();
    let other = ["import", "plan", "jsonl", "--scope", "v1", "--from", "y.json", "--out", "y.plan"];
    assert!(operator.complaint(&other, 10).contains("this is no neutral source"));
}
