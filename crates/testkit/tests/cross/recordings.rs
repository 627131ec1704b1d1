//! Every raw recording of the old servers (tests/recordings, as their recorders left them) becomes a fixture that replays without an edit:
//! what an operator's own recordings are held to.

use std::path::{Path, PathBuf};

use dragoman_fixtures::{ImportOptions, Outcome, Replayer, Rules, Standard, Target, import, load};
use dragoman_server::field_roles::mounted;
use dragoman_testkit::{Backend, TestServer};
use jiff::Timestamp;
use serde_json::Value;

/// Recordings hold tokens of proxy whose date does not move with the calendar.
const RECORDED_TOKENS_LIVE: (&str, &str) = ("proxy.session_seconds", "3153600000");

#[test]
fn raw_recordings_replay_without_an_edit() {
    let server = TestServer::start(&Backend::Sqlite, &[RECORDED_TOKENS_LIVE]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut played = 0;
    for dialect in ["frp", "medusa", "php", "proxy", "v1"] {
        for recording in recordings_of(dialect) {
            let fixture = folder.path().join(format!("{dialect}-{played}.json"));
            std::fs::write(&fixture, imported(dialect, &recording).to_string()).expect("a file");
            let differences = differences(&server, &fixture);
            assert!(differences.is_empty(), "{}:\n{differences}", recording.display());
            played += 1;
        }
    }
    assert_eq!(played, 60);
}

fn recordings_of(dialect: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(dialect);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// With what was true before, as the fixture of the same scenario has it.
fn imported(dialect: &str, recording: &Path) -> Value {
    let stem = recording.file_stem().expect("a name").display().to_string();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-fixtures");
    let given = std::fs::read_to_string(fixtures.join(dialect).join(format!("{stem}.json"))).expect("a fixture");
    let options = ImportOptions {
        dialects: vec![mounted(dialect, None).expect("a dialect")],
        given: Some(serde_json::from_str(&given).expect("JSON")),
        rules: Rules::default(),
    };
    import(recording, &options).unwrap_or_else(|error| panic!("{stem}: {error}")).fixture
}

fn differences(server: &TestServer, fixture: &Path) -> String {
    let fixtures = load(&[fixture.to_path_buf()]).unwrap_or_else(|errors| panic!("{errors}"));
    let target = Target::new(server.url()).expect("a target");
    let replayed = server.run(async {
        let replayer = Replayer::connect(target, Standard::Gateway, Timestamp::now()).await.expect("a testing server");
        replayer.replay(&fixtures[0]).await
    });
    match replayed.outcome {
        Outcome::Passed => String::new(),
        Outcome::Failed { mismatches } => mismatches.iter().map(|mismatch| format!("{mismatch}\n")).collect(),
        Outcome::Skipped { reason } => reason,
    }
}
