//! What happened in each minute and each hour, added up over all replicas, for charts.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{AccountError, Accounts, clock::Timestamp, queries::tallies};

/// How long the stretches of time are that a chart is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TallySpan {
    /// Kept for three hours.
    Minute,
    /// Kept for eight days.
    Hour,
}

impl TallySpan {
    const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// How long one is.
    pub fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 60 * 60,
        })
    }

    fn kept(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 3 * 60 * 60,
            Self::Hour => 8 * 24 * 60 * 60,
        })
    }

    fn to_stored(self) -> i16 {
        match self {
            Self::Minute => 0,
            Self::Hour => 1,
        }
    }

    /// When the one began that an instant lies in.
    pub fn begin_of(self, instant: Timestamp) -> Timestamp {
        let length = i64::try_from(self.length().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(instant.millis() - instant.millis().rem_euclid(length))
    }
}

/// One stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// When it began.
    pub begins_at: Timestamp,
    /// What was measured, and how much of it over all replicas.
    pub amounts: BTreeMap<String, i64>,
}

/// Longest name of a measure in bytes, and the most of them that one call adds: bounds of the table.
const MEASURE_BYTES: usize = 64;
const MEASURES: usize = 200;

impl Accounts {
    /// Adds this process's part to the present minute and hour, and forgets what is too old. Errors: `NotStorable`.
    pub async fn add_tallies(&self, amounts: BTreeMap<String, i64>) -> Result<(), AccountError> {
        if amounts.len() > MEASURES || amounts.keys().any(|measure| measure.len() > MEASURE_BYTES) {
            return Err(AccountError::NotStorable);
        }
        let now = self.inner.clock.now();
        self.write(move |connection| {
            // In one order everywhere, so that two replicas do not wait for each other crosswise.
            for span in TallySpan::ALL {
                let place = (span.to_stored(), span.begin_of(now));
                for (measure, amount) in &amounts {
                    tallies::add(connection, place, measure, *amount)?;
                }
            }
            for span in TallySpan::ALL {
                tallies::purge(connection, span.to_stored(), now.minus(span.kept()))?;
            }
            Ok(())
        })
        .await
    }

    /// The stretches that began within `past`, oldest first; those in which nothing happened are not among them.
    pub async fn tallies(&self, span: TallySpan, past: Duration) -> Result<Vec<Tally>, AccountError> {
        let from = span.begin_of(self.inner.clock.now().minus(past));
        let rows = self.read(move |connection| tallies::since(connection, span.to_stored(), from)).await?;
        let mut kept: BTreeMap<i64, BTreeMap<String, i64>> = BTreeMap::new();
        for (begins_at, measure, amount) in rows {
            kept.entry(begins_at).or_default().insert(measure, amount);
        }
        let tally = |(begins_at, amounts)| Tally { begins_at: Timestamp::from_millis(begins_at), amounts };
        Ok(kept.into_iter().map(tally).collect())
    }
}
