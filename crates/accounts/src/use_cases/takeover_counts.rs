//! How many accounts came from an old server, day by day.

use diesel::QueryResult;
use dragoman_store::Connection;

use crate::{
    AccountError, Accounts, Origin, Realm,
    clock::Timestamp,
    identity::digest_of,
    queries::{audit_records, counters, credentials},
};

/// What happens between the gateway and an old server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TakeoverEvent {
    /// An account was made.
    Created,
    /// An account that was here got its password.
    Completed,
    /// The old server refused a login.
    Refused,
}

impl TakeoverEvent {
    const ALL: [Self; 3] = [Self::Created, Self::Completed, Self::Refused];

    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Completed => "completed",
            Self::Refused => "refused",
        }
    }
}

/// The counts of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakeoverDay {
    /// In UTC, as `2026-11-28`.
    pub day: String,
    /// Accounts made.
    pub created: i64,
    /// Accounts that got their password.
    pub completed: i64,
    /// Logins that the old server refused.
    pub refused: i64,
}

/// A scope of at most so many bytes stands for itself in a counter's name, which has 64 at most.
const SCOPE: usize = 32;

/// What counters and the map of imports call the old server of a scope.
pub(crate) fn deployment_tag(scope: &str) -> String {
    if scope.len() <= SCOPE && !scope.contains(' ') {
        return format!("upstream {scope}");
    }
    let digest = digest_of(&[scope.as_bytes()]);
    let hex: String = digest.iter().take(SCOPE / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("upstream {hex}")
}

/// The counter that stands at 1 once the old server decides no more.
fn end_of(realm: &Realm) -> String {
    format!("end of {}", deployment_tag(&realm.scope))
}

/// One more of an event, on the day of `now`.
pub(crate) fn count(
    connection: &mut Connection,
    realm: &Realm,
    event: TakeoverEvent,
    now: Timestamp,
) -> QueryResult<()> {
    let name = format!("{} {} {}", deployment_tag(&realm.scope), day_of(now), event.word());
    counters::add(connection, &name, 1).map(drop)
}

fn day_of(now: Timestamp) -> String {
    let days = now.millis().div_euclid(24 * 60 * 60 * 1_000);
    civil(days)
}

/// The date of a day since 1970 (the proleptic Gregorian calendar, counted in eras of 400 years).
fn civil(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

impl Accounts {
    /// Counts a login that the old server refused.
    pub async fn count_upstream_refusal(&self, realm: &Realm) -> Result<(), AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| Ok(count(connection, &realm, TakeoverEvent::Refused, now)?)).await
    }

    /// What came from the old server of a realm, day by day, the earliest first.
    pub async fn takeover_days(&self, realm: &Realm) -> Result<Vec<TakeoverDay>, AccountError> {
        let prefix = format!("{} ", deployment_tag(&realm.scope));
        let rows = {
            let prefix = prefix.clone();
            self.read(move |connection| counters::beginning_with(connection, &prefix)).await?
        };
        let mut days: Vec<TakeoverDay> = Vec::new();
        for (name, value) in rows {
            let Some((day, word)) = name.strip_prefix(&prefix).and_then(|rest| rest.split_once(' ')) else { continue };
            if days.last().is_none_or(|last| last.day != day) {
                days.push(TakeoverDay { day: day.to_owned(), ..TakeoverDay::default() });
            }
            let Some(last) = days.last_mut() else { continue };
            match TakeoverEvent::ALL.into_iter().find(|event| event.word() == word) {
                Some(TakeoverEvent::Created) => last.created = value,
                Some(TakeoverEvent::Completed) => last.completed = value,
                Some(TakeoverEvent::Refused) => last.refused = value,
                None => {}
            }
        }
        Ok(days)
    }

    /// Whether the gateway decides about a realm's accounts, whatever its old server says: an operator ended that.
    pub async fn is_taken_over(&self, realm: &Realm) -> Result<bool, AccountError> {
        let name = end_of(realm);
        Ok(self.read(move |connection| counters::value(connection, &name)).await? > 0)
    }

    /// From now on the gateway decides, for every replica; or the old server again. Recorded if that is a change.
    pub async fn set_taken_over(&self, realm: &Realm, taken_over: bool, origin: Origin) -> Result<(), AccountError> {
        let (name, wanted) = (end_of(realm), i64::from(taken_over));
        let action = if taken_over { "old server taken over" } else { "old server decides again" };
        let act = self.act(action, origin, Some(&*realm.scope));
        self.write(move |connection| {
            let present = counters::add(connection, &name, 0)?;
            if present == wanted {
                return Ok(());
            }
            counters::add(connection, &name, wanted - present)?;
            Ok(audit_records::append_act(connection, &act)?)
        })
        .await
    }

    /// How many live accounts of the gateway have no password: what an import left for their owners to prove.
    pub async fn count_without_password(&self) -> Result<i64, AccountError> {
        self.read(credentials::count_accounts_without).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        for (days, date) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (20_785, "2026-11-28"), (59, "1970-03-01")]
        {
            assert_eq!(civil(days), date);
        }
    }

    #[test]
    fn names_of_counters_fit() {
        for scope in ["proxy", &"x".repeat(190), "two words"] {
            let name = format!("{} 2026-11-28 completed", deployment_tag(scope));
            assert!(name.len() <= 64, "{name}");
        }
        assert_ne!(deployment_tag(&"x".repeat(190)), deployment_tag(&"y".repeat(190)));
    }
}
