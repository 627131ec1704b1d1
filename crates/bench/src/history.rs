//! `scripts/cluster-test`: clients through all replicas, every answer held against what was acknowledged, while nodes die.
//!
//! In the manner of Jepsen's registers: each account belongs to one client, so what it must be is known from the answers alone. A write
//! without an answer leaves two possibilities; that account is written to no more, and must be one of the two in the end.

use std::{
    fs,
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::http::{Answer, try_call};

const CLIENTS: usize = 8;
const LOCKED: &str = r"\u9501\u5b9a";
/// Between two writes of a probe.
const BETWEEN_PROBES: Duration = Duration::from_millis(100);

/// What an account was acknowledged to be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    password: String,
    locked: bool,
}

/// What a login says of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    In,
    Locked,
    /// "No such account" or "wrong password".
    Wrong,
    /// No answer, or "unavailable": says nothing.
    Nothing,
}

#[derive(Default)]
struct Counts {
    acknowledged: AtomicUsize,
    unknown: AtomicUsize,
    read: AtomicUsize,
    unanswered: AtomicUsize,
    lost: AtomicUsize,
    stale: AtomicUsize,
    wrong: AtomicUsize,
}

/// One account and its possible states; `None`: there is none.
struct Account {
    name: String,
    may_be: Vec<Option<Known>>,
}

struct Client<'a> {
    number: usize,
    replicas: &'a [SocketAddr],
    admin: &'a str,
    counts: &'a Counts,
    turn: usize,
    accounts: Vec<Account>,
}

/// `dragoman-bench history SECONDS FAULTS-FILE ADMIN-PASSWORD REPLICA...`
pub fn run(mut arguments: impl Iterator<Item = String>) {
    let seconds: u64 = arguments.next().expect("how many seconds").parse().expect("a number of seconds");
    let faults = arguments.next().expect("the file of faults");
    let password = arguments.next().expect("the administrator's password");
    let replicas: Vec<SocketAddr> = arguments.map(|address| address.parse().expect("an address")).collect();
    let admin = administrator(replicas[0], &password);
    let (counts, over) = (Counts::default(), AtomicBool::new(false));
    let (histories, served) = thread::scope(|scope| {
        let (replicas, admin, counts, over) = (&replicas, admin.as_str(), &counts, &over);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    let mut client = Client { number, replicas, admin, counts, turn: number, accounts: Vec::new() };
                    for step in 0.. {
                        if over.load(Ordering::Relaxed) {
                            break;
                        }
                        client.live_one_life(step, over);
                    }
                    client.accounts
                })
            })
            .collect();
        let probes: Vec<_> = replicas.iter().map(|&replica| scope.spawn(move || probe(replica, admin, over))).collect();
        thread::sleep(Duration::from_secs(seconds));
        over.store(true, Ordering::Relaxed);
        let histories: Vec<_> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        let served: Vec<_> = probes.into_iter().map(|probe| probe.join().unwrap()).collect();
        (histories, served)
    });
    thread::scope(|scope| {
        let (replicas, counts) = (&replicas, &counts);
        for part in histories.chunks(histories.len().div_ceil(CLIENTS).max(1)) {
            scope.spawn(move || part.iter().for_each(|account| settle(account, replicas, counts)));
        }
    });
    report(&counts, histories.len(), &fs::read_to_string(faults).unwrap_or_default(), &served);
    let broken = [&counts.lost, &counts.stale, &counts.wrong].iter().any(|count| count.load(Ordering::Relaxed) > 0);
    std::process::exit(i32::from(broken));
}

/// The cluster may just have come up.
fn administrator(replica: SocketAddr, password: &str) -> String {
    for _ in 0..300 {
        if let Some(token) = log_in(replica, "admin", password).as_ref().and_then(token) {
            return token;
        }
        thread::sleep(BETWEEN_PROBES);
    }
    panic!("the administrator cannot log in");
}

