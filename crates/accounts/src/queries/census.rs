//! How many rows there are of what comes and goes.

use diesel::{dsl::count_star, prelude::*};
use dragoman_store::{Connection, on};

use crate::{
    queries::mails::{DEAD, QUEUED, SENDING, SENT},
    schema::{challenges, mails, sessions, throttles},
};

pub(crate) fn sessions(connection: &mut Connection) -> QueryResult<Vec<(String, i64)>> {
    on!(connection, c => sessions::table
        .group_by(sessions::dialect)
        .order(sessions::dialect.asc())
        .select((sessions::dialect, count_star()))
        .load(c))
}

pub(crate) fn challenges(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => challenges::table.select(count_star()).first(c))
}

pub(crate) fn throttles(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => throttles::table.select(count_star()).first(c))
}

/// Of every state, also of those without any.
pub(crate) fn mails(connection: &mut Connection) -> QueryResult<Vec<(&'static str, i64)>> {
    let counted: Vec<(i16, i64)> = on!(connection, c => mails::table
        .group_by(mails::state)
        .select((mails::state, count_star()))
        .load(c))?;
    let of = |state| counted.iter().find(|(known, _)| *known == state).map_or(0, |(_, number)| *number);
    let names = [(QUEUED, "queued"), (SENDING, "sending"), (SENT, "sent"), (DEAD, "dead")];
    Ok(names.into_iter().map(|(state, name)| (name, of(state))).collect())
}
