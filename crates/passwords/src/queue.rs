//! Who hashes next: fair by network, the urgent before the others.

use std::collections::VecDeque;
use std::sync::Arc;

/// For whom a password is hashed, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A check for an account from a network that it logged in from before.
    Known,
    /// Any other check, and what an operator does.
    Ordinary,
    /// A registration, which anybody can ask for without end.
    Newcomer,
    /// Work that can wait: wrapping of imported digests.
    Background,
}

impl Standing {
    const ALL: [Self; 4] = [Self::Known, Self::Ordinary, Self::Newcomer, Self::Background];
}

/// Who asks for a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The client's network; all without one count as one.
    pub network: Option<Arc<str>>,
    /// How urgent it is.
    pub standing: Standing,
    /// Takes so long that only one such job should run at a time.
    pub is_dear: bool,
}

impl Caller {
    /// A caller of this standing and network, of an ordinary job.
    pub fn new(standing: Standing, network: Option<&str>) -> Self {
        Self { network: network.map(Arc::from), standing, is_dear: false }
    }
}

/// Bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Jobs that may wait.
    pub capacity: usize,
    /// Of one network.
    pub network: usize,
    /// Newcomers of one network.
    pub newcomers: usize,
    /// Newcomers that may be hashed at once, so that they never hold every thread.
    pub running_newcomers: usize,
    /// Background jobs that may run at once.
    pub running_background: usize,
}

impl Limits {
    pub fn new(capacity: usize, threads: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            capacity,
            network: (capacity * 3 / 4).max(1),
            newcomers: (capacity / 8).max(1),
            running_newcomers: (threads / 2).max(1),
            running_background: threads.saturating_sub(1).max(1),
        }
    }
}

struct Waiting<J> {
    is_dear: bool,
    job: J,
}

/// The jobs of one network that wait in one lane.
struct Line<J> {
    network: Option<Arc<str>>,
    jobs: VecDeque<Waiting<J>>,
}

/// The lines of one standing; the first is served next and then goes to the end.
struct Lane<J> {
    standing: Standing,
    lines: VecDeque<Line<J>>,
    running: usize,
}

/// Jobs that wait, a lane for each standing.
pub(super) struct FairQueue<J> {
    limits: Limits,
    lanes: [Lane<J>; 4],
    is_dear_running: bool,
}

/// What has begun; to be given back when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Running {
    standing: Standing,
    is_dear: bool,
}

impl<J> Lane<J> {
    fn waiting(&self) -> usize {
        self.lines.iter().map(|line| line.jobs.len()).sum()
    }

    fn of(&self, network: Option<&Arc<str>>) -> usize {
        self.lines.iter().find(|line| line.network.as_ref() == network).map_or(0, |line| line.jobs.len())
    }

    /// Drops the last job of the longest line, if that is longer than `more_than`.
    fn shorten(&mut self, more_than: usize) -> Option<J> {
        let longest = self.lines.iter_mut().max_by_key(|line| line.jobs.len())?;
        if longest.jobs.len() <= more_than {
            return None;
        }
        let job = longest.jobs.pop_back().map(|waiting| waiting.job);
        self.lines.retain(|line| !line.jobs.is_empty());
        job
    }

    fn push(&mut self, caller: &Caller, job: J) {
        let waiting = Waiting { is_dear: caller.is_dear, job };
        match self.lines.iter_mut().find(|line| line.network == caller.network) {
            Some(line) => line.jobs.push_back(waiting),
            None => self.lines.push_back(Line { network: caller.network.clone(), jobs: VecDeque::from([waiting]) }),
        }
    }

    fn pop(&mut self, dear_too: bool) -> Option<(J, bool)> {
        let fits = |waiting: &Waiting<J>| dear_too || !waiting.is_dear;
        let at = self.lines.iter().position(|line| line.jobs.iter().any(fits))?;
        let mut line = self.lines.remove(at)?;
        let first = line.jobs.iter().position(fits)?;
        let waiting = line.jobs.remove(first);
        if !line.jobs.is_empty() {
            self.lines.push_back(line);
        }
        waiting.map(|waiting| (waiting.job, waiting.is_dear))
    }
}

