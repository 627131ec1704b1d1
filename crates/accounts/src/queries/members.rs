//! Accounts as a realm sees them: with their name, number and facet there.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    Account, AccountNumber, Member, Realm, Role,
    identity::{EVERYWHERE, IdentityKind, exact_key},
    queries::{
        accounts::AccountRow,
        identities as names,
        lookups::{self, Found},
        sessions::SessionRow,
    },
    realm::Admission,
    schema::{accounts, facets, identities},
};

diesel::alias! {
    const OWN: Alias<Own> = identities as own_name;
    const SHARED: Alias<Shared> = identities as shared_name;
    const EXTERNAL: Alias<External> = identities as external_id;
}

/// The names this realm could show for an account: its own scope's, and the one that counts everywhere.
type Row = (AccountRow, Option<String>, Option<String>, Option<Vec<u8>>, Option<String>, Option<String>);

/// Live accounts joined with what a realm shows of them. A macro because the type of the query does not fit into a signature.
macro_rules! members {
    ($realm:expr, $facet:expr) => {
        accounts::table
            .left_join(
                OWN.on(OWN
                    .field(identities::account)
                    .eq(accounts::number)
                    .and(OWN.field(identities::kind).eq(IdentityKind::Username.to_stored()))
                    .and(OWN.field(identities::scope).eq($realm.scope.to_string()))),
            )
            .left_join(
                SHARED.on(SHARED
                    .field(identities::account)
                    .eq(accounts::number)
                    .and(SHARED.field(identities::kind).eq(IdentityKind::Username.to_stored()))
                    .and(SHARED.field(identities::scope).eq(EVERYWHERE))),
            )
            .left_join(
                EXTERNAL.on(EXTERNAL
                    .field(identities::account)
                    .eq(accounts::number)
                    .and(EXTERNAL.field(identities::kind).eq(IdentityKind::ExternalId.to_stored()))
                    .and(EXTERNAL.field(identities::scope).eq($realm.scope.to_string()))),
            )
            .left_join(facets::table.on(facets::account.eq(accounts::number).and(facets::name.eq($facet))))
            .filter(accounts::deleted_at.is_null())
    };
}

/// The columns of a [`Row`] in [`members!`].
macro_rules! columns {
    () => {
        (
            AccountRow::as_select(),
            OWN.field(identities::value).nullable(),
            SHARED.field(identities::value).nullable(),
            SHARED.field(identities::folded_group).nullable(),
            EXTERNAL.field(identities::value).nullable(),
            facets::body.nullable(),
        )
    };
}

/// An account without a name in the realm does not exist there (one-domain.md N9).
fn member(realm: &Realm, (account, own, shared, _, external, facet): Row) -> Option<Member> {
    found_member(realm, (account, own, shared, external, facet))
}

fn found_member(realm: &Realm, (account, own, shared, external, facet): Found) -> Option<Member> {
    let account = Account::from(account);
    let shared = shared.filter(|_| realm.admits == Admission::Everywhere);
    let id = external.and_then(|id| id.parse().ok()).unwrap_or(account.number.0);
    Some(Member { id, username: own.or(shared)?, account, facet })
}

/// The account that a number shown by this realm means: an imported number first, else the gateway's own. One query,
/// because every request with a token makes it.
pub(crate) fn find_by_id(
    connection: &mut Connection,
    realm: &Realm,
    id: i64,
    facet: &str,
) -> QueryResult<Option<Member>> {
    let key = exact_key(&realm.scope, IdentityKind::ExternalId, &id.to_string());
    Ok(lookups::by_number(connection, realm, facet, (&key, id))?.and_then(|found| found_member(realm, found)))
}

/// A session of an account and the account, in one query: every request with a stored token makes it. A visitor's session,
/// and one whose account this realm does not show, is not found here.
pub(crate) fn find_by_session(
    connection: &mut Connection,
    realm: &Realm,
    token_digest: &[u8],
    facet: &'static str,
) -> QueryResult<Option<(SessionRow, Member)>> {
    let found = lookups::by_session(connection, realm, facet, token_digest)?;
    Ok(found.and_then(|(session, found)| Some((session, found_member(realm, found)?))))
}

/// A live account by its number in the gateway.
pub(crate) fn find(
    connection: &mut Connection,
    realm: &Realm,
    number: AccountNumber,
    facet: &str,
) -> QueryResult<Option<Member>> {
    let row = on!(connection, c => members!(realm, facet)
        .select(columns!())
        .filter(accounts::number.eq(number.0))
        .get_result::<Row>(c)
        .optional())?;
    Ok(row.and_then(|row| member(realm, row)))
}

