//! The rows of accounts, live and dead.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{Account, AccountNumber, Role, clock::Timestamp, schema::accounts};

/// The columns an [`Account`] is made of.
#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(crate) struct AccountRow {
    number: i64,
    uuid: String,
    role: i16,
    locked: bool,
    display_name: Option<String>,
    bio: Option<String>,
    email: Option<String>,
    created_at: Option<i64>,
    stateless_not_before: Option<i64>,
}

impl AccountRow {
    /// The account's number, before the row is taken apart.
    pub(crate) fn number(&self) -> AccountNumber {
        AccountNumber(self.number)
    }
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            number: AccountNumber(row.number),
            uuid: row.uuid,
            role: Role::from_stored(row.role),
            locked: row.locked,
            display_name: row.display_name,
            bio: row.bio,
            email: row.email,
            created_at: row.created_at.map(Timestamp::from_millis),
            tokens_not_before: row.stateless_not_before,
        }
    }
}

/// Inserts a live account.
pub(crate) fn insert(connection: &mut Connection, account: &Account) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(accounts::table)
        .values((
            accounts::number.eq(account.number.0),
            accounts::uuid.eq(&account.uuid),
            accounts::role.eq(account.role.to_stored()),
            accounts::locked.eq(account.locked),
            accounts::display_name.eq(&account.display_name),
            accounts::bio.eq(&account.bio),
            accounts::email.eq(&account.email),
            accounts::created_at.eq(account.created_at.map(Timestamp::millis)),
            accounts::stateless_not_before.eq(account.tokens_not_before),
        ))
        .execute(c))?;
    Ok(())
}

/// A live account by number.
pub(crate) fn find(connection: &mut Connection, number: AccountNumber) -> QueryResult<Option<Account>> {
    let row = on!(connection, c => accounts::table
        .filter(accounts::number.eq(number.0).and(accounts::deleted_at.is_null()))
        .select(AccountRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map(Account::from))
}

/// Whether this number was ever given out, to an account alive or dead.
pub(crate) fn was_ever(connection: &mut Connection, number: AccountNumber) -> QueryResult<bool> {
    let found = on!(connection, c => accounts::table
        .find(number.0)
        .select(accounts::number)
        .get_result::<i64>(c)
        .optional())?;
    Ok(found.is_some())
}

/// Whether an account with this number logged in, or may have before it was deleted.
pub(crate) fn may_have_logged_in(connection: &mut Connection, number: AccountNumber) -> QueryResult<bool> {
    let number = number.0;
    let row = on!(connection, c => accounts::table
        .filter(accounts::number.eq(number))
        .filter(accounts::deleted_at.is_not_null().or(accounts::last_login_at.is_not_null()))
        .select(accounts::number)
        .first::<i64>(c)
        .optional())?;
    Ok(row.is_some())
}

/// Whether a live account ever logged in.
pub(crate) fn has_logged_in(connection: &mut Connection, number: AccountNumber) -> QueryResult<bool> {
    let last =
        on!(connection, c => live(number).select(accounts::last_login_at).get_result::<Option<i64>>(c).optional())?;
    Ok(last.flatten().is_some())
}

/// Takes the row's lock until the transaction ends; `false`: no live account has that number. PostgreSQL and MySQL
/// would else let a delete and a login of one account run side by side; SQLite has one writer anyway.
pub(crate) fn hold(connection: &mut Connection, number: AccountNumber) -> QueryResult<bool> {
    let live = on!(connection, c => diesel::update(live(number))
        .set(accounts::locked.eq(accounts::locked))
        .execute(c))?;
    Ok(live == 1)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live(number: AccountNumber) -> _ {
    let number: i64 = number.0;
    accounts::table.filter(accounts::number.eq(number)).filter(accounts::deleted_at.is_null())
}

/// Sets one or more columns of a live account; gives whether there was one.
macro_rules! set {
    ($connection:expr, $number:expr, $($column:ident = $value:expr),+) => {{
        let changed = on!($connection, c => diesel::update(live($number))
            .set(($(accounts::$column.eq($value),)+))
            .execute(c))?;
        Ok(changed == 1)
    }};
}

pub(crate) fn set_bio(connection: &mut Connection, number: AccountNumber, bio: Option<&str>) -> QueryResult<bool> {
    set!(connection, number, bio = bio)
}

pub(crate) fn set_display_name(
    connection: &mut Connection,
    number: AccountNumber,
    name: Option<&str>,
) -> QueryResult<bool> {
    set!(connection, number, display_name = name)
}

pub(crate) fn set_email(connection: &mut Connection, number: AccountNumber, email: Option<&str>) -> QueryResult<bool> {
    set!(connection, number, email = email)
}

pub(crate) fn set_locked(connection: &mut Connection, number: AccountNumber, locked: bool) -> QueryResult<bool> {
    set!(connection, number, locked = locked)
}

pub(crate) fn set_role(connection: &mut Connection, number: AccountNumber, role: Role) -> QueryResult<bool> {
    set!(connection, number, role = role.to_stored())
}

pub(crate) fn set_tokens_not_before(
    connection: &mut Connection,
    number: AccountNumber,
    second: i64,
) -> QueryResult<bool> {
    set!(connection, number, stateless_not_before = second)
}

pub(crate) fn set_last_login(connection: &mut Connection, number: AccountNumber, at: Timestamp) -> QueryResult<bool> {
    set!(connection, number, last_login_at = at.millis())
}

/// Leaves of a live account its number, uuid and dates.
pub(crate) fn bury(connection: &mut Connection, number: AccountNumber, at: Timestamp) -> QueryResult<bool> {
    let nothing: Option<String> = None;
    set!(
        connection,
        number,
        deleted_at = at.millis(),
        role = Role::User.to_stored(),
        display_name = &nothing,
        bio = &nothing,
        email = &nothing
    )
}

/// How many unlocked super administrators live.
pub(crate) fn count_unlocked_super_administrators(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => accounts::table
        .filter(accounts::role.eq(Role::SuperAdministrator.to_stored()))
        .filter(accounts::locked.eq(false))
        .filter(accounts::deleted_at.is_null())
        .count()
        .get_result(c))
}
