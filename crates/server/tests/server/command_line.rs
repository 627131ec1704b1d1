//! The binary as an operator calls it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn dragoman(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    command.current_dir(folder).args(arguments).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = dragoman(folder, arguments).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = run_with_input(folder, arguments, "");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run_with_input(folder, arguments, "");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn add(folder: &Path, name: &str, more: &[&str]) -> Value {
    let arguments = [&["account", "add", name, "--password-stdin", "--json"], more].concat();
    let output = run_with_input(folder, &arguments, "a long password\n");
    assert!(output.status.success(), "{output:?}");
    json(&String::from_utf8(output.stdout).unwrap())
}

#[test]
fn an_account_is_made_changed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let root = add(path, "root", &["--role", "super-administrator"]);
    assert_eq!(
        (&root["number"], &root["role"], &root["locked"]),
        (&1.into(), &"super-administrator".into(), &false.into())
    );
    let bob = add(path, "bob", &["--email", "bob@example.org"]);
    assert_eq!((&bob["username"], &bob["email"]), (&"bob".into(), &"bob@example.org".into()));

    assert!(run(path, &["account", "rename", "bob", "Robert"]).contains("username     Robert"));
    assert!(run(path, &["account", "set-email", "robert"]).contains("email        -"));
    assert_eq!(json(&run(path, &["account", "lock", "Robert", "--json"]))["locked"], true);
    assert_eq!(json(&run(path, &["account", "unlock", "2", "--number", "--json"]))["locked"], false);
    let promoted = run(path, &["account", "set-role", "Robert", "administrator", "--json"]);
    assert_eq!(json(&promoted)["role"], "administrator");
    let changed = run_with_input(path, &["account", "set-password", "Robert", "--password-stdin"], "other");
    assert!(changed.status.success());
    assert_eq!(run(path, &["account", "sessions", "Robert", "--json"]), "[]\n");
    run(path, &["account", "end-sessions", "Robert"]);
    run(path, &["account", "unlock-throttle", "Robert"]);
    let listed = json(&run(path, &["account", "list", "--json"]));
    let names: Vec<&Value> = listed.as_array().unwrap().iter().map(|account| &account["username"]).collect();
    assert_eq!(names, ["root", "Robert"]);
    assert!(run(path, &["account", "list"]).contains("super-administrator"));

    run(path, &["account", "delete", "Robert"]);
    assert!(refused(path, &["account", "show", "Robert"]).contains("no account `Robert`"));
    let history = json(&run(path, &["account", "history", "2", "--number", "--json"]));
    let actions: Vec<&Value> = history.as_array().unwrap().iter().map(|record| &record["action"]).collect();
    assert_eq!((actions.first(), actions.last()), (Some(&&"deleted".into()), Some(&&"registered".into())), "{history}");
    assert!(refused(path, &["account", "delete", "root"]).contains("last unlocked super administrator"));
    assert!(refused(path, &["account", "show", "x", "--number"]).contains("not a number"));
}

#[test]
fn a_plan_is_shown_and_set_part_by_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    add(path, "bob", &[]);
    let shown = run(path, &["account", "plan", "show", "bob"]);
    assert!(shown.contains("group        default\ntraffic      4096 MiB\ninbound      of its group\n"), "{shown}");
    let set = ["account", "plan", "set", "bob", "--json", "--group", "vip1", "--traffic", "-5", "--inbound", "640"];
    let plan = json(&run(path, &set));
    assert_eq!((&plan["group"], &plan["traffic"], &plan["inbound"]), (&"vip1".into(), &(-5).into(), &640.into()));
    let more = ["--frp-token", "0123", "--qq", "10001", "--qq-social-id", "7", "--inbound", "group", "--outbound", "1"];
    let plan = json(&run(path, &[&["account", "plan", "set", "1", "--number", "--json"], &more[..]].concat()));
    let expected = r#"{"group":"vip1","traffic":-5,"inbound":null,"outbound":1,"tunnels":-1,"frp_token":"0123","qq":"10001","qq_social_id":"7"}"#;
    assert_eq!(plan, json(expected));
    assert_eq!(json(&run(path, &["account", "plan", "show", "bob", "--json"])), plan);
    for wrong in [&["--inbound", "-1"], &["--frp-token", "a|b"], &["--traffic", "1.5"], &["--tunnels", "-2"]] {
        let refused = run_with_input(path, &[&["account", "plan", "set", "bob"], &wrong[..]].concat(), "");
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(run_with_input(path, &["account", "plan", "set", "bob"], "").status.code(), Some(2), "nothing to set");
    assert!(refused(path, &["account", "plan", "show", "eve"]).contains("no account `eve`"));
}