impl<J> FairQueue<J> {
    pub fn new(limits: Limits) -> Self {
        let lanes = Standing::ALL.map(|standing| Lane { standing, lines: VecDeque::new(), running: 0 });
        Self { limits, lanes, is_dear_running: false }
    }

    pub fn running(&self) -> usize {
        self.lanes.iter().map(|lane| lane.running).sum()
    }

    pub fn waiting(&self) -> usize {
        self.lanes.iter().map(Lane::waiting).sum()
    }

    /// Puts a job behind those of its network. `Ok` holds the job that had to give way for it, if the queue was full: the
    /// last of the longest line of the least urgent; `Err` the job itself, if there is no room for it.
    pub fn push(&mut self, caller: &Caller, job: J) -> Result<Option<J>, J> {
        if self.is_over_share(caller) {
            return Err(job);
        }
        let mut evicted = None;
        if self.waiting() >= self.limits.capacity {
            evicted = self.make_room(caller);
            if evicted.is_none() {
                return Err(job);
            }
        }
        if let Some(lane) = self.lane(caller.standing) {
            lane.push(caller, job);
        }
        Ok(evicted)
    }

    fn lane(&mut self, standing: Standing) -> Option<&mut Lane<J>> {
        self.lanes.iter_mut().find(|lane| lane.standing == standing)
    }

    fn is_over_share(&self, caller: &Caller) -> bool {
        let network = caller.network.as_ref();
        let own: usize = self.lanes.iter().map(|lane| lane.of(network)).sum();
        let newcomers = self.lanes.iter().filter(|lane| lane.standing == Standing::Newcomer);
        let is_crowd = newcomers.map(|lane| lane.of(network)).sum::<usize>() >= self.limits.newcomers;
        own >= self.limits.network || (caller.standing == Standing::Newcomer && is_crowd)
    }

    fn make_room(&mut self, caller: &Caller) -> Option<J> {
        let least = self.lanes.iter_mut().rev().find(|lane| lane.waiting() > 0)?;
        if least.standing < caller.standing {
            return None;
        }
        let own = if least.standing == caller.standing { least.of(caller.network.as_ref()) + 1 } else { 0 };
        least.shorten(own)
    }

