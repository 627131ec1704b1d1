//! `dragoman record`: what passes is untouched, what is written replays, and nothing of anybody is in it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use dragoman_fixtures::{ImportOptions, Outcome, Rules, Standard, Summary, Target, replay_paths};
use dragoman_recorder::{RecordOptions, Recorder, Report, Upstream};
use dragoman_server::field_roles::mounted;
use dragoman_testkit::{Backend, TestServer};
use jiff::Timestamp;
use regex::Regex;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const DIALECTS: [&str; 5] = ["frp", "medusa", "php", "proxy", "v1"];

/// A recorder in this process.
struct Recording {
    runtime: Runtime,
    url: String,
    end: oneshot::Sender<()>,
    reports: Arc<Mutex<Vec<Report>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Recording {
    fn start(upstream: &str, folder: &Path, twice: bool) -> Self {
        Self::start_given(upstream, folder, twice, None)
    }

    fn start_given(upstream: &str, folder: &Path, twice: bool, given: Option<Value>) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = RecordOptions {
            upstream: Upstream::parse(upstream).unwrap(),
            import: ImportOptions {
                dialects: DIALECTS.map(|name| mounted(name, None).unwrap()).to_vec(),
                given,
                rules: Rules::default(),
            },
            folder: folder.to_owned(),
            idle: Duration::from_secs(600),
            twice,
            connections: 2_000,
            key: [5; 32],
            now: Timestamp::now,
        };
        let recorder = runtime.block_on(Recorder::bind("127.0.0.1:0", options)).unwrap();
        let url = format!("http://{}", recorder.address().unwrap());
        let (end, ended) = oneshot::channel();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let gathered = Arc::clone(&reports);
        let run = recorder.run(async { drop(ended.await) }, move |report| gathered.lock().unwrap().push(report));
        let task = runtime.spawn(run);
        Self { runtime, url, end, reports, task }
    }

    /// Ends it, and gives what it told.
    fn end(self) -> Vec<Report> {
        self.end.send(()).unwrap();
        self.runtime.block_on(self.task).unwrap();
        self.runtime.shutdown_background();
        std::mem::take(&mut self.reports.lock().unwrap())
    }
}

/// Both directions of each connection, in the order in which the connections came.
type Streams = Arc<Mutex<Vec<Arc<Mutex<(Vec<u8>, Vec<u8>)>>>>>;

/// Passes connections on to `upstream` and keeps what passes; gives its URL.
fn tee(upstream: &str) -> (String, Streams) {
    let upstream = upstream.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let streams = Streams::default();
    let kept = Arc::clone(&streams);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&upstream) else { continue };
            let stream = Arc::new(Mutex::new((Vec::new(), Vec::new())));
            kept.lock().unwrap().push(Arc::clone(&stream));
            let (up, down) = (Arc::clone(&stream), stream);
            let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || pump(from_client, to_server, |bytes| up.lock().unwrap().0.extend(bytes)));
            std::thread::spawn(move || pump(server, client, |bytes| down.lock().unwrap().1.extend(bytes)));
        }
    });
    (url, streams)
}

fn pump(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut piece = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        keep(&piece[..length]);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// Those that every implementation must pass; what we added ourselves would only take longer.
fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-fixtures");
    let all = DIALECTS.iter().flat_map(|dialect| files_in(&folder.join(dialect)));
    let is_own = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("own-");
    all.filter(|path| !is_own(path)).collect()
}

fn replayed(server: &TestServer, paths: &[PathBuf], url: &str) -> Summary {
    let target = Target::new(url).unwrap();
    server.run(replay_paths(paths, target, Standard::Gateway, Timestamp::now())).unwrap()
}

