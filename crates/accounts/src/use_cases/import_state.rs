//! What an import left of an account, in a form that tells later whether somebody changed it since.

use crate::{
    Account, Realm,
    clock::Timestamp,
    identity::{EVERYWHERE, IdentityKind, digest_of},
    queries::identities::{IdentityRow, NewIdentity},
};

/// What of an account is an import's concern. Logins are not: sessions, the time of the last one, and the password's
/// verifiers, which a login upgrades and the wrapping of weak hashes replaces. Neither are the numbers of old deployments: nobody
/// but an import gives or takes them, and one that needs a number makes others step aside.
pub(crate) struct State {
    parts: Vec<Vec<u8>>,
}

impl State {
    /// That of an account that is being made.
    pub fn of_new<'n>(
        account: &Account,
        names: impl Iterator<Item = &'n NewIdentity<'n>>,
        facet: Option<&(&'static str, String)>,
        realm: &Realm,
    ) -> Self {
        let names = names.map(|name| name_part(name.kind.to_stored(), name.scope, name.value, name.verified)).collect();
        let facet = facet.filter(|(name, _)| *name == realm.dialect).map(|(_, body)| body.as_str());
        Self::of(Some(account), names, facet)
    }

    /// That of an account as it is now; one that was deleted has none.
    pub fn of_held(account: Option<&Account>, names: &[IdentityRow], facet: Option<&str>, realm: &Realm) -> Self {
        let concerns = |row: &&IdentityRow| {
            row.kind != IdentityKind::ExternalId.to_stored() && (row.scope == *realm.scope || row.scope == EVERYWHERE)
        };
        let part = |row: &IdentityRow| name_part(row.kind, &row.scope, &row.value, row.verified);
        Self::of(account, names.iter().filter(concerns).map(part).collect(), facet)
    }

    fn of(account: Option<&Account>, mut names: Vec<Vec<u8>>, facet: Option<&str>) -> Self {
        names.sort();
        let mut parts = account.map(account_parts).unwrap_or_default();
        parts.extend(names);
        parts.extend(facet.map(|body| body.as_bytes().to_vec()));
        Self { parts }
    }

    pub fn digest(&self) -> Vec<u8> {
        let parts: Vec<&[u8]> = self.parts.iter().map(Vec::as_slice).collect();
        digest_of(&parts)
    }
}

fn account_parts(account: &Account) -> Vec<Vec<u8>> {
    let text = |text: &Option<String>| match text {
        Some(text) => [b"=", text.as_bytes()].concat(),
        None => Vec::new(),
    };
    vec![
        account.number.0.to_be_bytes().to_vec(),
        account.uuid.clone().into_bytes(),
        vec![u8::from(account.locked)],
        account.role.to_stored().to_be_bytes().to_vec(),
        text(&account.display_name),
        text(&account.bio),
        text(&account.email),
        account.created_at.map(Timestamp::millis).map(|at| at.to_be_bytes().to_vec()).unwrap_or_default(),
    ]
}

fn name_part(kind: i16, scope: &str, value: &str, verified: bool) -> Vec<u8> {
    digest_of(&[&kind.to_be_bytes(), scope.as_bytes(), value.as_bytes(), &[u8::from(verified)]])
}