    /// Drops the jobs nobody waits for.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&J) -> bool) {
        for lane in &mut self.lanes {
            for line in &mut lane.lines {
                line.jobs.retain(|waiting| is_wanted(&waiting.job));
            }
            lane.lines.retain(|line| !line.jobs.is_empty());
        }
    }

    /// The job whose turn it is, if one may run now.
    pub fn pop(&mut self) -> Option<(J, Running)> {
        let (limits, dear_too) = (self.limits, !self.is_dear_running);
        let popped = self.lanes.iter_mut().find_map(|lane| {
            let most = match lane.standing {
                Standing::Known | Standing::Ordinary => usize::MAX,
                Standing::Newcomer => limits.running_newcomers,
                Standing::Background => limits.running_background,
            };
            let (job, is_dear) = (lane.running < most).then(|| lane.pop(dear_too)).flatten()?;
            lane.running += 1;
            Some((job, Running { standing: lane.standing, is_dear }))
        });
        self.is_dear_running |= popped.as_ref().is_some_and(|(_, running)| running.is_dear);
        popped
    }

    /// A job is over.
    pub fn finish(&mut self, running: Running) {
        if let Some(lane) = self.lane(running.standing) {
            lane.running = lane.running.saturating_sub(1);
        }
        self.is_dear_running &= !running.is_dear;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(standing: Standing, network: &str) -> Caller {
        Caller::new(standing, Some(network))
    }

    fn queue(capacity: usize, threads: usize) -> FairQueue<&'static str> {
        FairQueue::new(Limits::new(capacity, threads))
    }

    fn drain(queue: &mut FairQueue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| {
            let (job, running) = queue.pop()?;
            queue.finish(running);
            Some(job)
        })
        .collect()
    }

    #[test]
    fn networks_take_turns_and_the_urgent_go_first() {
        let mut queue = queue(100, 2);
        for job in ["a1", "a2", "a3"] {
            queue.push(&caller(Standing::Ordinary, "a"), job).unwrap();
        }
        for (standing, network, job) in [
            (Standing::Background, "a", "wrap"),
            (Standing::Newcomer, "n", "n1"),
            (Standing::Ordinary, "b", "b1"),
            (Standing::Ordinary, "c", "c1"),
            (Standing::Ordinary, "b", "b2"),
            (Standing::Known, "k", "k1"),
        ] {
            queue.push(&caller(standing, network), job).unwrap();
        }
        assert_eq!(queue.waiting(), 9);
        assert_eq!(drain(&mut queue), ["k1", "a1", "b1", "c1", "a2", "b2", "a3", "n1", "wrap"]);
    }

    #[test]
    fn one_network_holds_a_share_at_most() {
        let mut queue = queue(16, 2);
        let flood = caller(Standing::Ordinary, "flood");
        let taken = (0..16).filter(|_| queue.push(&flood, "x").is_ok()).count();
        assert_eq!(taken, 12);
        let newcomers = caller(Standing::Newcomer, "crowd");
        let taken = (0..16).filter(|_| queue.push(&newcomers, "y").is_ok()).count();
        assert_eq!(taken, 2);
    }

    #[test]
    fn who_holds_most_gives_way_when_the_queue_is_full() {
        let mut queue = queue(8, 2);
        for _ in 0..6 {
            queue.push(&caller(Standing::Ordinary, "flood"), "flood").unwrap();
        }
        queue.push(&caller(Standing::Newcomer, "crowd"), "crowd").unwrap();
        queue.push(&caller(Standing::Known, "home"), "home").unwrap();
        // The newcomer first, then the longest line.
        assert_eq!(queue.push(&caller(Standing::Ordinary, "other"), "other"), Ok(Some("crowd")));
        assert_eq!(queue.push(&caller(Standing::Newcomer, "crowd"), "crowd"), Err("crowd"));
        assert_eq!(queue.push(&caller(Standing::Ordinary, "third"), "third"), Ok(Some("flood")));
        assert_eq!(queue.push(&caller(Standing::Known, "home"), "home"), Ok(Some("flood")));
        // A line no longer than one's own does not give way.
        assert_eq!(queue.push(&caller(Standing::Ordinary, "third"), "third"), Ok(Some("flood")));
        assert_eq!(queue.push(&caller(Standing::Ordinary, "third"), "third"), Err("third"));
        assert_eq!(queue.waiting(), 8);
    }

    #[test]
    fn newcomers_and_background_never_hold_every_thread() {
        let mut queue = queue(64, 4);
        for network in ["a", "b", "c", "d", "e"] {
            queue.push(&caller(Standing::Newcomer, network), "new").unwrap();
            queue.push(&caller(Standing::Background, network), "wrap").unwrap();
        }
        let running: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let new = running.iter().filter(|(job, _)| *job == "new").count();
        assert_eq!((new, running.len() - new), (2, 3));
        queue.push(&caller(Standing::Ordinary, "a"), "login").unwrap();
        assert_eq!(queue.pop().map(|(job, _)| job), Some("login"));
        queue.finish(running[0].1);
        assert_eq!(queue.pop().map(|(job, _)| job), Some("new"));
    }

    #[test]
    fn dear_jobs_run_one_at_a_time_and_keep_nobody_waiting() {
        let mut queue = queue(64, 4);
        let dear = Caller { is_dear: true, ..caller(Standing::Known, "a") };
        queue.push(&dear, "dear 1").unwrap();
        queue.push(&dear, "dear 2").unwrap();
        queue.push(&caller(Standing::Known, "a"), "cheap").unwrap();
        let (first, running) = queue.pop().unwrap();
        assert_eq!((first, queue.pop().map(|(job, _)| job)), ("dear 1", Some("cheap")));
        assert!(queue.pop().is_none());
        queue.finish(running);
        assert_eq!(queue.pop().map(|(job, _)| job), Some("dear 2"));
    }

    #[test]
    fn what_nobody_waits_for_is_dropped() {
        let mut queue = queue(4, 1);
        for job in ["gone", "here", "gone"] {
            queue.push(&caller(Standing::Ordinary, job), job).unwrap();
        }
        queue.retain(|job| *job != "gone");
        assert_eq!(drain(&mut queue), ["here"]);
    }
}
