//! Kills the server again and again in the middle of writes, and checks that nothing it acknowledged is lost.
//!
//! This process drives the load and remembers what was acknowledged; the server is another process, ended by SIGKILL.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::http::{Answer, try_call};

const DRIVERS: usize = 4;

/// What an account was acknowledged to be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    password: String,
    locked: bool,
}

/// A write and what it makes of an account; `None`: there is none.
#[derive(Debug, Clone)]
struct Change {
    path: &'static str,
    body: String,
    after: Option<Known>,
}

/// One driver's accounts. The last write may have been cut off by the kill: then either state is right.
#[derive(Default)]
struct Ledger {
    accounts: BTreeMap<String, Option<Known>>,
    in_flight: Option<(String, Change)>,
    acknowledged: usize,
}

/// `dragoman-bench kill PATH-OF-DRAGOMAN ROUNDS [DATABASE-URL]`
pub fn run(mut arguments: impl Iterator<Item = String>) {
    let program = arguments.next().expect("the path of dragoman");
    let rounds: u64 = arguments.next().expect("how many rounds").parse().expect("a number of rounds");
    let folder = tempfile::tempdir().unwrap();
    let database = arguments.next().unwrap_or_else(|| format!("sqlite://{}", folder.path().join("kill.db").display()));
    let mut ledgers: Vec<Ledger> = (0..DRIVERS).map(|_| Ledger::default()).collect();
    let mut cut_off = 0;
    let mut server = Server::start(&program, &database, folder.path());
    set_admin_password(&program, &database, folder.path());
    let token = server.log_in("admin", "admin-pw").token();
    for round in 0..rounds {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for (driver, ledger) in ledgers.iter_mut().enumerate() {
                let (stop, token, address) = (&stop, &token, server.address);
                scope.spawn(move || drive(address, token, driver, round, ledger, stop));
            }
            // Never the same moment twice: 200 to 1,000 ms into the load.
            thread::sleep(Duration::from_millis(200 + round.wrapping_mul(7_919) % 800));
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
        server = Server::start(&program, &database, folder.path());
        for ledger in &mut ledgers {
            cut_off += usize::from(settle(&server, ledger));
        }
        println!("round {:2}: {} writes acknowledged so far", round + 1, acknowledged(&ledgers));
    }
    let accounts: usize = ledgers.iter().map(|ledger| check_all(&server, ledger)).sum();
    server.kill();
    println!(
        "{rounds} kills, {} acknowledged writes on {accounts} accounts, {cut_off} cut off: none lost",
        acknowledged(&ledgers)
    );
}

fn acknowledged(ledgers: &[Ledger]) -> usize {
    ledgers.iter().map(|ledger| ledger.acknowledged).sum()
}

/// Writes until the server is gone.
fn drive(address: SocketAddr, token: &str, driver: usize, round: u64, ledger: &mut Ledger, stop: &AtomicBool) {
    for step in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (name, write) = next_write(driver, round, step, ledger);
        match try_call(address, "POST", write.path, token, &write.body) {
            Some(answer) if answer.status == 200 => {
                ledger.accounts.insert(name, write.after);
                ledger.acknowledged += 1;
            }
            // Cut off in the middle: the write may or may not have happened.
            None => {
                ledger.in_flight = Some((name, write));
                return;
            }
            Some(answer) => panic!("{} for {name}: {} {}", write.path, answer.status, answer.body),
        }
    }
}

