//! Names, addresses and imported numbers, and who holds a folded key.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    AccountNumber, NameMatching, Realm,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind, search_key},
    realm::Admission,
    schema::identities,
};

/// One identity as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = identities)]
pub(crate) struct IdentityRow {
    pub exact_key: Vec<u8>,
    pub folded_key: Option<Vec<u8>>,
    pub folded_group: Vec<u8>,
    pub account: i64,
    pub kind: i16,
    pub scope: String,
    pub value: String,
    pub verified: bool,
}

/// What a value leads to in a realm: its own scope first, then everywhere; in each, byte for byte first, then folded.
pub(crate) fn find(
    connection: &mut Connection,
    realm: &Realm,
    kind: IdentityKind,
    value: &str,
) -> QueryResult<Option<IdentityRow>> {
    let own = find_own(connection, realm, kind, value)?;
    if own.is_some() || realm.admits == Admission::Own {
        return Ok(own);
    }
    find_in_scope(connection, realm.names, EVERYWHERE, kind, value)
}

/// What a value leads to in the realm's own scope.
pub(crate) fn find_own(
    connection: &mut Connection,
    realm: &Realm,
    kind: IdentityKind,
    value: &str,
) -> QueryResult<Option<IdentityRow>> {
    find_in_scope(connection, realm.names, &realm.scope, kind, value)
}

fn find_in_scope(
    connection: &mut Connection,
    names: NameMatching,
    scope: &str,
    kind: IdentityKind,
    value: &str,
) -> QueryResult<Option<IdentityRow>> {
    let keys = IdentityKeys::new(scope, kind, value);
    let exact = Key::Exact(keys.exact).find(connection)?;
    match names {
        NameMatching::CaseBlind if exact.is_none() => Key::Folded(keys.folded).find(connection),
        _ => Ok(exact),
    }
}

/// The account whose unproven address in some other realm this is, if it is the only one (one-domain.md E2, last step).
pub(crate) fn find_unverified_elsewhere(
    connection: &mut Connection,
    realm: &Realm,
    address: &str,
) -> QueryResult<Option<AccountNumber>> {
    let group = IdentityKeys::new(EVERYWHERE, IdentityKind::Email, address).group;
    let found: Vec<(i64, String)> = on!(connection, c => identities::table
        .filter(identities::folded_group.eq(&group))
        .filter(identities::kind.eq(IdentityKind::Email.to_stored()))
        .filter(identities::verified.eq(false))
        .order(identities::account.asc())
        .select((identities::account, identities::value))
        .limit(UNVERIFIED_ALIKE)
        .load(c))?;
    let mut accounts: Vec<i64> = found
        .into_iter()
        .filter(|(_, value)| realm.names == NameMatching::CaseBlind || value == address)
        .map(|(account, _)| account)
        .collect();
    accounts.dedup();
    match accounts.as_slice() {
        [only] => Ok(Some(AccountNumber(*only))),
        _ => Ok(None),
    }
}

/// Unproven addresses that differ in case only and are looked at, at most.
const UNVERIFIED_ALIKE: i64 = 100;

enum Key {
    Exact(Vec<u8>),
    Folded(Vec<u8>),
}

impl Key {
    fn find(&self, connection: &mut Connection) -> QueryResult<Option<IdentityRow>> {
        match self {
            Self::Exact(key) => on!(connection, c => identities::table
                .filter(identities::exact_key.eq(key))
                .select(IdentityRow::as_select())
                .get_result(c)
                .optional()),
            Self::Folded(key) => on!(connection, c => identities::table
                .filter(identities::folded_key.eq(key))
                .select(IdentityRow::as_select())
                .get_result(c)
                .optional()),
        }
    }
}

/// An account's identity of a kind in exactly this scope.
pub(crate) fn of_account(
    connection: &mut Connection,
    account: AccountNumber,
    kind: IdentityKind,
    scope: &str,
) -> QueryResult<Option<IdentityRow>> {
    on!(connection, c => identities::table
        .filter(identities::account.eq(account.0))
        .filter(identities::kind.eq(kind.to_stored()))
        .filter(identities::scope.eq(scope))
        .select(IdentityRow::as_select())
        .first(c)
        .optional())
}

