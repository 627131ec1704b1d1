//! What every request with a token and every page of a directory asks, as text. Diesel would walk the tree of a join of five tables
//! three times at each run, which costs three times what the database does for it.

use diesel::{
    backend::Backend,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Binary, Bool, Nullable, SmallInt, Text},
};
use dragoman_store::{Connection, on};

use crate::{
    Realm,
    identity::{EVERYWHERE, IdentityKind},
    queries::{accounts::AccountRow, counters::LIVE_ACCOUNTS, sessions::SessionRow},
};

/// An account, its names of the realm's scope and of everywhere, its number there, and its facet.
pub(super) type Found = (AccountRow, Option<String>, Option<String>, Option<String>, Option<String>);

type AccountColumns =
    (BigInt, Text, SmallInt, Bool, Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<BigInt>, Nullable<BigInt>);
type FoundColumns = (AccountColumns, Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<Text>);
type SessionColumns =
    (Binary, Nullable<BigInt>, Text, Text, Text, Binary, BigInt, BigInt, Nullable<BigInt>, Nullable<BigInt>);

/// As [`AccountRow`] has them.
const ACCOUNT: &str = "accounts.number, accounts.uuid, accounts.role, accounts.locked, accounts.display_name, accounts.bio, \
    accounts.email, accounts.created_at, accounts.stateless_not_before";
/// The rest of [`Found`].
const NAMES: &str = ", own_name.value, shared_name.value, external_id.value, facets.body";
/// As [`SessionRow`] has them.
const SESSION: &str = "sessions.token_digest, sessions.account, sessions.dialect, sessions.scope, sessions.purpose, \
    sessions.family, sessions.created_at, sessions.touched_at, sessions.expires_at, sessions.purge_at";

const OWN_NAME: &str = " LEFT JOIN identities own_name \
    ON own_name.account = accounts.number AND own_name.kind = 0 AND own_name.scope = ";
const SHARED_NAME: &str = " LEFT JOIN identities shared_name \
    ON shared_name.account = accounts.number AND shared_name.kind = 0 AND shared_name.scope = ''";
const EXTERNAL_ID: &str = " LEFT JOIN identities external_id \
    ON external_id.account = accounts.number AND external_id.kind = 2 AND external_id.scope = ";
const FACET: &str = " LEFT JOIN facets ON facets.account = accounts.number AND facets.name = ";
const _: () = {
    assert!(IdentityKind::Username.to_stored() == 0 && IdentityKind::ExternalId.to_stored() == 2);
    assert!(EVERYWHERE.is_empty());
};

/// What is looked for.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// The account with this key as imported number, else with this number of the gateway's own.
    Number(&'a [u8], i64),
    /// The account of the session with this digest.
    Session(&'a [u8]),
}

/// The statement, but for what it selects.
struct Lookup<'a> {
    scope: &'a str,
    facet: &'a str,
    wanted: Wanted<'a>,
}

impl Lookup<'_> {
    fn add<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend,
        str: ToSql<Text, DB>,
        [u8]: ToSql<Binary, DB>,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql(match self.wanted {
            Wanted::Number(..) => " FROM accounts",
            Wanted::Session(_) => " FROM sessions INNER JOIN accounts ON accounts.number = sessions.account",
        });
        out.push_sql(OWN_NAME);
        out.push_bind_param::<Text, _>(self.scope)?;
        out.push_sql(SHARED_NAME);
        out.push_sql(EXTERNAL_ID);
        out.push_bind_param::<Text, _>(self.scope)?;
        out.push_sql(FACET);
        out.push_bind_param::<Text, _>(self.facet)?;
        out.push_sql(" WHERE accounts.deleted_at IS NULL AND ");
        match &self.wanted {
            Wanted::Number(key, number) => {
                out.push_sql("accounts.number = COALESCE((SELECT identities.account FROM identities WHERE identities.exact_key = ");
                out.push_bind_param::<Binary, _>(*key)?;
                out.push_sql("), ");
                out.push_bind_param::<BigInt, _>(number)?;
                out.push_sql(")");
            }
            Wanted::Session(digest) => {
                out.push_sql("sessions.token_digest = ");
                out.push_bind_param::<Binary, _>(*digest)?;
            }
        }
        Ok(())
    }
}

/// Makes a type a statement: one that is prepared once, because its text follows from the type.
macro_rules! statement {
    ($name:ident gives $columns:ty, $self:ident writes $out:ident $text:block) => {
        impl<DB> QueryFragment<DB> for $name<'_>
        where
            DB: Backend,
            str: ToSql<Text, DB>,
            [u8]: ToSql<Binary, DB>,
            i64: ToSql<BigInt, DB>,
        {
            fn walk_ast<'b>(&'b $self, mut $out: AstPass<'_, 'b, DB>) -> QueryResult<()> $text
        }

        impl QueryId for $name<'_> {
            type QueryId = $name<'static>;
        }

        impl Query for $name<'_> {
            type SqlType = $columns;
        }

        impl<C> RunQueryDsl<C> for $name<'_> {}
    };
}