fn wrong_in(summary: &Summary, what: &str) -> String {
    let mut told = String::new();
    for report in &summary.fixtures {
        match &report.outcome {
            Outcome::Passed => {}
            Outcome::Failed { mismatches } => {
                let lines: Vec<String> = mismatches.iter().take(3).map(ToString::to_string).collect();
                told += &format!("{} ({}):\n{}\n", report.file.display(), report.title, lines.join("\n"));
            }
            Outcome::Skipped { reason } => told += &format!("{}: {reason}\n", report.file.display()),
        }
    }
    let (failed, all) = (summary.fixtures.len() - summary.passed(), summary.fixtures.len());
    if told.is_empty() { told } else { format!("{what}: {failed} of {all}\n{told}") }
}

#[test]
fn what_the_fixtures_say_through_a_recorder_is_untouched_and_replays_without_its_secrets() {
    let server = TestServer::start(&Backend::Sqlite, &[("proxy.session_seconds", "31536000")]);
    let (behind, seen_behind) = tee(server.url());
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::start(&behind, folder.path(), false);
    let (before, seen_before) = tee(&recording.url);
    let summary = replayed(&server, &fixtures(), &before);
    assert_eq!(wrong_in(&summary, "through the recorder"), "");
    let reports = recording.end();
    let refused: Vec<&Report> = reports.iter().filter(|report| matches!(report, Report::Refused { .. })).collect();
    assert!(refused.is_empty(), "{refused:#?}");

    let streams = |streams: &Streams| -> Vec<(Vec<u8>, Vec<u8>)> {
        streams.lock().unwrap().iter().map(|stream| stream.lock().unwrap().clone()).collect()
    };
    let (before, behind) = (streams(&seen_before), streams(&seen_behind));
    assert!(before.len() > 500, "{} connections", before.len());
    assert_eq!(before.len(), behind.len());
    for (number, (before, behind)) in before.iter().zip(&behind).enumerate() {
        assert_eq!(String::from_utf8_lossy(&before.0), String::from_utf8_lossy(&behind.0), "request {number}");
        assert_eq!(before, behind, "connection {number}");
    }

    assert_eq!(reports.len(), summary.fixtures.len(), "{reports:#?}");
    let left = left_in(folder.path(), &before);
    let wrong = wrong_in(&replayed(&server, &[folder.path().to_owned()], server.url()), "what was recorded");
    assert!(left.is_empty() && wrong.is_empty(), "{left}\n{wrong}");
}

#[test]
fn a_state_that_is_given_loses_its_secrets_too_and_fits_what_was_recorded() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let given = json!({"accounts": [{"username": "hana", "password": "Hana-word-77", "email": "hana@one.example"}]});
    let mut state = given.clone();
    state["dialect"] = "frp".into();
    let call = |url: &str, path: &str, body: &str| {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        dragoman_testkit::http::call(url, "POST", path, &form, body).status
    };
    assert_eq!(call(server.url(), "/_testing/reset", &state.to_string()), 204);
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::start_given(server.url(), folder.path(), false, Some(given));
    let logged_in = call(&recording.url, "/frp/api/v2/users/login", "username=hana&password=Hana-word-77");
    assert_eq!((logged_in, recording.end().len()), (200, 1));
    for file in files_in(folder.path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("Hana-word-77") && !text.contains("hana@one"), "{}: {text}", file.display());
    }
    assert_eq!(wrong_in(&replayed(&server, &[folder.path().to_owned()], server.url()), "what was recorded"), "");
}