#[test]
fn a_name_of_a_scope_counts_there_only() {
    let folder = tempfile::tempdir().unwrap();
    add(folder.path(), "bob", &["--scope", "second"]);
    assert!(refused(folder.path(), &["account", "show", "bob"]).contains("no account"));
    assert!(run(folder.path(), &["account", "show", "bob", "--scope", "second"]).contains("bob"));
}

#[test]
fn configuration_is_checked_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dragoman.toml"), "[server]\nworkers = 3\n[proxy]\nsigning_key = \"hush\"\n")
        .unwrap();
    assert!(run(folder.path(), &["config", "check"]).contains("the configuration is good"));
    let shown = run(folder.path(), &["config", "show", "--database", "sqlite://x.db"]);
    assert!(shown.contains("# command line --database") && shown.contains("# dragoman.toml"), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
    let output = dragoman(folder.path(), &["config", "check"]).env("DRAGOMAN__SERVER__WORKER", "2").output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("DRAGOMAN__SERVER__WORKER") && complaint.contains("`server.workers`"), "{complaint}");
    assert!(refused(folder.path(), &["config", "check", "--config", "none.toml"]).contains("none.toml"));
    let misplaced = run_with_input(folder.path(), &["--testing", "account", "list"], "");
    assert_eq!(misplaced.status.code(), Some(2));
}

#[test]
fn a_lost_folder_of_reports_stops_the_server_and_no_other_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("dragoman.toml"), "[console]\nreports = \"reports\"\n").unwrap();
    for command in [&["config", "check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let told = refused(path, command);
        assert!(told.contains("console.reports: reports is not a folder that is there"), "{command:?}: {told}");
    }
    let doctor = run_with_input(path, &["doctor"], "");
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("console.reports"), "{doctor:?}");
    assert!(!doctor.status.success());
    assert!(run(path, &["migrate-database"]).contains("up to date"));
    std::fs::create_dir(path.join("reports")).unwrap();
    assert!(run(path, &["config", "check"]).contains("the configuration is good"));
}

#[test]
fn keys_are_rotated_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate-database"]).contains("up to date"));
    assert_eq!(run(folder.path(), &["keys", "list", "--json"]), "[]\n");
    run(folder.path(), &["keys", "rotate"]);
    run(folder.path(), &["keys", "rotate", "--accept-old-seconds", "60"]);
    let keys = json(&run(folder.path(), &["keys", "list", "--json"]));
    assert_eq!((keys.as_array().unwrap().len(), &keys[0]["accepted_until"]), (2, &Value::Null));
    assert!(keys[1]["accepted_until"].is_string());
}

#[test]
fn a_proxy_list_is_imported_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("a.csv"), "id,ip,port,spend\n2,2.2.2.2,80,0.5\n1,1.1.1.1,,\n").unwrap();
    assert_eq!(run(path, &["proxy-list", "import", "a.csv"]), "2 rows imported\n");
    let list = || run(path, &["proxy-list", "list", "--json"]);
    let ids = |text: &str| text.lines().map(|line| json(line)["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&list()), [1, 2]);

    std::fs::write(path.join("bad.csv"), "id,port\n5,80\n5,81\nx,1\n6,70000\n").unwrap();
    let complaint = refused(path, &["proxy-list", "import", "bad.csv"]);
    for part in ["line 3: id 5 stands twice", "line 4: ", "line 5: port", "3 bad rows, nothing was imported"] {
        assert!(complaint.contains(part), "{part} is not in:\n{complaint}");
    }
    assert_eq!(ids(&list()), [1, 2]);

    let many: Vec<String> = (1..=1_203).map(|id| format!("{{\"id\": {id}}}")).collect();
    std::fs::write(path.join("b.json"), format!("[{}]", many.join(",\n"))).unwrap();
    run(path, &["proxy-list", "import", "b.json"]);
    assert_eq!(list().lines().count(), 1_203);
    assert!(run(path, &["proxy-list", "list"]).starts_with("       1  "));
    assert_eq!(run(path, &["proxy-list", "clear"]), "1203 rows removed\n");
    assert_eq!(list(), "");
}

struct Serving {
    child: Child,
    told: BufReader<std::process::ChildStdout>,
}

impl Serving {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = dragoman(folder, arguments).spawn().unwrap();
        let told = BufReader::new(child.stdout.take().unwrap());
        Self { child, told }
    }

    /// Whether one of the next lines, one a mount, holds this.
    fn tells(&mut self, text: &str) -> bool {
        (0..dragoman_server::REGISTRY.len()).any(|_| self.line().contains(text))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line
    }

    /// Asks it to end, as a service manager would, and gives exit success and log.
    fn end(mut self) -> (bool, String) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        let log = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (status.success(), log)
    }
}

