//! Accounts with what imports gave them, read many at once.

use std::collections::HashMap;

use dragoman_store::Connection;

use crate::{
    Account, AccountNumber, Realm,
    identity::{EVERYWHERE, IdentityKind},
    queries::{bulk_reads, identities::IdentityRow},
    use_cases::import_state::State,
};

/// Some accounts as a realm's imports are concerned with them.
pub(crate) struct Snapshot<'r> {
    realm: &'r Realm,
    accounts: HashMap<i64, Account>,
    identities: HashMap<i64, Vec<IdentityRow>>,
    facets: HashMap<i64, String>,
}

impl<'r> Snapshot<'r> {
    pub fn of(connection: &mut Connection, realm: &'r Realm, numbers: &[i64]) -> diesel::QueryResult<Self> {
        Ok(Self {
            realm,
            accounts: bulk_reads::live_accounts(connection, numbers)?,
            identities: bulk_reads::identities_of(connection, numbers)?,
            facets: bulk_reads::facets_of(connection, numbers, realm.dialect)?,
        })
    }

    /// One account's state.
    pub fn state_of_one(
        connection: &mut Connection,
        realm: &'r Realm,
        account: AccountNumber,
    ) -> diesel::QueryResult<State> {
        Ok(Self::of(connection, realm, &[account.0])?.state(account))
    }

    /// The account, if it lives.
    pub fn account(&self, number: AccountNumber) -> Option<&Account> {
        self.accounts.get(&number.0)
    }

    pub fn identities(&self, number: AccountNumber) -> &[IdentityRow] {
        self.identities.get(&number.0).map(Vec::as_slice).unwrap_or_default()
    }

    /// The body of the dialect's facet.
    pub fn facet(&self, number: AccountNumber) -> Option<&str> {
        self.facets.get(&number.0).map(String::as_str)
    }

    pub fn state(&self, number: AccountNumber) -> State {
        State::of_held(self.account(number), self.identities(number), self.facet(number), self.realm)
    }

    /// An identity of an account in exactly this scope.
    pub fn identity(&self, number: AccountNumber, kind: IdentityKind, scope: &str) -> Option<&IdentityRow> {
        self.identities(number).iter().find(|row| row.kind == kind.to_stored() && row.scope == scope)
    }

    /// The name the realm shows.
    pub fn shown_name(&self, number: AccountNumber) -> Option<&str> {
        let named = |scope| self.identity(number, IdentityKind::Username, scope);
        named(&self.realm.scope).or_else(|| named(EVERYWHERE)).map(|row| row.value.as_str())
    }
}