/// Registrations, password changes, locks and deletions in turn.
fn next_write(driver: usize, round: u64, step: u64, ledger: &Ledger) -> (String, Change) {
    let living =
        || ledger.accounts.iter().rev().find_map(|(name, known)| known.clone().map(|known| (name.clone(), known)));
    let (kind, chosen) = (step % 5, living());
    let (Some((name, known)), 1..) = (chosen, kind) else {
        let name = format!("k{driver}-{round:03}-{step:05}");
        let body = format!(r#"{{"username":"{name}","password":"p0","password1":"p0"}}"#);
        return (
            name,
            Change { path: "/proxy/regist", body, after: Some(Known { password: "p0".into(), locked: false }) },
        );
    };
    let write = match kind {
        1 => {
            let password = format!("p{round}-{step}");
            let body = format!(r#"{{"username":"{name}","newpwd":"{password}"}}"#);
            Change { path: "/proxy/admin/upwd", body, after: Some(Known { password, ..known }) }
        }
        4 if step.is_multiple_of(2) => {
            Change { path: "/proxy/delete", body: format!(r#"{{"username":"{name}"}}"#), after: None }
        }
        _ => {
            let locked = !known.locked;
            let body = format!(r#"{{"username":"{name}","userlock":{locked}}}"#);
            Change { path: "/proxy/lock", body, after: Some(Known { locked, ..known }) }
        }
    };
    (name, write)
}

/// After a restart: the write that was cut off happened or did not, and the last acknowledged ones are there.
/// Gives whether one was cut off.
fn settle(server: &Server, ledger: &mut Ledger) -> bool {
    let in_flight = ledger.in_flight.take();
    if let Some((name, write)) = &in_flight {
        let before = ledger.accounts.get(name).cloned().flatten();
        if holds(server, name, write.after.as_ref()) {
            ledger.accounts.insert(name.clone(), write.after.clone());
        } else {
            assert!(
                holds(server, name, before.as_ref()),
                "{name} is neither as before ({before:?}) nor as after ({:?})",
                write.after
            );
            ledger.accounts.insert(name.clone(), before);
        }
    }
    for (name, known) in ledger.accounts.iter().rev().take(3) {
        assert!(holds(server, name, known.as_ref()), "{name} was acknowledged to be {known:?}");
    }
    in_flight.is_some()
}

fn check_all(server: &Server, ledger: &Ledger) -> usize {
    for (name, known) in &ledger.accounts {
        assert!(holds(server, name, known.as_ref()), "{name} was acknowledged to be {known:?}");
    }
    ledger.accounts.len()
}

/// Whether a login shows an account to be what is known of it.
fn holds(server: &Server, name: &str, known: Option<&Known>) -> bool {
    let password = known.map_or("p0", |known| known.password.as_str());
    let answer = server.log_in(name, password);
    match known {
        None => answer.status == 401 && answer.body.starts_with("<!DOCTYPE"),
        Some(Known { locked: true, .. }) => answer.status == 401 && answer.body.contains(r"\u9501\u5b9a"),
        Some(Known { locked: false, .. }) => answer.status == 200,
    }
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the server and waits until it is ready; a database that needed repair would never be.
    fn start(program: &str, database: &str, folder: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = fs::File::create(folder.join("server.log")).unwrap();
        let child = dragoman(program, database, folder)
            .args(["serve", "--listen", &address.to_string()])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { child, address };
        for _ in 0..200 {
            if try_call(address, "GET", "/readyz", "", "").is_some_and(|answer| answer.status == 200) {
                return server;
            }
            thread::sleep(Duration::from_millis(25));
        }
        server.kill();
        panic!("the server does not come back:\n{}", fs::read_to_string(folder.join("server.log")).unwrap());
    }

    fn log_in(&self, name: &str, password: &str) -> Answer {
        let body = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
        try_call(self.address, "POST", "/proxy/login", "", &body).expect("the server answers")
    }

    /// SIGKILL, without a word before.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Answer {
    fn token(&self) -> String {
        let login: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        login["Authorization"].as_str().unwrap().to_owned()
    }
}

/// Checking needs more logins than a throttle bears.
fn dragoman(program: &str, database: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("DRAGOMAN__DATABASE__URL", database);
    for limit in ["ACCOUNT_NETWORK_FAILURES", "NETWORK_FAILURES", "ACCOUNT_FAILURES"] {
        command.env(format!("DRAGOMAN__THROTTLE__{limit}"), "0");
    }
    command
}

fn set_admin_password(program: &str, database: &str, folder: &Path) {
    let mut child = dragoman(program, database, folder)
        .args(["account", "set-password", "admin", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"admin-pw\n").unwrap();
    assert!(child.wait().unwrap().success(), "the administrator's password is set");
    // Tokens of the present second are refused after an operator's reset; the next one's are good.
    thread::sleep(Duration::from_millis(1_100));
}