#[test]
fn the_bare_binary_serves_and_makes_the_first_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let line = serving.line();
    assert!(line.starts_with("dragoman listens on http://127.0.0.1:"), "{line}");
    assert!(serving.tells("/proxy/  familiar /  scope proxy  database SQLite"));
    let (success, log) = serving.end();
    assert!(success, "{log}");

    let file = folder.path().join("data/first-administrator.txt");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    let password = text.trim_end().rsplit(' ').next().unwrap();
    assert!(text.starts_with("super administrator `admin`") && password.len() == 20, "{text}");
    assert!(log.contains("data/first-administrator.txt") && !log.contains(password), "{log}");
    assert!(log.lines().all(|line| json(line).is_object()), "{log}");
    assert!(run(folder.path(), &["account", "show", "admin"]).contains("super-administrator"));
}

#[test]
fn requests_are_logged_without_what_the_client_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--testing"]);
    let line = serving.line();
    let address = line.split(['/', ',']).nth(2).unwrap().parse().unwrap();
    let asked = crate::exchange::send(address, "GET", "/proxy/hush?token=hush", "x", "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(asked).0, 404);
    assert!(serving.tells("/proxy/"));
    let (success, log) = serving.end();
    assert!(success && !log.contains("hush"), "{log}");
    let request = log.lines().map(json).find(|line| line["target"] == "dragoman::request").expect("a line");
    assert_eq!(
        (&request["dialect"], &request["method"], &request["status"]),
        (&"proxy".into(), &"GET".into(), &404.into())
    );
    assert!(request["microseconds"].is_u64() && request["request"].as_str().unwrap().len() == 16, "{request}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn the_log_tells_from_where_a_login_failed_and_how() {
    for (networks, network) in [("true", Value::from("127.0.0.1")), ("false", Value::Null)] {
        let folder = tempfile::tempdir().unwrap();
        let toml = format!("[log]\nnetworks = {networks}\n");
        std::fs::write(folder.path().join("dragoman.toml"), toml).unwrap();
        let mut serving = Serving::start(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--testing"]);
        let line = serving.line();
        let address = line.split(['/', ',']).nth(2).unwrap().parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let body = r#"{"username":"hush","password":"hush"}"#;
        let head = format!(
            "POST /frp/api/v2/users/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = runtime.block_on(crate::exchange::send_raw(address, &head));
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        let (success, log) = serving.end();
        assert!(success && !log.contains("hush"), "{log}");
        let request = log.lines().map(json).find(|line| line["target"] == "dragoman::request").expect("a line");
        assert_eq!(
            (&request["network"], &request["route"]),
            (&network, &"/frp/api/v2/users/login".into()),
            "{request}"
        );
        assert!(request["refusal"].as_str().is_some_and(|refusal| !refusal.is_empty()), "{request}");
    }
}

#[test]
fn a_request_that_could_not_be_passed_has_one_line() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there.
    let toml = "[proxy.upstream]\nurl = \"http://127.0.0.1:1\"\npass_through = true\n";
    std::fs::write(folder.path().join("dragoman.toml"), toml).unwrap();
    let mut serving = Serving::start(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--testing"]);
    let line = serving.line();
    let address = line.split(['/', ',']).nth(2).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(crate::exchange::send(address, "GET", "/proxy/page?token=hush", "x", ""));
    let (success, log) = serving.end();
    assert!(success && !log.contains("hush"), "{log}");
    let requests: Vec<_> = log.lines().map(json).filter(|line| line["target"] == "dragoman::request").collect();
    assert_eq!(requests.len(), 1, "{log}");
    assert_eq!(
        (&requests[0]["route"], &requests[0]["refusal"], &requests[0]["dialect"], &requests[0]["status"]),
        (&"(passed)".into(), &"old server away".into(), &"proxy".into(), &answer.0.into()),
        "{log}"
    );
}

#[test]
fn testing_on_an_open_listener_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = refused(folder.path(), &["serve", "--testing", "--listen", "0.0.0.0:0"]);
    assert!(complaint.contains("loopback"), "{complaint}");
}

#[test]
fn an_empty_password_is_refused_on_every_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    add(path, "ann", &[]);
    let adding = ["account", "add", "boss", "--role", "super-administrator", "--password-stdin"];
    for arguments in [&adding[..], &["account", "set-password", "ann", "--password-stdin"]] {
        for nothing in ["", "\n", "\r\n"] {
            let output = run_with_input(path, arguments, nothing);
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {nothing:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{output:?}");
        }
    }
    assert!(refused(path, &["account", "show", "boss"]).contains("no account"));
}

#[test]
fn names_and_addresses_are_trimmed_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let ann = add(path, " ann ", &["--email", " ann@leaf.test\n", "--scope", ""]);
    assert_eq!((&ann["username"], &ann["email"]), (&"ann".into(), &"ann@leaf.test".into()));
    let none = add(path, "bob", &["--email", ""]);
    assert_eq!(none["email"], Value::Null);
    for wrong in [
        &["account", "rename", "bob", " "][..],
        &["account", "rename", "bob", "b\u{202e}ob"],
        &["account", "set-email", "bob", "bob"],
        &["account", "set-email", "bob", "a@b\r\nBcc: c@d"],
        &["proxy-list", "list", "--scope", ""],
    ] {
        refused(path, wrong);
    }
    assert_eq!(json(&run(path, &["account", "set-email", "ann", "", "--json"]))["email"], Value::Null);
}

/// Every command that prints: into a full disk, and into a pipe whose reader has gone.
#[test]
fn output_that_nobody_takes_ends_a_command_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    add(path, "ann", &[]);
    run(path, &["keys", "rotate"]);
    std::fs::write(path.join("a.csv"), "id\n1\n").unwrap();
    std::fs::create_dir(path.join("fixtures")).unwrap();
    let commands: &[&[&str]] = &[
        &["account", "list"],
        &["account", "list", "--json"],
        &["account", "show", "ann"],
        &["account", "history", "ann"],
        &["account", "sessions", "ann", "--json"],
        &["account", "end-sessions", "ann"],
        &["account", "plan", "show", "ann"],
        &["account", "unlock-throttle", "ann"],
        &["account", "set-email", "ann"],
        &["config", "show"],
        &["config", "check"],
        &["keys", "list"],
        &["keys", "list", "--json"],
        &["keys", "rotate"],
        &["mail", "list", "--json"],
        &["migrate-database"],
        &["drop-digests"],
        &["proxy-list", "import", "a.csv"],
        &["proxy-list", "list"],
        &["proxy-list", "list", "--json"],
        &["proxy-list", "clear"],
        &["doctor"],
        &["completions", "bash"],
        &["man"],
    ];
    for arguments in commands {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = dragoman(path, arguments).stdout(full).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let empty = arguments == &["proxy-list", "list"] || arguments == &["proxy-list", "list", "--json"];
        assert!(output.status.code() == Some(1) && told.lines().count() == 1 || empty, "{arguments:?}: {told}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = dragoman(path, arguments).stdout(writer).output().unwrap();
        assert!(
            output.stderr.is_empty() && output.status.code().is_some_and(|code| code < 2),
            "{arguments:?}: {output:?}"
        );
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let nowhere = dragoman(path, &["account", "show", "nobody"]).stderr(full).output().unwrap();
        assert_eq!(nowhere.status.code(), Some(1));
    }
}

#[test]
fn the_check_refuses_what_the_start_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("empty.pem"), "").unwrap();
    for (toml, told) in [
        ("[server]\ntls_certificate = \"empty.pem\"\ntls_key = \"empty.pem\"", "no certificate"),
        ("[server]\nlisten = \"192.0.2.1:8080\"", "192.0.2.1"),
        ("[mail]\ntransport = \"smtp\"\nhost = \"h\"\nfrom = \"a@b.cc\"\nca_certificate = \"none.pem\"", "none.pem"),
        ("[pictures]\nurl = \"s3://b\"\nendpoint = \"minio:9000\"", "endpoint"),
        ("[pictures]\nurl = \"file://empty.pem/x\"", "empty.pem"),
        ("[medusa]\npassword_reset_open = true", "password_reset_key"),
        ("[medusa]\nscope = \"a b\"", "medusa.scope"),
        ("[v1]\nallow_origin = \"a\\nb\"", "allow_origin"),
        ("[v1]\nupload_limit_mib = 65535", "upload_limit_mib"),
        ("[frp]\nlogin_window_seconds = 9223372036854775807", "login_window_seconds"),
        ("[frp]\nmail_wait_seconds = 9223372036854775807", "mail_wait_seconds"),
        ("[php]\nsession_idle_seconds = 0", "session_idle_seconds"),
        ("[php]\ncaptcha_seconds = 4294967295", "captcha_seconds"),
        ("[proxy]\nsession_seconds = 9223372036854775807", "session_seconds"),
        ("[medusa]\ntoken_max_age_seconds = 4294967295", "token_max_age_seconds"),
        ("[server]\nshutdown_seconds = 9223372036854775807", "shutdown_seconds"),
    ] {
        std::fs::write(path.join("dragoman.toml"), toml).unwrap();
        let checked = refused(path, &["config", "check"]);
        assert!(checked.contains(told) && !checked.contains("panicked"), "{toml}: {checked}");
        if toml.contains("listen") {
            // The option would take its place, and a server would serve.
            continue;
        }
        let started = refused(path, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(started.contains(told), "{toml}: {started}");
    }
}

