//! The keys of addresses that an older version of this program made.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    address::ADDRESS_VERSION,
    identity::{IdentityKeys, IdentityKind},
    schema::identities,
};

/// An address whose keys may be made anew.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = identities)]
pub(crate) struct AddressRow {
    pub exact_key: Vec<u8>,
    pub folded_key: Option<Vec<u8>>,
    pub fold_version: i16,
    pub account: i64,
    pub scope: String,
    pub value: String,
}

impl AddressRow {
    /// The keys it is to have.
    pub fn keys(&self) -> IdentityKeys {
        IdentityKeys::new(&self.scope, IdentityKind::Email, &self.value)
    }
}

/// The next addresses after a key that an older version made the keys of, in the order of their keys.
pub(crate) fn outdated(connection: &mut Connection, after: &[u8], limit: i64) -> QueryResult<Vec<AddressRow>> {
    on!(connection, c => identities::table
        .filter(identities::exact_key.gt(after))
        .filter(identities::kind.eq(IdentityKind::Email.to_stored()))
        .filter(identities::fold_version.lt(ADDRESS_VERSION))
        .order(identities::exact_key.asc())
        .select(AddressRow::as_select())
        .limit(limit)
        .load(c))
}

/// Who holds a folded key.
pub(crate) fn holder(connection: &mut Connection, folded_key: &[u8]) -> QueryResult<Option<AddressRow>> {
    on!(connection, c => identities::table
        .filter(identities::folded_key.eq(folded_key))
        .select(AddressRow::as_select())
        .get_result(c)
        .optional())
}

/// Takes a folded key from whoever holds it.
pub(crate) fn release(connection: &mut Connection, folded_key: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::update(identities::table.filter(identities::folded_key.eq(folded_key)))
        .set(identities::folded_key.eq(None::<Vec<u8>>))
        .execute(c))?;
    Ok(())
}

/// Gives an address its keys of this version, the folded one only if it is to hold it.
pub(crate) fn renew(connection: &mut Connection, address: &AddressRow, holds: bool) -> QueryResult<()> {
    let IdentityKeys { folded, group, .. } = address.keys();
    let folded = holds.then_some(folded);
    on!(connection, c => diesel::update(identities::table.find(&address.exact_key))
        .set((
            identities::folded_key.eq(&folded),
            identities::folded_group.eq(&group),
            identities::fold_version.eq(ADDRESS_VERSION),
        ))
        .execute(c))?;
    Ok(())
}
