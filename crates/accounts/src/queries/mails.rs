//! The queue of outgoing mail, worked off by all replicas.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{address, clock::Timestamp, identity::digest_of, schema::mails};

/// Waits for its first or next attempt.
pub(crate) const QUEUED: i16 = 0;
/// Claimed by a replica that is sending it.
pub(crate) const SENDING: i16 = 1;
/// Accepted by the mail system.
pub(crate) const SENT: i16 = 2;
/// Refused, or tried too often; an operator may revive it.
pub(crate) const DEAD: i16 = 3;

/// A mail as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mails)]
pub(crate) struct MailRow {
    pub id: String,
    pub recipient: String,
    /// Finds what is on its way to an address, whatever its spelling.
    pub recipient_key: Vec<u8>,
    pub sender_name: String,
    pub subject: String,
    pub text_body: String,
    pub html_body: Option<String>,
    pub code: Option<String>,
    pub state: i16,
    /// Counted when it is claimed. It also tells an outdated claim from the present one.
    pub attempts: i32,
    pub created_at: i64,
    /// Queued: when it is tried next. Sending: when the claim ends. Sent, dead: when it became so.
    pub due_at: i64,
    pub last_error: Option<String>,
}

pub(crate) fn recipient_key(recipient: &str) -> Vec<u8> {
    digest_of(&[b"mail recipient", address::compared(recipient).as_bytes()])
}

pub(crate) fn insert(connection: &mut Connection, mail: &MailRow) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(mails::table).values(mail).execute(c))?;
    Ok(())
}

/// The ids of mails that wait for an attempt, or whose sender did not come back; longest due first.
pub(crate) fn due(connection: &mut Connection, now: Timestamp, limit: i64) -> QueryResult<Vec<String>> {
    on!(connection, c => mails::table
        .filter(mails::state.eq_any([QUEUED, SENDING]).and(mails::due_at.le(now.millis())))
        .order((mails::due_at.asc(), mails::id.asc()))
        .select(mails::id)
        .limit(limit)
        .load(c))
}

/// Claims a mail if it is still due. The update takes the row's lock and asks again, so that of two replicas one gets it.
pub(crate) fn claim(
    connection: &mut Connection,
    id: &str,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<Option<MailRow>> {
    let claimed = on!(connection, c => diesel::update(mails::table.find(id))
        .filter(mails::state.eq_any([QUEUED, SENDING]).and(mails::due_at.le(now.millis())))
        .set((
            mails::state.eq(SENDING),
            mails::attempts.eq(mails::attempts + 1),
            mails::due_at.eq(until.millis()),
        ))
        .execute(c))?;
    if claimed == 0 { Ok(None) } else { find(connection, id) }
}

fn find(connection: &mut Connection, id: &str) -> QueryResult<Option<MailRow>> {
    on!(connection, c => mails::table.find(id).select(MailRow::as_select()).get_result(c).optional())
}

/// Whatever became of the claim: the mail has left. Its code and bodies are nobody's business any more.
pub(crate) fn set_sent(connection: &mut Connection, id: &str, at: Timestamp) -> QueryResult<()> {
    on!(connection, c => diesel::update(mails::table.find(id))
        .set((
            mails::state.eq(SENT),
            mails::due_at.eq(at.millis()),
            mails::text_body.eq(""),
            mails::html_body.eq(None::<String>),
            mails::code.eq(None::<String>),
            mails::last_error.eq(None::<String>),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends the claim of an attempt that failed; without effect if another replica has claimed the mail since.
pub(crate) fn set_failed(
    connection: &mut Connection,
    (id, attempt): (&str, i32),
    (state, due_at): (i16, Timestamp),
    reason: &str,
) -> QueryResult<()> {
    on!(connection, c => diesel::update(mails::table.find(id))
        .filter(mails::state.eq(SENDING).and(mails::attempts.eq(attempt)))
        .set((mails::state.eq(state), mails::due_at.eq(due_at.millis()), mails::last_error.eq(reason)))
        .execute(c))?;
    Ok(())
}

/// Takes a dead mail back; gives whether there was one.
pub(crate) fn delete_dead(connection: &mut Connection, id: &str) -> QueryResult<bool> {
    let deleted = on!(connection, c => diesel::delete(mails::table.find(id))
        .filter(mails::state.eq(DEAD))
        .execute(c))?;
    Ok(deleted == 1)
}

/// Queues a dead mail again, as if it had never been tried.
pub(crate) fn revive(connection: &mut Connection, id: &str, now: Timestamp) -> QueryResult<bool> {
    let revived = on!(connection, c => diesel::update(mails::table.find(id))
        .filter(mails::state.eq(DEAD))
        .set((mails::state.eq(QUEUED), mails::attempts.eq(0), mails::due_at.eq(now.millis())))
        .execute(c))?;
    Ok(revived == 1)
}

/// Dead mails, latest first.
pub(crate) fn dead(connection: &mut Connection, limit: i64) -> QueryResult<Vec<MailRow>> {
    on!(connection, c => mails::table
        .filter(mails::state.eq(DEAD))
        .order((mails::due_at.desc(), mails::id.asc()))
        .select(MailRow::as_select())
        .limit(limit)
        .load(c))
}

/// Deletes every mail to an address, sent or not.
pub(crate) fn delete_all_to(connection: &mut Connection, recipient: &str) -> QueryResult<()> {
    let key = recipient_key(recipient);
    on!(connection, c => diesel::delete(mails::table.filter(mails::recipient_key.eq(&key))).execute(c))?;
    Ok(())
}

/// Deletes at most `limit` mails that have been in a state since `before`; gives how many.
pub(crate) fn purge(connection: &mut Connection, state: i16, before: Timestamp, limit: i64) -> QueryResult<usize> {
    let old = on!(connection, c => mails::table
        .filter(mails::state.eq(state).and(mails::due_at.le(before.millis())))
        .select(mails::id)
        .limit(limit)
        .load::<String>(c))?;
    // Asked again: a dead mail may have been revived since it was read.
    on!(connection, c => diesel::delete(mails::table)
        .filter(mails::id.eq_any(&old).and(mails::state.eq(state)))
        .execute(c))
}
