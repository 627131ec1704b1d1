//! One row a mount, route and verdict; one a mount, route and place where answers differ.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use dragoman_store::{Connection, on};
use sha2::{Digest, Sha256};

use crate::{
    schema::{shadow_samples, shadow_verdicts},
    shadow_keys::{Sample, ShadowRoute, Times, Verdict},
};

/// A verdict's count.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct VerdictRow {
    /// The URL prefix of the mount.
    pub mount: String,
    /// The route's pattern.
    pub route: String,
    /// [`Verdict::name`]
    pub verdict: String,
    /// How often.
    pub requests: i64,
    /// When first, in milliseconds since the Unix epoch.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
}

/// A place where answers differ.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SampleRow {
    /// The URL prefix of the mount.
    pub mount: String,
    /// The route's pattern.
    pub route: String,
    /// The part of the answer.
    pub place: String,
    /// What the old server said there the first time, masked.
    pub old: String,
    /// What was said here, masked.
    pub ours: String,
    /// How often they differed there.
    pub requests: i64,
    /// When first, in milliseconds since the Unix epoch.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
}

fn key(route: &ShadowRoute, what: &str) -> Vec<u8> {
    let ShadowRoute { mount, route } = route;
    Sha256::digest(format!("{mount}\n{route}\n{what}")).to_vec()
}

/// The changes of a row that is seen again.
macro_rules! seen_again {
    ($table:ident, $times:expr) => {{
        use $crate::schema::$table::dsl::{first_at, last_at, requests};
        let Times { requests: more, first_at: first, last_at: last } = $times;
        (
            requests.eq(requests + more),
            first_at.eq(case_when(first_at.gt(first), first.into_sql::<BigInt>()).otherwise(first_at)),
            last_at.eq(case_when(last_at.lt(last), last.into_sql::<BigInt>()).otherwise(last_at)),
        )
    }};
}

pub(crate) fn add_verdict(
    connection: &mut Connection,
    route: &ShadowRoute,
    verdict: Verdict,
    times: Times,
) -> QueryResult<()> {
    use shadow_verdicts::dsl;
    let key = key(route, verdict.name());
    let added = on!(connection, c => diesel::update(shadow_verdicts::table.find(&key))
        .set(seen_again!(shadow_verdicts, times))
        .execute(c))?;
    if added == 0 {
        let row = (
            dsl::verdict_key.eq(&key),
            dsl::mount.eq(&*route.mount),
            dsl::route.eq(route.route),
            dsl::verdict.eq(verdict.name()),
            dsl::requests.eq(times.requests),
            dsl::first_at.eq(times.first_at),
            dsl::last_at.eq(times.last_at),
        );
        on!(connection, c => diesel::insert_into(shadow_verdicts::table).values(row).execute(c))?;
    }
    Ok(())
}

/// `false`: there is no such row.
pub(crate) fn add_sample(
    connection: &mut Connection,
    route: &ShadowRoute,
    sample: &Sample,
    times: Times,
) -> QueryResult<bool> {
    let key = key(route, &sample.place);
    let added = on!(connection, c => diesel::update(shadow_samples::table.find(&key))
        .set(seen_again!(shadow_samples, times))
        .execute(c))?;
    Ok(added > 0)
}

pub(crate) fn insert_sample(
    connection: &mut Connection,
    route: &ShadowRoute,
    sample: &Sample,
    times: Times,
) -> QueryResult<()> {
    use shadow_samples::dsl;
    let row = (
        dsl::sample_key.eq(key(route, &sample.place)),
        dsl::mount.eq(&*route.mount),
        dsl::route.eq(route.route),
        dsl::place.eq(&sample.place),
        dsl::old.eq(&sample.old),
        dsl::ours.eq(&sample.ours),
        dsl::requests.eq(times.requests),
        dsl::first_at.eq(times.first_at),
        dsl::last_at.eq(times.last_at),
    );
    on!(connection, c => diesel::insert_into(shadow_samples::table).values(row).execute(c))?;
    Ok(())
}

pub(crate) fn count_samples(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => shadow_samples::table.count().get_result(c))
}

pub(crate) fn verdicts(connection: &mut Connection) -> QueryResult<Vec<VerdictRow>> {
    use shadow_verdicts::dsl;
    on!(connection, c => shadow_verdicts::table
        .select((dsl::mount, dsl::route, dsl::verdict, dsl::requests, dsl::first_at, dsl::last_at))
        .order((dsl::mount, dsl::route, dsl::verdict))
        .load(c))
}

pub(crate) fn samples(connection: &mut Connection) -> QueryResult<Vec<SampleRow>> {
    use shadow_samples::dsl;
    on!(connection, c => shadow_samples::table
        .select((
            dsl::mount,
            dsl::route,
            dsl::place,
            dsl::old,
            dsl::ours,
            dsl::requests,
            dsl::first_at,
            dsl::last_at,
        ))
        .order((dsl::requests.desc(), dsl::sample_key))
        .load(c))
}

/// Deletes what was last seen before `instant`; gives how many rows. There are few.
pub(crate) fn purge(connection: &mut Connection, instant: i64) -> QueryResult<usize> {
    let verdicts = on!(connection, c => diesel::delete(shadow_verdicts::table)
        .filter(shadow_verdicts::last_at.lt(instant))
        .execute(c))?;
    let samples = on!(connection, c => diesel::delete(shadow_samples::table)
        .filter(shadow_samples::last_at.lt(instant))
        .execute(c))?;
    Ok(verdicts + samples)
}