/// What of the traffic is somebody's: found here by other means than the recorder has.
fn secrets_of(streams: &[(Vec<u8>, Vec<u8>)]) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    let secret = r#"password|passwd|new_passwd|old_passwd|oldpwd|newpwd|password1|oldPwd|newPwd|newPwd_Confirm|confirm_password|reenteredPassword|email|token|access_token|refresh_token|login_token|signing_key|registration_key|password_reset_key|frp_token|code|verify|captcha"#;
    let in_json = Regex::new(&format!(r#""(?:{secret})"\s*:\s*"([^"\\]+)""#)).unwrap();
    let in_form = Regex::new(&format!(r"(?:^|[?&\n])(?:{secret})=([^&\s%+]+)")).unwrap();
    let in_head =
        Regex::new(r"(?i)\n(?:authorization: (?:bearer )?|x-dragoman-captcha-answer: |set-cookie: \w+=)([^\s;]+)")
            .unwrap();
    for (up, down) in streams {
        for text in [String::from_utf8_lossy(up), String::from_utf8_lossy(down)] {
            for expression in [&in_json, &in_form, &in_head] {
                secrets.extend(expression.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    secrets
}

/// Ten ways of writing a text.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let escaped: String = text
        .encode_utf16()
        .map(|unit| if unit < 128 { char::from(unit as u8).to_string() } else { format!("\\u{unit:04x}") })
        .collect();
    [
        text.to_owned(),
        form.clone(),
        form.to_lowercase(),
        percent,
        escaped,
        STANDARD.encode(text),
        STANDARD_NO_PAD.encode(text),
        URL_SAFE_NO_PAD.encode(text),
        hex.to_uppercase(),
        hex,
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// Texts that the dialects write too, or that are too short to be told from others: these stand in the output by themselves.
fn is_a_word(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
    let mixed = text.contains(|letter: char| letter.is_ascii_digit()) && text.contains(char::is_alphabetic);
    // An address field may hold what is no address, or the mask of one; a pseudonym of one letter may be somebody else's letter.
    let short_address = text.split_once('@').is_some_and(|(local, _)| local.len() < 4);
    let no_address =
        text.starts_with("not an") || text.starts_with("not-an") || text == "nonsense" || text.contains("**");
    let repeated = text.chars().all(|letter| text.starts_with(letter));
    let sentence = text.split(' ').count() > 3;
    letters < 6 || (letters < 8 && !mixed) || short_address || no_address || repeated || sentence || text.contains("{{")
}

fn left_in(folder: &Path, streams: &[(Vec<u8>, Vec<u8>)]) -> String {
    let secrets = secrets_of(streams);
    let sought: BTreeSet<&String> = secrets.iter().filter(|secret| !is_a_word(secret)).collect();
    assert!(sought.len() > 200, "{} secrets: {sought:?}", sought.len());
    let spelt: Vec<(&String, Vec<u8>)> =
        sought.iter().flat_map(|secret| encodings(secret).into_iter().map(|needle| (*secret, needle))).collect();
    let automaton = aho_corasick::AhoCorasick::new(spelt.iter().map(|(_, needle)| needle)).unwrap();
    let mut left = BTreeSet::new();
    for file in files_in(folder) {
        let bytes = std::fs::read(&file).unwrap();
        for found in automaton.find_overlapping_iter(&bytes) {
            let (secret, needle) = &spelt[found.pattern().as_usize()];
            left.insert(format!("{secret:?} as {:?} in {}", String::from_utf8_lossy(needle), file.display()));
        }
    }
    left.into_iter().take(60).collect::<Vec<_>>().join("\n")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

/// A server that says one thing to everybody, byte for byte, whatever it is asked, and hangs up.
fn parrot(answer: Vec<u8>) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (kept, answer) = (Arc::clone(&kept), answer.clone());
            std::thread::spawn(move || {
                let mut client = client;
                let mut piece = [0; 65_536];
                let mut said = false;
                while let Ok(length @ 1..) = client.read(&mut piece) {
                    kept.lock().unwrap().extend(&piece[..length]);
                    if !said {
                        client.write_all(&answer).unwrap();
                        said = true;
                    }
                }
            });
        }
    });
    (url, heard)
}

/// Sends bytes and reads to the end.
fn said(url: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.write_all(request).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn har_of(folder: &Path) -> Value {
    let file = files_in(&folder.join("recordings")).remove(0);
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn odd_messages_pass_byte_for_byte_and_keep_their_headers_as_they_were() {
    let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nx-ODD:  two\r\nX-Odd: one\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 404 no\r\nContent-Length: 2\r\n\r\nno";
    let request = b"POST /frp/api/v2/users/login HTTP/1.1\r\nhOST: old.example\r\nExpect: 100-continue\r\nB: 1\r\na: 2\r\nContent-Length: 3\r\n\r\nx=1GET /frp/api/v2/x HTTP/1.1\r\nHost: old.example\r\n\r\n";
    let (url, heard) = parrot(answer.to_vec());
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::start(&url, folder.path(), false);
    assert_eq!(said(&recording.url, request), answer);
    assert_eq!(heard.lock().unwrap().as_slice(), request);
    recording.end();
    let har = har_of(folder.path());
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let names = |headers: &Value| -> Vec<String> {
        headers.as_array().unwrap().iter().map(|header| header["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&entries[0]["request"]["headers"]), ["hOST", "Expect", "B", "a", "Content-Length"]);
    assert_eq!(names(&entries[0]["response"]["headers"]), ["x-ODD", "X-Odd", "Transfer-Encoding"]);
    assert_eq!(entries[0]["response"]["content"]["text"], "abcde");
    assert_eq!(entries[1]["response"]["status"], 404);
}

#[test]
fn a_long_body_passes_and_is_told_to_be_cut() {
    let long = 3 << 20;
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {long}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + long, b'x');
    let (url, _) = parrot(answer.clone());
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::start(&url, folder.path(), false);
    assert_eq!(said(&recording.url, b"GET /frp/big HTTP/1.1\r\nHost: x\r\n\r\n"), answer);
    let reports = recording.end();
    let Report::Written(written) = &reports[0] else { panic!("{reports:?}") };
    assert!(written.losses.iter().any(|loss| loss.what.contains("the body was cut: 3145728 bytes")), "{written:?}");
    let fixture: Value = serde_json::from_slice(&std::fs::read(&written.fixture).unwrap()).unwrap();
    assert_eq!(fixture["steps"][0]["expect"]["compare"], "status");
}

#[test]
fn what_was_recorded_twice_is_compared_by_what_differed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().map_while(Result::ok).enumerate() {
            let mut client = client;
            let mut piece = [0; 4096];
            let _ = client.read(&mut piece);
            let body = format!(r#"{{"hits":{number},"build":"a1b2c3d4e5f6a7b8c9d0","text":"same"}}"#);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = client.write_all(format!("{head}{body}").as_bytes());
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::start(&url, folder.path(), true);
    let request =
        |who: &str| format!("GET /frp/status HTTP/1.1\r\nHost: x\r\nAuthorization: {who}\r\nConnection: close\r\n\r\n");
    said(&recording.url, request("first-visitor-1").as_bytes());
    said(&recording.url, request("other-visitor-2").as_bytes());
    let reports = recording.end();
    let [Report::Waiting { .. }, Report::Written(written)] = reports.as_slice() else { panic!("{reports:?}") };
    let fixture: Value = serde_json::from_slice(&std::fs::read(&written.fixture).unwrap()).unwrap();
    let matchers = fixture["steps"][0]["expect"]["match"].as_object().unwrap();
    assert_eq!(matchers.keys().collect::<Vec<_>>(), ["/hits"], "{fixture}");
}

#[test]
fn many_clients_at_once_are_served() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let (url, _) = parrot(answer.to_vec());
    let folder = tempfile::tempdir().unwrap();
    let recording = Recording::start(&url, folder.path(), false);
    let address = recording.url.trim_start_matches("http://").to_owned();
    let mut clients: Vec<TcpStream> = (0..120).map(|_| TcpStream::connect(&address).unwrap()).collect();
    for client in &mut clients {
        client.write_all(b"GET /frp/a HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    for client in &mut clients {
        let mut piece = vec![0; answer.len()];
        client.read_exact(&mut piece).unwrap();
        assert_eq!(piece, answer);
    }
    drop(clients);
    let reports = recording.end();
    let Report::Written(written) = &reports[0] else { panic!("{reports:?}") };
    assert_eq!(written.steps, 120);
}