struct ByNumber<'a>(Lookup<'a>);
statement!(ByNumber gives FoundColumns, self writes out {
    ["SELECT ", ACCOUNT, NAMES].iter().for_each(|text| out.push_sql(text));
    self.0.add(&mut out)
});

struct BySession<'a>(Lookup<'a>);
statement!(BySession gives (SessionColumns, FoundColumns), self writes out {
    ["SELECT ", SESSION, ", ", ACCOUNT, NAMES].iter().for_each(|text| out.push_sql(text));
    self.0.add(&mut out)
});

/// The accounts of a page where every name counts everywhere and every number is the gateway's own.
struct PlainPage<'a> {
    facet: &'a str,
    first: i64,
    last: i64,
}
statement!(PlainPage gives (AccountColumns, Nullable<Text>, Nullable<Text>), self writes out {
    ["SELECT ", ACCOUNT, ", shared_name.value, facets.body FROM accounts", SHARED_NAME, FACET]
        .iter()
        .for_each(|text| out.push_sql(text));
    out.push_bind_param::<Text, _>(self.facet)?;
    out.push_sql(" WHERE accounts.deleted_at IS NULL AND accounts.number BETWEEN ");
    out.push_bind_param::<BigInt, _>(&self.first)?;
    out.push_sql(" AND ");
    out.push_bind_param::<BigInt, _>(&self.last)?;
    out.push_sql(" ORDER BY accounts.number");
    Ok(())
});

/// What there is in a scope, and how many live accounts altogether.
struct Census<'a> {
    scope: &'a str,
}
statement!(Census gives (Bool, Bool, Bool, Nullable<BigInt>), self writes out {
    out.push_sql("SELECT EXISTS (SELECT 1 FROM identities WHERE kind = 2 AND scope = ");
    out.push_bind_param::<Text, _>(self.scope)?;
    out.push_sql("), EXISTS (SELECT 1 FROM identities WHERE kind = 0 AND scope = ");
    out.push_bind_param::<Text, _>(self.scope)?;
    // Two ranges of the index on kind and scope, so that the names that count everywhere are not read.
    out.push_sql("), EXISTS (SELECT 1 FROM identities WHERE kind = 0 AND scope > '' AND scope < ");
    out.push_bind_param::<Text, _>(self.scope)?;
    out.push_sql(") OR EXISTS (SELECT 1 FROM identities WHERE kind = 0 AND scope > ");
    out.push_bind_param::<Text, _>(self.scope)?;
    out.push_sql("), (SELECT value FROM counters WHERE name = ");
    out.push_bind_param::<Text, _>(LIVE_ACCOUNTS)?;
    out.push_sql(")");
    Ok(())
});

/// The live account that a number means: as an imported one by its key, else as the gateway's own.
pub(super) fn by_number(
    connection: &mut Connection,
    realm: &Realm,
    facet: &str,
    (key, number): (&[u8], i64),
) -> QueryResult<Option<Found>> {
    let lookup = || ByNumber(Lookup { scope: &realm.scope, facet, wanted: Wanted::Number(key, number) });
    on!(connection, c => lookup().get_result::<Found>(c).optional())
}

/// The session with this digest and its live account.
pub(super) fn by_session(
    connection: &mut Connection,
    realm: &Realm,
    facet: &str,
    digest: &[u8],
) -> QueryResult<Option<(SessionRow, Found)>> {
    let lookup = || BySession(Lookup { scope: &realm.scope, facet, wanted: Wanted::Session(digest) });
    on!(connection, c => lookup().get_result::<(SessionRow, Found)>(c).optional())
}

/// The live accounts from one number of the gateway to another, both included, by ascending number, where the census found neither
/// a name nor a number of the realm's own.
pub(super) fn plain_page(
    connection: &mut Connection,
    facet: &str,
    (first, last): (i64, i64),
) -> QueryResult<Vec<Found>> {
    let rows = on!(connection, c => PlainPage { facet, first, last }
        .load::<(AccountRow, Option<String>, Option<String>)>(c))?;
    Ok(rows.into_iter().map(|(account, shared, facet)| (account, None, shared, None, facet)).collect())
}

/// What a realm's directory depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// Some account has an imported number in this scope.
    pub numbers: bool,
    /// Some account has a name in this scope.
    pub names: bool,
    /// Some account has a name in a scope that is neither this one nor everywhere.
    pub names_elsewhere: bool,
    /// How many accounts live.
    pub total: i64,
}

/// Asks it in one statement.
pub(super) fn census(connection: &mut Connection, scope: &str) -> QueryResult<Shown> {
    let (numbers, names, names_elsewhere, total) =
        on!(connection, c => Census { scope }.get_result::<(bool, bool, bool, Option<i64>)>(c))?;
    Ok(Shown { numbers, names, names_elsewhere, total: total.unwrap_or(0) })
}
