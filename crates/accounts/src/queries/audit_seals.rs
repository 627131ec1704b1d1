//! The seals over the audit, numbered from 1 without a gap.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::schema::audit_seals;

/// A seal as it is stored.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = audit_seals)]
pub(crate) struct SealRow {
    pub number: i64,
    pub sealed_at: i64,
    pub entries: Vec<u8>,
    pub digest: Vec<u8>,
    pub signature: Vec<u8>,
    /// Its records are gone, and so are all seals before it.
    pub pruned: bool,
}

pub(crate) fn insert(connection: &mut Connection, seal: &SealRow) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(audit_seals::table).values(seal).execute(c))?;
    Ok(())
}

pub(crate) fn find(connection: &mut Connection, number: i64) -> QueryResult<Option<SealRow>> {
    on!(connection, c => audit_seals::table.find(number).get_result(c).optional())
}

/// The seals after a number, by ascending number.
pub(crate) fn after(connection: &mut Connection, number: i64, limit: i64) -> QueryResult<Vec<SealRow>> {
    on!(connection, c => audit_seals::table
        .filter(audit_seals::number.gt(number))
        .order(audit_seals::number)
        .limit(limit)
        .load(c))
}

/// The newest seal.
pub(crate) fn newest(connection: &mut Connection) -> QueryResult<Option<SealRow>> {
    on!(connection, c => audit_seals::table.order(audit_seals::number.desc()).first(c).optional())
}

/// Says that the records of a seal are gone.
pub(crate) fn set_pruned(connection: &mut Connection, number: i64, signature: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::update(audit_seals::table.find(number))
        .set((audit_seals::pruned.eq(true), audit_seals::signature.eq(signature)))
        .execute(c))?;
    Ok(())
}

/// Deletes the seals before a number.
pub(crate) fn delete_before(connection: &mut Connection, number: i64) -> QueryResult<()> {
    on!(connection, c => diesel::delete(audit_seals::table.filter(audit_seals::number.lt(number))).execute(c))?;
    Ok(())
}