/// The live accounts that this realm shows from one number of the gateway to another, both included, by ascending number.
pub(crate) fn between(
    connection: &mut Connection,
    realm: &Realm,
    (first, last): (i64, i64),
    facet: &str,
) -> QueryResult<Vec<Member>> {
    let rows: Vec<Row> = on!(connection, c => members!(realm, facet)
        .select(columns!())
        .filter(accounts::number.between(first, last))
        .order(accounts::number.asc())
        .load(c))?;
    Ok(rows.into_iter().filter_map(|row| member(realm, row)).collect())
}

/// As [`between`] where the census found neither a name nor a number of the realm's own.
pub(crate) fn plain_between(
    connection: &mut Connection,
    realm: &Realm,
    ends: (i64, i64),
    facet: &str,
) -> QueryResult<Vec<Member>> {
    let found = lookups::plain_page(connection, facet, ends)?;
    Ok(found.into_iter().filter_map(|found| found_member(realm, found)).collect())
}

/// The account a name or address leads to in this realm.
pub(crate) fn find_by_identity(
    connection: &mut Connection,
    realm: &Realm,
    kind: IdentityKind,
    value: &str,
    facet: &str,
) -> QueryResult<Option<Member>> {
    match names::find(connection, realm, kind, value)? {
        Some(identity) => find(connection, realm, AccountNumber(identity.account), facet),
        None => Ok(None),
    }
}

/// As [`find_by_identity`] for a login name, but only if the realm shows the account by the name that was found: one that
/// has a name of the realm's own as well is acted upon by that one only (one-domain.md N9).
pub(crate) fn find_by_shown_name(
    connection: &mut Connection,
    realm: &Realm,
    name: &str,
    facet: &str,
) -> QueryResult<Option<Member>> {
    let Some(identity) = names::find(connection, realm, IdentityKind::Username, name)? else { return Ok(None) };
    let member = find(connection, realm, AccountNumber(identity.account), facet)?;
    Ok(member.filter(|member| member.username == identity.value))
}

/// One page of the accounts with a role, by ascending number, that this realm sees, and the number to go on after:
/// `None` when there are no more.
pub(crate) fn page(
    connection: &mut Connection,
    realm: &Realm,
    role: Role,
    after: AccountNumber,
    limit: i64,
    facet: &str,
) -> QueryResult<(Vec<Member>, Option<AccountNumber>)> {
    let rows: Vec<Row> = on!(connection, c => members!(realm, facet)
        .select(columns!())
        .filter(accounts::role.eq(role.to_stored()).and(accounts::number.gt(after.0)))
        .order(accounts::number.asc())
        .limit(limit)
        .load(c))?;
    let full = i64::try_from(rows.len()).is_ok_and(|length| length == limit);
    let last = rows.last().map(|row| row.0.number());
    let shadowed = shadowed(connection, realm, &rows)?;
    let members = rows
        .into_iter()
        .filter(|row| !shadowed.contains(&row.0.number()))
        .filter_map(|row| member(realm, row))
        .collect();
    Ok((members, last.filter(|_| full)))
}

/// The accounts of a page whose name everywhere means somebody else in this realm, because the realm's scope has it too.
fn shadowed(connection: &mut Connection, realm: &Realm, rows: &[Row]) -> QueryResult<Vec<AccountNumber>> {
    let shared: Vec<&Row> = rows.iter().filter(|row| row.1.is_none() && row.3.is_some()).collect();
    let groups: Vec<Vec<u8>> = shared.iter().filter_map(|row| row.3.clone()).collect();
    if groups.is_empty() || !names::any_in_scope(connection, &realm.scope, IdentityKind::Username)? {
        return Ok(Vec::new());
    }
    let mut numbers = Vec::new();
    for (chunk, groups) in shared.chunks(100).zip(groups.chunks(100)) {
        let own = names::in_scope_with_groups(connection, &realm.scope, IdentityKind::Username, groups)?;
        for row in chunk {
            let hidden = own.iter().any(|name| match realm.names {
                crate::NameMatching::CaseBlind => Some(&name.folded_group) == row.3.as_ref(),
                crate::NameMatching::Exact => Some(&name.value) == row.2.as_ref(),
            });
            if hidden {
                numbers.push(row.0.number());
            }
        }
    }
    Ok(numbers)
}
