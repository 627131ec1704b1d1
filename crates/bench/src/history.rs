//! `scripts/cluster-test`: clients through all replicas, every answer held against what was acknowledged, while nodes die.
//!
//! In the manner of Jepsen's registers: each account belongs to one client, so what it must be is known from the answers alone. A write
//! without an answer leaves two possibilities, until it has been tried again and is answered; in the end the account must be one of them.

mod recovery;

use std::{
    fs,
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use self::recovery::{Recovery, now, prepare, probe};
use crate::http::{ANSWER_LIMIT, Answer, try_call_within};

const CLIENTS: usize = 8;
const LOCKED: &str = r"\u9501\u5b9a";
/// Between two tries of the same, as a client would wait.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

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
    hung: AtomicUsize,
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

/// Makes the file of faults when it begins: from then on faults may be made.
///
/// `dragoman-bench history SECONDS FAULTS-FILE CLUSTER-FILE ADMIN-PASSWORD REPLICA...`
pub fn run(mut arguments: impl Iterator<Item = String>) {
    let seconds: u64 = arguments.next().expect("how many seconds").parse().expect("a number of seconds");
    let faults = arguments.next().expect("the file of faults");
    let cluster = arguments.next().expect("the file of the cluster's own writes");
    let password = arguments.next().expect("the administrator's password");
    let replicas: Vec<SocketAddr> = arguments.map(|address| address.parse().expect("an address")).collect();
    let admin = administrator(replicas[0], &password);
    replicas.iter().for_each(|&replica| prepare(replica));
    fs::write(&faults, "").expect("the file of faults can be made");
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
    let recovery = Recovery::read(&faults, &cluster, &served);
    recovery.print();
    let began = Instant::now();
    thread::scope(|scope| {
        let (replicas, counts) = (&replicas, &counts);
        for part in histories.chunks(histories.len().div_ceil(CLIENTS).max(1)) {
            scope.spawn(move || part.iter().for_each(|account| settle(account, replicas, counts)));
        }
    });
    report(&counts, histories.len(), began.elapsed());
    let broken = [&counts.lost, &counts.stale, &counts.wrong, &counts.hung];
    let broken = broken.iter().any(|count| count.load(Ordering::Relaxed) > 0);
    std::process::exit(i32::from(broken || recovery.late() > 0));
}

/// The cluster may just have come up.
fn administrator(replica: SocketAddr, password: &str) -> String {
    for _ in 0..300 {
        if let Some(token) = log_in(replica, "admin", password, None).as_ref().and_then(token) {
            return token;
        }
        thread::sleep(BETWEEN_TRIES);
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
            over,
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
                over,
            ) {
                return;
            }
            self.expect_in(&name, &known.password);
            self.expect_out(&name, &format!("p{}", change - 1), "an old password");
        }
        let token = self.expect_in(&name, &known.password).or(token);
        for locked in [true, false, true] {
            known.locked = locked;
            if !self.write(
                "/proxy/lock",
                &format!(r#"{{"username":"{name}","userlock":{locked}}}"#),
                Some(&known),
                over,
            ) {
                return;
            }
            if locked {
                self.expect_out(&name, &known.password, "a locked account");
                // Its tokens go on, by proxy's contract; those of a deleted one do not.
            } else {
                self.expect_in(&name, &known.password);
            }
        }
        if step.is_multiple_of(2) && self.write("/proxy/delete", &format!(r#"{{"username":"{name}"}}"#), None, over) {
            self.expect_out(&name, &known.password, "a deleted account");
            self.expect_refused(&name, token.as_deref(), "a deleted account's token");
        }
    }

    /// Whether it was acknowledged; if not, the account may be either. What had no answer is tried again, as every one of these writes
    /// may be: a name that is taken then is the client's own, an account that is not there has been deleted.
    fn write(&mut self, path: &str, body: &str, after: Option<&Known>, over: &AtomicBool) -> bool {
        let once_only = matches!(path, "/proxy/regist" | "/proxy/delete");
        for tried in 0.. {
            let replica = self.another();
            let answer = call(replica, "POST", path, self.admin, body, Some(self.counts));
            let account = self.accounts.last_mut().expect("an account");
            match answer {
                Some(answer) if answer.status == 200 || (answer.status < 500 && tried > 0 && once_only) => {
                    account.may_be = vec![after.cloned()];
                    self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
                    return true;
                }
                Some(answer) if answer.status < 500 => {
                    complain(
                        &self.counts.wrong,
                        &format!("{path} for {} through {replica}: {} {}", account.name, answer.status, short(&answer)),
                    );
                    account.may_be.push(after.cloned());
                    return false;
                }
                _ => {
                    if tried == 0 {
                        account.may_be.push(after.cloned());
                    }
                    self.counts.unknown.fetch_add(1, Ordering::Relaxed);
                }
            }
            if over.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(BETWEEN_TRIES);
        }
        false
    }

    fn look(&mut self, name: &str, password: &str) -> (Seen, SocketAddr, Option<String>) {
        let replica = self.another();
        let answer = log_in(replica, name, password, Some(self.counts));
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
            match call(replica, "GET", "/proxy/about", token, "", Some(self.counts)) {
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
                let seen = see(log_in(replica, &account.name, password, Some(counts)).as_ref());
                if seen != Seen::Nothing || Instant::now() > limit {
                    break seen;
                }
                thread::sleep(BETWEEN_TRIES);
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

fn report(counts: &Counts, accounts: usize, took: Duration) {
    let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    println!(
        "\naccounts {accounts} (looked at in the end: {} s), writes acknowledged {}, tries without an answer {}; checks answered {}, unanswered {}",
        took.as_secs(),
        count(&counts.acknowledged),
        count(&counts.unknown),
        count(&counts.read),
        count(&counts.unanswered)
    );
    println!(
        "acknowledged writes lost: {}\nstale grants: {}\nfalse \"wrong password\" and other refusals: {}\nrequests that hang: {}",
        count(&counts.lost),
        count(&counts.stale),
        count(&counts.wrong),
        count(&counts.hung)
    );
}

fn complain(count: &AtomicUsize, text: &str) {
    count.fetch_add(1, Ordering::Relaxed);
    eprintln!("{} {text}", now());
}

fn short(answer: &Answer) -> String {
    answer.body.chars().take(80).collect()
}

/// A request; one without any answer for long is a complaint.
fn call(
    replica: SocketAddr,
    method: &str,
    path: &str,
    authorization: &str,
    body: &str,
    counts: Option<&Counts>,
) -> Option<Answer> {
    let began = Instant::now();
    let answer = try_call_within(ANSWER_LIMIT, replica, method, path, authorization, body);
    if let (None, Some(counts)) = (&answer, counts)
        && began.elapsed() >= ANSWER_LIMIT
    {
        complain(&counts.hung, &format!("{path} through {replica} hangs"));
    }
    answer
}

fn log_in(replica: SocketAddr, name: &str, password: &str, counts: Option<&Counts>) -> Option<Answer> {
    call(replica, "POST", "/proxy/login", "", &format!(r#"{{"username":"{name}","password":"{password}"}}"#), counts)
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