impl Client<'_> {
    /// Any replica but the last one used: what one acknowledged another one is asked for.
    fn another(&mut self) -> SocketAddr {
        self.turn += 1;
        self.replicas[self.turn % self.replicas.len()]
    }

    /// Register, log in, use the token, change the password, lock, unlock, delete: each step checked through other replicas.
    fn live_one_life(&mut self, step: usize, over: &AtomicBool) {
        let name = format!("h{}-{step:06}", self.number);
        self.accounts.push(Account { name: name.clone(), may_be: vec![None] });
        let mut known = Known { password: "p0".into(), locked: false };
        if !self.write(
            "/proxy/regist",
            &format!(r#"{{"username":"{name}","password":"p0","password1":"p0"}}"#),
            Some(&known),
        ) {
            return;
        }
        let token = self.expect_in(&name, "p0");
        for change in 1..=2 {
            if over.load(Ordering::Relaxed) {
                return;
            }
            known.password = format!("p{change}");
            if !self.write(
                "/proxy/admin/upwd",
                &format!(r#"{{"username":"{name}","newpwd":"p{change}"}}"#),
                Some(&known),
            ) {
                return;
            }
            self.expect_in(&name, &known.password);
            self.expect_out(&name, &format!("p{}", change - 1), "an old password");
        }
        let token = self.expect_in(&name, &known.password).or(token);
        for locked in [true, false, true] {
            known.locked = locked;
            if !self.write("/proxy/lock", &format!(r#"{{"username":"{name}","userlock":{locked}}}"#), Some(&known)) {
                return;
            }
            if locked {
                self.expect_out(&name, &known.password, "a locked account");
                // Its tokens go on, by proxy's contract; those of a deleted one do not.
            } else {
                self.expect_in(&name, &known.password);
            }
        }
        if step.is_multiple_of(2) && self.write("/proxy/delete", &format!(r#"{{"username":"{name}"}}"#), None) {
            self.expect_out(&name, &known.password, "a deleted account");
            self.expect_refused(&name, token.as_deref(), "a deleted account's token");
        }
    }

    /// Whether it was acknowledged; if not, the account may be either.
    fn write(&mut self, path: &str, body: &str, after: Option<&Known>) -> bool {
        let replica = self.another();
        let answer = try_call(replica, "POST", path, self.admin, body);
        let account = self.accounts.last_mut().expect("an account");
        match answer {
            Some(answer) if answer.status == 200 => {
                account.may_be = vec![after.cloned()];
                self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
                true
            }
            Some(answer) if answer.status < 500 => {
                complain(
                    &self.counts.wrong,
                    &format!("{path} for {} through {replica}: {} {}", account.name, answer.status, short(&answer)),
                );
                account.may_be.push(after.cloned());
                false
            }
            _ => {
                account.may_be.push(after.cloned());
                self.counts.unknown.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }

    fn look(&mut self, name: &str, password: &str) -> (Seen, SocketAddr, Option<String>) {
        let replica = self.another();
        let answer = log_in(replica, name, password);
        let seen = see(answer.as_ref());
        let count = if seen == Seen::Nothing { &self.counts.unanswered } else { &self.counts.read };
        count.fetch_add(1, Ordering::Relaxed);
        (seen, replica, answer.as_ref().and_then(token))
    }

    /// Logs in through two other replicas; gives a token.
    fn expect_in(&mut self, name: &str, password: &str) -> Option<String> {
        let mut found = None;
        for _ in 1..self.replicas.len() {
            let (seen, replica, token) = self.look(name, password);
            if matches!(seen, Seen::Wrong | Seen::Locked) {
                complain(
                    &self.counts.wrong,
                    &format!("{name} is {seen:?} through {replica}, the right password given"),
                );
            }
            found = token.or(found);
        }
        found
    }

    fn expect_out(&mut self, name: &str, password: &str, what: &str) {
        for _ in 1..self.replicas.len() {
            let (seen, replica, _) = self.look(name, password);
            if seen == Seen::In {
                complain(&self.counts.stale, &format!("{what} is let in: {name} through {replica}"));
            }
        }
    }

    fn expect_refused(&mut self, name: &str, token: Option<&str>, what: &str) {
        let Some(token) = token else { return };
        for _ in 1..self.replicas.len() {
            let replica = self.another();
            match try_call(replica, "GET", "/proxy/about", token, "") {
                Some(answer) if answer.status == 200 => {
                    complain(&self.counts.stale, &format!("{what} is good: {name} through {replica}"));
                }
                Some(answer) if answer.status < 500 => drop(self.counts.read.fetch_add(1, Ordering::Relaxed)),
                _ => drop(self.counts.unanswered.fetch_add(1, Ordering::Relaxed)),
            }
        }
    }
}

/// In the end, all being well: is the account what it may be, through every replica?
fn settle(account: &Account, replicas: &[SocketAddr], counts: &Counts) {
    for &replica in replicas {
        let holds = account.may_be.iter().any(|state| {
            let password = state.as_ref().map_or("p0", |known| known.password.as_str());
            let limit = Instant::now() + Duration::from_secs(30);
            let seen = loop {
                let seen = see(log_in(replica, &account.name, password).as_ref());
                if seen != Seen::Nothing || Instant::now() > limit {
                    break seen;
                }
                thread::sleep(BETWEEN_PROBES);
            };
            match state {
                None => seen == Seen::Wrong,
                Some(Known { locked: true, .. }) => seen == Seen::Locked,
                Some(Known { locked: false, .. }) => seen == Seen::In,
            }
        });
        if !holds {
            complain(&counts.lost, &format!("{} is none of {:?} through {replica}", account.name, account.may_be));
        }
    }
}

/// One write after the other through one replica: when each began that was acknowledged, and when it was.
fn probe(replica: SocketAddr, admin: &str, over: &AtomicBool) -> Vec<(u64, u64)> {
    let name = format!("probe-{}", replica.port());
    let register = format!(r#"{{"username":"{name}","password":"p0","password1":"p0"}}"#);
    let mut served = Vec::new();
    for turn in 0_u64.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let began = now();
        let body = format!(r#"{{"username":"{name}","userlock":{}}}"#, turn.is_multiple_of(2));
        match try_call(replica, "POST", "/proxy/lock", admin, &body) {
            Some(answer) if answer.status == 200 => served.push((began, now())),
            // Not made yet.
            Some(answer) if answer.status == 404 => {
                drop(try_call(replica, "POST", "/proxy/regist", "", &register));
            }
            _ => {}
        }
        thread::sleep(BETWEEN_PROBES);
    }
    served
}

fn report(counts: &Counts, accounts: usize, faults: &str, served: &[Vec<(u64, u64)>]) {
    let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    let heading = "fault";
    println!("{heading:<44} all replicas write again after");
    for line in faults.lines() {
        let Some((at, what)) = line.split_once(' ') else { continue };
        let at: u64 = at.parse().unwrap_or(u64::MAX);
        let back: Option<Vec<u64>> = served
            .iter()
            .map(|served| served.iter().find(|(began, _)| *began >= at).map(|(_, ended)| ended - at))
            .collect();
        match back.and_then(|back| back.into_iter().max()) {
            Some(milliseconds) => println!("{what:<44} {:.1} s", Duration::from_millis(milliseconds).as_secs_f64()),
            None => println!("{what:<44} (the run was over)"),
        }
    }
    println!(
        "\naccounts {accounts}, writes acknowledged {}, without an answer {}; checks answered {}, unanswered {}",
        count(&counts.acknowledged),
        count(&counts.unknown),
        count(&counts.read),
        count(&counts.unanswered)
    );
    println!(
        "acknowledged writes lost: {}\nstale grants: {}\nfalse \"wrong password\" and other refusals: {}",
        count(&counts.lost),
        count(&counts.stale),
        count(&counts.wrong)
    );
}

fn complain(count: &AtomicUsize, text: &str) {
    count.fetch_add(1, Ordering::Relaxed);
    eprintln!("{} {text}", now());
}

fn short(answer: &Answer) -> String {
    answer.body.chars().take(80).collect()
}

fn log_in(replica: SocketAddr, name: &str, password: &str) -> Option<Answer> {
    try_call(replica, "POST", "/proxy/login", "", &format!(r#"{{"username":"{name}","password":"{password}"}}"#))
}

fn see(answer: Option<&Answer>) -> Seen {
    match answer {
        Some(answer) if answer.status == 200 => Seen::In,
        Some(answer) if answer.status == 401 && answer.body.contains(LOCKED) => Seen::Locked,
        Some(answer) if answer.status == 401 => Seen::Wrong,
        _ => Seen::Nothing,
    }
}

fn token(answer: &Answer) -> Option<String> {
    answer.body.split_once(r#""Authorization":"#)?.1.split('"').nth(1).map(str::to_owned)
}

#[allow(clippy::disallowed_methods, reason = "compared with the times that the script writes")]
fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
