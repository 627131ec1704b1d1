//! Identities by the beginning of their folded values.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::schema::identities;

/// An identity that a search found.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = identities)]
pub(crate) struct Hit {
    pub search_key: Option<Vec<u8>>,
    pub exact_key: Vec<u8>,
    pub account: i64,
    pub value: String,
}

/// The identities whose keys begin with `prefix`, in the order of (search key, exact key), after such a pair. Reads an index.
pub(crate) fn beginning_with(
    connection: &mut Connection,
    prefix: &[u8],
    after: Option<(&[u8], &[u8])>,
    limit: i64,
) -> QueryResult<Vec<Hit>> {
    let end = end_of(prefix);
    on!(connection, c => {
        let from = after.map_or(prefix, |(key, _)| key);
        let mut query = identities::table.filter(identities::search_key.ge(from)).into_boxed();
        if let Some(end) = &end {
            query = query.filter(identities::search_key.lt(end));
        }
        if let Some((key, exact)) = after {
            query = query.filter(identities::search_key.gt(key).or(identities::exact_key.gt(exact)));
        }
        query
            .order((identities::search_key.asc(), identities::exact_key.asc()))
            .select(Hit::as_select())
            .limit(limit)
            .load(c)
    })
}

/// The first bytes that no longer begin with `prefix`; `None`: whatever follows it does.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix.get(..=last)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}

/// Identities that have no key yet: exact key and value.
pub(crate) fn missing(connection: &mut Connection, limit: i64) -> QueryResult<Vec<(Vec<u8>, String)>> {
    on!(connection, c => identities::table
        .filter(identities::search_key.is_null())
        .order(identities::exact_key.asc())
        .select((identities::exact_key, identities::value))
        .limit(limit)
        .load(c))
}

/// Gives an identity its key, unless another replica has.
pub(crate) fn set(connection: &mut Connection, exact_key: &[u8], search_key: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::update(identities::table.find(exact_key))
        .filter(identities::search_key.is_null())
        .set(identities::search_key.eq(search_key))
        .execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_next_beginning() {
        assert_eq!(end_of(b"ann"), Some(b"ano".to_vec()));
        assert_eq!(end_of(&[1, 255, 255]), Some(vec![2]));
        assert_eq!(end_of(&[255]), None);
        assert_eq!(end_of(&[]), None);
    }
}
