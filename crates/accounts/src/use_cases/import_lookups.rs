//! What many names and addresses lead to, asked for in a few queries.

use std::collections::HashMap;

use dragoman_store::Connection;

use crate::{
    AccountNumber, NameMatching, Realm,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind},
    queries::bulk_reads,
    realm::Admission,
};

/// The look-up keys of one value in a realm.
pub(crate) struct Lookup {
    own: IdentityKeys,
    /// Where the realm admits accounts of every dialect.
    shared: Option<IdentityKeys>,
}

impl Lookup {
    pub fn of(realm: &Realm, kind: IdentityKind, value: &str) -> Self {
        let shared = || IdentityKeys::new(EVERYWHERE, kind, value);
        Self {
            own: IdentityKeys::new(&realm.scope, kind, value),
            shared: (realm.admits == Admission::Everywhere).then(shared),
        }
    }
}

/// Who holds what was looked up.
pub(crate) struct Holders(HashMap<Vec<u8>, i64>);

impl Holders {
    pub fn find<'l>(
        connection: &mut Connection,
        lookups: impl Iterator<Item = &'l Lookup>,
    ) -> diesel::QueryResult<Self> {
        let (mut exact, mut folded) = (Vec::new(), Vec::new());
        for keys in lookups.flat_map(|lookup| [Some(&lookup.own), lookup.shared.as_ref()]).flatten() {
            exact.push(keys.exact.as_slice());
            folded.push(keys.folded.as_slice());
        }
        Ok(Self(bulk_reads::holders(connection, &exact, &folded)?.into_iter().collect()))
    }

    /// Whose it is in the realm's own scope.
    pub fn own(&self, lookup: &Lookup, names: NameMatching) -> Option<AccountNumber> {
        self.holder(&lookup.own, names)
    }

    /// Whose it is everywhere.
    pub fn shared(&self, lookup: &Lookup, names: NameMatching) -> Option<AccountNumber> {
        self.holder(lookup.shared.as_ref()?, names)
    }

    fn holder(&self, keys: &IdentityKeys, names: NameMatching) -> Option<AccountNumber> {
        let folded = || self.0.get(&keys.folded).filter(|_| names == NameMatching::CaseBlind);
        self.0.get(&keys.exact).or_else(folded).copied().map(AccountNumber)
    }
}
