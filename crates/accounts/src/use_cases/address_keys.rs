//! Makes the keys of addresses anew after an update that compares them otherwise (one-domain.md E9, N3).

use std::fmt;

use dragoman_store::{Connection, MigrateError};

use crate::{
    AccountError, AccountNumber, Accounts,
    address::ADDRESS_VERSION,
    identity::{EVERYWHERE, IdentityKind},
    queries::{
        address_keys::{self, AddressRow},
        counters::{self, ADDRESS_KEYS},
        identities,
    },
};

/// Two accounts with one address: only the first is found by all its spellings, the other by its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressCollision {
    /// Name and address of the account that all spellings lead to.
    pub first: (String, String),
    /// Name and address of the other.
    pub other: (String, String),
}

impl fmt::Display for AddressCollision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, other } = self;
        write!(
            formatter,
            "the accounts {:?} and {:?} have one address, spelt {:?} and {:?}: other spellings lead to the first",
            first.0, other.0, first.1, other.1
        )
    }
}

/// Addresses whose keys are made in one write.
const BATCH: i64 = 200;

impl Accounts {
    /// Makes outdated keys anew, once for each database; replicas that start together may all do it. Gives those that
    /// turned out to be one address: nothing is merged, an operator decides (`account set-email`).
    pub(super) async fn renew_address_keys(&self) -> Result<Vec<AddressCollision>, MigrateError> {
        let failed =
            |error: AccountError| MigrateError::Database(format!("cannot renew the keys of addresses: {error}"));
        let version = self.read(|connection| counters::value(connection, ADDRESS_KEYS)).await.map_err(failed)?;
        if version >= i64::from(ADDRESS_VERSION) {
            return Ok(Vec::new());
        }
        let (mut collisions, mut after) = (Vec::new(), Vec::new());
        loop {
            let from = after.clone();
            let (found, last) =
                self.write(move |connection| Ok(renew_batch(connection, &from)?)).await.map_err(failed)?;
            collisions.extend(found);
            let Some(last) = last else { break };
            after = last;
        }
        let done = i64::from(ADDRESS_VERSION);
        self.write(move |connection| Ok(counters::raise(connection, ADDRESS_KEYS, done)?)).await.map_err(failed)?;
        Ok(collisions)
    }
}

/// One batch, and the key to go on after; `None`: that was the last.
fn renew_batch(
    connection: &mut Connection,
    after: &[u8],
) -> diesel::QueryResult<(Vec<AddressCollision>, Option<Vec<u8>>)> {
    let batch = address_keys::outdated(connection, after, BATCH)?;
    let mut collisions = Vec::new();
    for address in &batch {
        collisions.extend(renew(connection, address)?);
    }
    Ok((collisions, batch.last().map(|last| last.exact_key.clone())))
}

/// Of two accounts that turn out to have one address, that with the lower number holds the key, as if it had come first.
fn renew(connection: &mut Connection, address: &AddressRow) -> diesel::QueryResult<Option<AddressCollision>> {
    let wanted = address.keys().folded;
    let holder = address_keys::holder(connection, &wanted)?.filter(|holder| holder.exact_key != address.exact_key);
    let Some(holder) = holder else {
        address_keys::renew(connection, address, true)?;
        return Ok(None);
    };
    // An outdated holder may be on its way to a key of its own, so that this one is free.
    let collides = holder.keys().folded == wanted;
    let holds = !collides || address.account < holder.account;
    if holds {
        address_keys::release(connection, &wanted)?;
    }
    address_keys::renew(connection, address, holds)?;
    if !collides || address.account == holder.account {
        return Ok(None);
    }
    let (first, other) = if holds { (address, &holder) } else { (&holder, address) };
    Ok(Some(AddressCollision { first: named(connection, first)?, other: named(connection, other)? }))
}

/// The name of an address's account, or its number if it has a name in some dialect only.
fn named(connection: &mut Connection, address: &AddressRow) -> diesel::QueryResult<(String, String)> {
    let account = AccountNumber(address.account);
    let name = match identities::of_account(connection, account, IdentityKind::Username, &address.scope)? {
        Some(name) => Some(name),
        None => identities::of_account(connection, account, IdentityKind::Username, EVERYWHERE)?,
    };
    Ok((name.map_or_else(|| account.to_string(), |name| name.value), address.value.clone()))
}
