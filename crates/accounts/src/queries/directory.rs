//! The pages of all accounts that a realm shows, by the number shown, and those that are alike to a text.

use std::collections::BTreeSet;

use diesel::{
    dsl::{count_star, exists, sql},
    prelude::*,
    sql_types::BigInt,
};
use dragoman_store::{Connection, on};

use crate::{
    AccountNumber, Member, Realm,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind},
    queries::{
        lookups::{self, Shown},
        members,
    },
    realm::Admission,
    schema::{accounts, identities},
};

/// How many accounts this realm shows, and one page of them.
pub(crate) fn page(
    connection: &mut Connection,
    realm: &Realm,
    offset: i64,
    limit: i64,
    facet: &str,
) -> QueryResult<(i64, Vec<Member>)> {
    let shown = lookups::census(connection, &realm.scope)?;
    if is_plain(realm, shown) {
        let numbers = plain_numbers(connection, offset, limit)?;
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Ok((shown.total, Vec::new())) };
        let between = if shown.names { members::between } else { members::plain_between };
        return Ok((shown.total, between(connection, realm, (*first, *last), facet)?));
    }
    let mut page = Vec::new();
    for number in named_numbers(connection, realm, offset, limit)? {
        page.extend(members::find(connection, realm, AccountNumber(number), facet)?);
    }
    Ok((count_named(connection, realm)?, page))
}

/// Whether the realm shows every account, each by its own number: nothing imported shadows or hides any. Then the count
/// is kept in a counter, and the primary key is the order.
fn is_plain(realm: &Realm, shown: Shown) -> bool {
    realm.admits == Admission::Everywhere && !shown.numbers && !shown.names_elsewhere
}

fn plain_numbers(connection: &mut Connection, offset: i64, limit: i64) -> QueryResult<Vec<i64>> {
    on!(connection, c => accounts::table
        .filter(accounts::deleted_at.is_null())
        .order(accounts::number.asc())
        .select(accounts::number)
        .limit(limit)
        .offset(offset)
        .load(c))
}

/// The scopes whose names this realm shows.
fn shown_scopes(realm: &Realm) -> [&str; 2] {
    match realm.admits {
        Admission::Everywhere => [EVERYWHERE, &realm.scope],
        Admission::Own => [&realm.scope, &realm.scope],
    }
}

/// Whether an account has a name that this realm shows. A macro because the type of the condition does not fit into a
/// signature.
macro_rules! has_name {
    ($realm:expr) => {
        exists(
            identities::table.filter(
                identities::account
                    .eq(accounts::number)
                    .and(identities::kind.eq(IdentityKind::Username.to_stored()))
                    .and(identities::scope.eq_any(shown_scopes($realm))),
            ),
        )
    };
}

/// The numbers of a page where some accounts are shown by another number or not at all: sorts all of them.
fn named_numbers(connection: &mut Connection, realm: &Realm, offset: i64, limit: i64) -> QueryResult<Vec<i64>> {
    let integer = match connection {
        Connection::Sqlite(_) => "INTEGER",
        Connection::Postgres(_) => "BIGINT",
        Connection::Mysql(_) => "SIGNED",
    };
    let shown = format!("COALESCE(CAST(external_id.value AS {integer}), accounts.number)");
    on!(connection, c => {
        let external = diesel::alias!(identities as external_id);
        accounts::table
            .left_join(external.on(external
                .field(identities::account)
                .eq(accounts::number)
                .and(external.field(identities::kind).eq(IdentityKind::ExternalId.to_stored()))
                .and(external.field(identities::scope).eq(&*realm.scope))))
            .filter(accounts::deleted_at.is_null())
            .filter(has_name!(realm))
            .order(sql::<BigInt>(&shown))
            .select(accounts::number)
            .limit(limit)
            .offset(offset)
            .load(c)
    })
}

fn count_named(connection: &mut Connection, realm: &Realm) -> QueryResult<i64> {
    on!(connection, c => accounts::table
        .filter(accounts::deleted_at.is_null())
        .filter(has_name!(realm))
        .select(count_star())
        .first(c))
}

/// Names or addresses that differ in case only and are looked at, at most.
const ALIKE: i64 = 1_000;

/// The accounts that have this text as shown number, or as a name or address of any scope whatever its case.
pub(crate) fn alike(
    connection: &mut Connection,
    realm: &Realm,
    (id, text): (Option<i64>, &str),
    facet: &str,
) -> QueryResult<Vec<Member>> {
    let mut numbers = BTreeSet::new();
    if let Some(id) = id {
        numbers.extend(members::find_by_id(connection, realm, id, facet)?.map(|member| member.account.number.0));
    }
    for kind in [IdentityKind::Username, IdentityKind::Email] {
        let group = IdentityKeys::new(EVERYWHERE, kind, text).group;
        let holders: Vec<i64> = on!(connection, c => identities::table
            .filter(identities::folded_group.eq(&group).and(identities::kind.eq(kind.to_stored())))
            .select(identities::account)
            .limit(ALIKE)
            .load(c))?;
        numbers.extend(holders);
    }
    let mut found = Vec::new();
    for number in numbers {
        found.extend(members::find(connection, realm, AccountNumber(number), facet)?);
    }
    Ok(found)
}
