//! How counts are written, and forgotten again.

use std::convert::Infallible;

use diesel::QueryResult;
use dragoman_store::{Aborted, Connection, StoreFailure};

use crate::{
    Usage,
    call::{Call, Counted, start_of},
    client::Client,
    limits::Limits,
    queries::{
        callers::{self, Key},
        days,
    },
    totals::{self, Totals},
};

/// Calls that one transaction writes: a request that wants to write waits for no more than these.
const AT_ONCE: usize = 100;
/// Rows that one transaction deletes at most.
const PURGED_AT_ONCE: i64 = 1_000;
/// Accounts may fill this part of the rows; the rest is for clients without their accounts.
const FOR_ACCOUNTS: (i64, i64) = (3, 4);

/// What was not written, to be tried again.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Unwritten {
    /// What the store said.
    pub reason: String,
    /// The counts.
    pub counted: Vec<Counted>,
}

impl Usage {
    /// Adds counts to those that all replicas have written, some at a time. What a transaction wrote is never written again.
    ///
    /// # Errors
    /// The rest that was not written.
    pub async fn record(&self, counted: Vec<Counted>) -> Result<(), Unwritten> {
        let mut rest = counted;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(AT_ONCE));
            if let Err(failure) = self.write(&rest).await {
                rest.extend(later);
                return Err(Unwritten { reason: failure.to_string(), counted: rest });
            }
            rest = later;
        }
        Ok(())
    }

    async fn write(&self, counted: &[Counted]) -> Result<(), StoreFailure<Infallible>> {
        let once = || {
            let (counted, limits) = (counted.to_vec(), self.limits);
            self.store.write(move |connection| write_all(connection, &counted, limits).map_err(Aborted::from))
        };
        match once().await {
            // Two replicas made the first row at once: now it is there.
            Err(StoreFailure::UniqueViolation) => once().await,
            outcome => outcome,
        }
    }

    /// Forgets the days before `day`, and callers that were not seen since; gives how many rows that were.
    ///
    /// # Errors
    /// What the store said.
    pub async fn purge(&self, day: i64) -> Result<usize, StoreFailure<Infallible>> {
        let mut purged = 0;
        loop {
            let work = move |connection: &mut Connection| purge_some(connection, day).map_err(Aborted::from);
            match self.store.write(work).await? {
                0 => return Ok(purged),
                some => purged += some,
            }
        }
    }
}

fn write_all(connection: &mut Connection, counted: &[Counted], limits: Limits) -> QueryResult<()> {
    let began_at = counted.iter().map(|one| one.first_at).min().unwrap_or_default();
    let mut totals = totals::lock(connection, began_at)?;
    for one in counted {
        write_one(connection, &mut totals, limits, one)?;
    }
    totals::write(connection, totals)
}

fn write_one(connection: &mut Connection, totals: &mut Totals, limits: Limits, one: &Counted) -> QueryResult<()> {
    let key = caller(connection, totals, limits, one)?;
    if days::add(connection, &key, one.day(), one.requests)? {
        return Ok(());
    }
    if totals.days < limits.days {
        return add_day(connection, totals, &key, one);
    }
    // No more days: those of the whole route go on being counted, beside the caller's own total.
    let route = callers::key(&one.call.coarsest());
    if !days::add(connection, &route, one.day(), one.requests)? {
        let nothing_yet = Counted { call: one.call.coarsest(), requests: 0, ..*one };
        if !callers::add(connection, &route, &nothing_yet)? {
            callers::insert(connection, &route, &nothing_yet.call, &nothing_yet)?;
            totals.callers += 1;
        }
        add_day(connection, totals, &route, one)?;
    }
    Ok(())
}

fn add_day(connection: &mut Connection, totals: &mut Totals, key: &Key, one: &Counted) -> QueryResult<()> {
    totals.days += 1;
    days::insert(connection, key, one.day(), one.requests)
}

/// Adds to the first of a call's names that has a row or may get one.
fn caller(connection: &mut Connection, totals: &mut Totals, limits: Limits, one: &Counted) -> QueryResult<Key> {
    for name in one.call.names() {
        let key = callers::key(&name);
        if callers::add(connection, &key, one)? {
            return Ok(key);
        }
        if has_room(connection, totals, limits, &name)? {
            callers::insert(connection, &key, &name, one)?;
            totals.callers += 1;
            return Ok(key);
        }
    }
    Ok(callers::key(&one.call.coarsest()))
}

/// Whether a row may be made for a name; counts its client if it is new.
fn has_room(connection: &mut Connection, totals: &mut Totals, limits: Limits, name: &Call) -> QueryResult<bool> {
    if !name.is_coarsest() {
        let (part, whole) = if name.caller == crate::Caller::Others { (1, 1) } else { FOR_ACCOUNTS };
        if totals.callers >= limits.callers.saturating_mul(part) / whole {
            return Ok(false);
        }
    }
    if name.client == Client::other() || callers::knows_client(connection, name.client.as_str())? {
        return Ok(true);
    }
    if totals.clients >= limits.clients {
        return Ok(false);
    }
    totals.clients += 1;
    Ok(true)
}

fn purge_some(connection: &mut Connection, day: i64) -> QueryResult<usize> {
    // Without a row nothing was ever counted; the lock would make it.
    if totals::read(connection)?.is_none() {
        return Ok(0);
    }
    let mut totals = totals::lock(connection, start_of(day))?;
    let old_days = days::purge(connection, day, PURGED_AT_ONCE)?;
    let old_callers = callers::purge(connection, start_of(day), PURGED_AT_ONCE)?;
    if old_days + old_callers > 0 {
        totals.days -= i64::try_from(old_days).unwrap_or_default();
        totals.callers -= i64::try_from(old_callers).unwrap_or_default();
        totals.clients = known_clients(connection)?;
        totals.began_at = totals.began_at.max(start_of(day));
        totals::write(connection, totals)?;
    }
    Ok(old_days + old_callers)
}

/// `(other)` is no client.
fn known_clients(connection: &mut Connection) -> QueryResult<i64> {
    let other = callers::knows_client(connection, Client::other().as_str())?;
    Ok(callers::count_clients(connection)? - i64::from(other))
}
