use std::time::Duration;

use super::bcrypt_text::Cost;

/// A rough guess of what one check costs, from the parameters alone: enough to tell weak from strong and to find the
/// dearest verifiers of a store, which are then measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What is computed: two guesses of one family compare well, those of two families roughly.
    pub family: &'static str,
    /// How long it takes on an ordinary core.
    pub time: Duration,
}

/// A check cheaper than this is no hindrance to somebody who guesses offline: as cheap as the cheapest bcrypt there is.
const WEAK: Duration = Duration::from_millis(1);
/// A check dearer than this is run alone: the gateway's own hash of the highest cost is not.
const DEAR: Duration = Duration::from_secs(4);

impl Work {
    pub(super) fn of(family: &'static str, nanoseconds: u64) -> Self {
        Self { family, time: Duration::from_nanos(nanoseconds) }
    }

    pub(super) fn of_bcrypt(cost: Cost, runs: u32) -> Self {
        Self::of("bcrypt", (u64::from(runs) * 45_000) << cost.get())
    }

    pub(super) fn is_weak(self) -> bool {
        self.time < WEAK
    }

    /// Whether such checks should run one at a time, or a few of them would occupy the machine.
    pub fn is_dear(self) -> bool {
        self.time > DEAR
    }
}
