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
fn testing_on_an_open_listener_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = refused(folder.path(), &["serve", "--testing", "--listen", "0.0.0.0:0"]);
    assert!(complaint.contains("loopback"), "{complaint}");
}
