//! After each fault: when the cluster itself took writes again without a gap, and when every replica did.

use std::{
    fs,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::http::{ANSWER_LIMIT, try_call_within};

/// Between two writes of a probe.
const BETWEEN_PROBES: Duration = Duration::from_millis(100);
/// So long without a write is an outage.
const OUTAGE: u64 = 2_000;
/// A fault is written down when it has been made: what stops so long before it is its own.
const MAKING: u64 = 2_000;
/// How much later than the cluster the replicas may be.
const MAY_BE_LATER: u64 = 10_000;

/// When a write began that was acknowledged, and when it was, in milliseconds.
pub type Served = Vec<(u64, u64)>;

struct Fault {
    what: String,
    /// How long after it the nodes took writes again for good; `None`: not before the next fault, or nobody looked.
    cluster: Option<u64>,
    /// The same of the slowest replica.
    replicas: Option<u64>,
}

/// What came after the faults of a run.
pub struct Recovery {
    faults: Vec<Fault>,
}

impl Recovery {
    /// `faults`: a file of lines "WHEN WHAT"; `cluster`: of lines "BEGAN ENDED", one for each write that a node took from the script.
    pub fn read(faults: &str, cluster: &str, replicas: &[Served]) -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let cluster: Served = read(cluster).lines().filter_map(|line| pair(line.split_once(' ')?)).collect();
        let faults: Vec<(u64, String)> = read(faults).lines().filter_map(line).collect();
        let ends = faults.iter().skip(1).map(|(next, _)| *next).chain([u64::MAX]);
        let fault = |((at, what), end): (&(u64, String), u64)| {
            let all: Option<Vec<u64>> = replicas.iter().map(|served| back_after(*at, end, served)).collect();
            Fault {
                what: what.clone(),
                cluster: back_after(*at, end, &cluster),
                replicas: all.and_then(|all| all.into_iter().max()),
            }
        };
        Self { faults: faults.iter().zip(ends).map(fault).collect() }
    }

    /// How often the replicas were late.
    pub fn late(&self) -> usize {
        let is_late = |fault: &&Fault| {
            fault.cluster.zip(fault.replicas).is_some_and(|(cluster, replicas)| replicas > cluster + MAY_BE_LATER)
        };
        self.faults.iter().filter(is_late).count()
    }

    /// A line a fault.
    pub fn print(&self) {
        println!("{:<44} writes again after: the cluster, all replicas", "fault");
        for Fault { what, cluster, replicas } in &self.faults {
            println!("{what:<44} {:>8} {:>8}", seconds(*cluster), seconds(*replicas));
        }
        println!("replicas later than 10 s after their cluster: {}", self.late());
    }
}

/// Makes the account that a replica's probe writes to.
pub fn prepare(replica: SocketAddr) {
    let name = probe_of(replica);
    let register = format!(r#"{{"username":"{name}","password":"p0","password1":"p0"}}"#);
    for _ in 0..100 {
        let answer = try_call_within(ANSWER_LIMIT, replica, "POST", "/proxy/regist", "", &register);
        if answer.is_some_and(|answer| answer.status < 500) {
            return;
        }
        thread::sleep(BETWEEN_PROBES);
    }
    panic!("nobody can register through {replica}");
}

/// One write after the other through one replica.
pub fn probe(replica: SocketAddr, admin: &str, over: &AtomicBool) -> Served {
    let name = probe_of(replica);
    let mut served = Vec::new();
    for turn in 0_u64.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let began = now();
        let body = format!(r#"{{"username":"{name}","userlock":{}}}"#, turn.is_multiple_of(2));
        let answer = try_call_within(ANSWER_LIMIT, replica, "POST", "/proxy/lock", admin, &body);
        if answer.is_some_and(|answer| answer.status == 200) {
            served.push((began, now()));
        }
        thread::sleep(BETWEEN_PROBES);
    }
    served
}

fn probe_of(replica: SocketAddr) -> String {
    format!("probe-{}", replica.port())
}

/// How long after `at` the last outage before `end` was over.
fn back_after(at: u64, end: u64, served: &[(u64, u64)]) -> Option<u64> {
    let mut answers: Vec<u64> = served.iter().map(|(_, ended)| *ended).filter(|ended| *ended >= at).collect();
    answers.sort_unstable();
    let before = std::iter::once(at).chain(answers.iter().copied());
    let end = end.saturating_sub(MAKING).max(at + 1);
    let outages = before.zip(&answers).filter(|(before, answer)| *before < end && *answer - before > OUTAGE);
    outages.last().map(|(_, answer)| *answer).or(answers.first().copied()).map(|back| back - at)
}

fn line(line: &str) -> Option<(u64, String)> {
    let (at, what) = line.split_once(' ')?;
    Some((at.parse().ok()?, what.to_owned()))
}

fn pair((began, ended): (&str, &str)) -> Option<(u64, u64)> {
    Some((began.parse().ok()?, ended.parse().ok()?))
}

fn seconds(milliseconds: Option<u64>) -> String {
    milliseconds.map_or_else(|| "-".to_owned(), |some| format!("{:.1} s", Duration::from_millis(some).as_secs_f64()))
}

#[allow(clippy::disallowed_methods, reason = "compared with the times that the script writes")]
pub fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