/// The scopes that have names of their own.
pub(crate) fn scopes_of_names(connection: &mut Connection) -> QueryResult<Vec<String>> {
    on!(connection, c => identities::table
        .filter(identities::kind.eq(IdentityKind::Username.to_stored()))
        .filter(identities::scope.ne(EVERYWHERE))
        .select(identities::scope)
        .distinct()
        .order(identities::scope.asc())
        .load(c))
}

/// Every identity of an account.
pub(crate) fn all_of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<Vec<IdentityRow>> {
    on!(connection, c => identities::table
        .filter(identities::account.eq(account.0))
        .select(IdentityRow::as_select())
        .load(c))
}

/// Which of the given values are names of this scope, by folded group: they shadow equal names that count everywhere.
pub(crate) fn in_scope_with_groups(
    connection: &mut Connection,
    scope: &str,
    kind: IdentityKind,
    groups: &[Vec<u8>],
) -> QueryResult<Vec<IdentityRow>> {
    on!(connection, c => identities::table
        .filter(identities::folded_group.eq_any(groups))
        .filter(identities::scope.eq(scope))
        .filter(identities::kind.eq(kind.to_stored()))
        .select(IdentityRow::as_select())
        .load(c))
}

/// Whether any identity of this scope and kind exists.
pub(crate) fn any_in_scope(connection: &mut Connection, scope: &str, kind: IdentityKind) -> QueryResult<bool> {
    let first = on!(connection, c => identities::table
        .filter(identities::scope.eq(scope))
        .filter(identities::kind.eq(kind.to_stored()))
        .select(identities::account)
        .first::<i64>(c)
        .optional())?;
    Ok(first.is_some())
}

/// The outcome of [`claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    Held,
    Taken,
}

/// An identity to be given to an account.
#[derive(Debug, Clone)]
pub(crate) struct NewIdentity<'a> {
    pub account: AccountNumber,
    pub kind: IdentityKind,
    pub scope: &'a str,
    pub value: &'a str,
    pub verified: bool,
    /// How the realm that asks compares: a case-blind one finds a held folded key "taken" (one-domain.md N2).
    pub names: NameMatching,
}

/// Gives an account an identity unless its keys are held. Two claims at once end in a unique violation for one of them.
pub(crate) fn claim(connection: &mut Connection, new: &NewIdentity<'_>) -> QueryResult<Claim> {
    let keys = IdentityKeys::new(new.scope, new.kind, new.value);
    if Key::Exact(keys.exact.clone()).find(connection)?.is_some() {
        return Ok(Claim::Taken);
    }
    let folded_held = Key::Folded(keys.folded.clone()).find(connection)?.is_some();
    if folded_held && new.names == NameMatching::CaseBlind {
        return Ok(Claim::Taken);
    }
    let folded_key = (!folded_held).then_some(keys.folded);
    on!(connection, c => diesel::insert_into(identities::table)
        .values((
            identities::exact_key.eq(&keys.exact),
            identities::folded_key.eq(&folded_key),
            identities::folded_group.eq(&keys.group),
            identities::fold_version.eq(new.kind.version()),
            identities::account.eq(new.account.0),
            identities::kind.eq(new.kind.to_stored()),
            identities::scope.eq(new.scope),
            identities::value.eq(new.value),
            identities::verified.eq(new.verified),
            identities::search_key.eq(search_key(new.value)),
        ))
        .execute(c))?;
    Ok(Claim::Held)
}

/// Takes an identity away; a folded key it held passes to the lowest-numbered sibling (one-domain.md N2).
pub(crate) fn release(connection: &mut Connection, identity: &IdentityRow) -> QueryResult<()> {
    on!(connection, c => diesel::delete(identities::table.find(&identity.exact_key)).execute(c))?;
    let Some(folded_key) = &identity.folded_key else {
        return Ok(());
    };
    let heir = on!(connection, c => identities::table
        .filter(identities::folded_group.eq(&identity.folded_group))
        .filter(identities::scope.eq(&identity.scope))
        .filter(identities::kind.eq(identity.kind))
        .order(identities::account.asc())
        .select(identities::exact_key)
        .first::<Vec<u8>>(c)
        .optional())?;
    if let Some(heir) = heir {
        on!(connection, c => diesel::update(identities::table.find(&heir))
            .set(identities::folded_key.eq(folded_key))
            .execute(c))?;
    }
    Ok(())
}