#[test]
fn the_doctor_says_what_to_do_and_ends_by_the_worst() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    add(path, "ann", &[]);
    let doctor = |toml: &str| {
        std::fs::write(path.join("dragoman.toml"), toml).unwrap();
        let output = run_with_input(path, &["doctor", "--json"], "");
        let findings = json(&String::from_utf8(output.stdout).unwrap()).as_array().unwrap().clone();
        let find = move |what: &str| findings.iter().find(|finding| finding["check"] == what).cloned().unwrap();
        (output.status.code(), find)
    };
    let (code, find) = doctor("[server]\nlisten = \"127.0.0.1:0\"\n");
    assert_eq!(code, Some(1), "mail goes to files, a factory value");
    assert_eq!((&find("database")["state"], &find("port")["state"]), (&"good".into(), &"good".into()));
    assert!(find("mail")["advice"].as_str().unwrap().contains("smtp"));
    assert!(find("secrets")["found"].as_str().unwrap().contains("medusa.registration_key"));
    let (code, find) = doctor("[database]\nurl = \"postgres://u:hush@127.0.0.1:1/x\"\nwait_seconds = 1\n");
    let database = find("database");
    assert_eq!((code, &database["state"]), (Some(2), &"broken".into()));
    assert!(!database.to_string().contains("hush"), "{database}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, find) = doctor(&format!("[server]\nlisten = {:?}\n", taken.local_addr().unwrap().to_string()));
    assert_eq!((code, &find("port")["state"]), (Some(1), &"look".into()));
    let page = run_with_input(path, &["doctor"], "");
    assert!(String::from_utf8(page.stdout).unwrap().lines().any(|line| line.starts_with("good   database")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_asks_whether_its_server_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |listen: std::net::SocketAddr| {
        let toml = format!("[server]\nlisten = \"{listen}\"\n");
        std::fs::write(folder.path().join("dragoman.toml"), toml).unwrap();
        let output = run_with_input(folder.path(), &["healthcheck"], "");
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let server = crate::fake::serve("").await;
    let address = server.running.address();
    assert_eq!(ask(address), (Some(0), "healthy\n".to_owned(), String::new()));
    let everywhere = (std::net::Ipv4Addr::UNSPECIFIED, address.port()).into();
    assert_eq!(ask(everywhere).0, Some(0));
    server.running.stop().await;
    let (code, _, complaint) = ask(address);
    assert_eq!(code, Some(1));
    assert!(complaint.contains(&address.to_string()) && complaint.lines().count() == 1, "{complaint}");
}

#[test]
fn shells_and_manuals_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run(folder.path(), &["completions", shell]).contains("set-password"), "{shell}");
    }
    assert!(run(folder.path(), &["man"]).contains(".SH NAME"));
    run(folder.path(), &["man", "pages"]);
    assert!(folder.path().join("pages/dragoman-account-set-password.1").is_file());
}

