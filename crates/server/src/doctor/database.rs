//! The database: whether it answers and takes writes, what it is, and its clock.

use std::path::Path;
use std::time::Duration;

use dragoman_accounts::clock::{Clock, SystemClock};

use super::Finding;
use crate::{
    config::Settings,
    process::{StartOptions, connect},
};

/// Milliseconds between two clocks that are of no account, and those that replicas cannot bear.
const TOLERABLE: i64 = 2_000;
const TOO_MUCH: i64 = 30_000;

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let advice = "look at database.url, at the server and at the way to it";
    let file = settings.database.url.strip_prefix("sqlite://").map(Path::new);
    if let Some(file) = file.filter(|file| !file.exists()) {
        // To open it would make it.
        let found = format!("{} is not there yet", file.display());
        return vec![Finding::doubtful("database", found, "the first start makes it, and a super administrator")];
    }
    let domain = match connect(&settings.database, &settings.passwords, &StartOptions::default()) {
        Ok(domain) => domain,
        Err(error) => return vec![Finding::broken("database", error.to_string(), advice)],
    };
    let (engine, begun) = (domain.accounts.backend(), SystemClock.now());
    let (readable, writable) = (domain.accounts.prove_readable().await, domain.accounts.prove_writable().await);
    let millis = SystemClock.now().millis().saturating_sub(begun.millis());
    let asked = SystemClock.now().millis();
    let facts = domain.accounts.server_facts().await.unwrap_or_default();
    let answered = SystemClock.now().millis();
    domain.accounts.close().await;
    let version = facts.as_ref().map_or_else(|| format!("{engine:?}"), |facts| facts.version.clone());
    let found = match (readable, writable) {
        (Ok(()), Ok(())) => Finding::good("database", format!("{version} answers and takes writes, after {millis} ms")),
        (Ok(()), Err(error)) => Finding::broken(
            "database",
            format!("{engine:?} answers and takes no writes: {error}"),
            "`dragoman migrate-database` if it is new; else a full disk, a standby or missing rights",
        ),
        (Err(error), _) => Finding::broken("database", format!("{engine:?}: {error}"), advice),
    };
    std::iter::once(found).chain(facts.map(|facts| clock(facts.millis, asked, answered))).collect()
}

/// The gateway and its database, whose clock was read between two looks at ours.
fn clock(theirs: i64, asked: i64, answered: i64) -> Finding {
    // Whatever lies between the two is no difference.
    let apart = asked.saturating_sub(theirs).max(theirs.saturating_sub(answered)).max(0);
    let found = format!("{:.1} s from the database's", Duration::from_millis(apart.unsigned_abs()).as_secs_f64());
    let advice = "let NTP set both: replicas must agree within 50 seconds, and lockouts and sessions are dated by them";
    if apart <= TOLERABLE {
        Finding::good("clock", found)
    } else if apart <= TOO_MUCH {
        Finding::doubtful("clock", found, advice)
    } else {
        Finding::broken("clock", found, advice)
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_clock_is_only_as_wrong_as_the_answer_was_quick() {
        let (asked, answered) = (1_000_000, 1_004_000);
        for (theirs, state) in [
            (1_002_000, State::Good),
            (998_500, State::Good),
            (1_006_001, State::Doubtful),
            (995_000, State::Doubtful),
            (1_060_000, State::Broken),
            (900_000, State::Broken),
            (i64::MAX, State::Broken),
            (i64::MIN, State::Broken),
        ] {
            assert_eq!(clock(theirs, asked, answered).state, state, "{theirs}");
        }
    }
}