#[test]
fn pictures_are_compared_with_what_accounts_show() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    add(path, "ann", &[]);
    let pictures = path.join("data/pictures/medusa");
    std::fs::create_dir_all(&pictures).unwrap();
    let (old, fresh, own) = ("AbCdEfGhIj1700000000.jpg", "ZbCdEfGhIj1700000001.jpg", "admin.jpg");
    for name in [old, fresh, own] {
        std::fs::write(pictures.join(name), "x").unwrap();
    }
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    for name in [old, own] {
        let file = std::fs::File::options().write(true).open(pictures.join(name)).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let listed = json(&run(path, &["pictures", "list", "--json"]));
    let state = |name: &str| {
        let rows = listed.as_array().unwrap().iter();
        rows.clone().find(|row| row["name"] == name).map(|row| row["state"].clone()).unwrap()
    };
    assert_eq!((state(old), state(fresh), state(own)), ("unused".into(), "unused".into(), "kept".into()));
    assert_eq!(run(path, &["pictures", "list", "--unused"]).lines().count(), 2);
    assert_eq!(run(path, &["pictures", "prune"]), "1 unused pictures removed\n");
    assert!(!pictures.join(old).exists() && pictures.join(fresh).exists() && pictures.join(own).exists());
}

/// Who, from where, through what: of every command that changes something.
#[test]
fn every_command_that_changes_something_is_in_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("dragoman.toml"), "[proxy.upstream]\nurl = \"http://127.0.0.1:9\"\n").unwrap();
    add(path, "root", &["--role", "super-administrator"]);
    add(path, "bob", &[]);
    let set = run_with_input(path, &["account", "set-password", "bob", "--password-stdin"], "another one");
    assert!(set.status.success(), "{set:?}");
    let commands: [(&[&str], &str, Option<i64>, &str); 15] = [
        (&["account", "rename", "bob", "robert"], "renamed", Some(2), ""),
        (&["account", "set-email", "robert", "robert@example.org"], "address changed", Some(2), ""),
        (&["account", "set-role", "robert", "administrator"], "role changed", Some(2), ""),
        (&["account", "plan", "set", "robert", "--traffic", "5"], "account changed", Some(2), ""),
        (&["account", "lock", "robert"], "locked", Some(2), ""),
        (&["account", "unlock", "robert"], "unlocked", Some(2), ""),
        (&["account", "end-sessions", "robert"], "sessions ended", Some(2), ""),
        (&["account", "unlock-throttle", "robert"], "failures forgotten", Some(2), ""),
        (&["account", "delete", "robert"], "deleted", Some(2), ""),
        (&["keys", "rotate"], "signing key rotated", None, "proxy tokens"),
        (&["upstream", "take-over", "proxy", "--yes"], "old server taken over", None, "proxy"),
        (&["upstream", "take-over", "proxy", "--undo"], "old server decides again", None, "proxy"),
        (&["drop-digests"], "digests dropped", None, "0 accounts"),
        (&["shadow", "forget"], "shadow verdicts forgotten", None, "0 rows"),
        (&["backup", "all.backup"], "backup made", None, "all.backup"),
    ];
    for (command, ..) in commands {
        run(path, command);
    }
    // What only looks, or tells what it would do, leaves nothing.
    for command in [&["upstream", "take-over", "proxy"] as &[&str], &["keys", "list"], &["migrate-database"]] {
        run(path, command);
    }
    let records: Vec<Value> = run(path, &["audit", "export"]).lines().map(json).collect();
    let told = records.iter().map(|record| {
        let text = |name: &str| record[name].as_str().unwrap_or_default();
        assert!(text("from").starts_with("command line, user ") && text("through") == "operator", "{record}");
        (text("action"), record["account"].as_i64(), text("detail"))
    });
    let before = [("registered", Some(1), ""), ("registered", Some(2), ""), ("password set", Some(2), "")];
    let expected = commands.iter().map(|(_, action, account, detail)| (*action, *account, *detail));
    assert_eq!(told.collect::<Vec<_>>(), before.into_iter().chain(expected).collect::<Vec<_>>());

    // Moved elsewhere: both sides know.
    let to = format!("sqlite://{}", path.join("moved.db").display());
    run(path, &["copy-database", "--to", &to]);
    run(path, &["copy-database", "--reopen"]);
    assert!(run(path, &["audit", "list", "--limit", "1"]).contains("database opened again"));
    let moved = run(path, &["audit", "list", "--limit", "2", "--database", &to]);
    assert!(moved.contains("database copied") && moved.contains("copied and closed"), "{moved}");
}
