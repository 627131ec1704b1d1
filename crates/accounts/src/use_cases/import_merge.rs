//! An old account that is the same person as one that is here: what it has is added, nothing is taken away.

use dragoman_passwords::hex;
use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Realm,
    clock::Timestamp,
    identity::{IdentityKind, exact_key},
    queries::{
        accounts, credentials, facets,
        identities::{self, Claim, NewIdentity},
    },
    refuse,
    use_cases::{
        import::{Prepared, TakenOver, claim_number},
        import_aside::shown_aside,
        sessions,
    },
};

/// What a merge added, one line each, so that it can be taken away again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// Exact keys of identities.
    pub identities: Vec<Vec<u8>>,
    /// The number it showed because it had stepped aside, and shows no more.
    pub aside: Option<i64>,
    pub facet: Option<String>,
    pub credentials: bool,
}

impl Added {
    pub fn to_text(&self) -> String {
        let mut lines: Vec<String> =
            self.identities.iter().map(|key| format!("identity {}", hex::encode(key))).collect();
        lines.extend(self.aside.map(|number| format!("aside {number}")));
        lines.extend(self.facet.iter().map(|name| format!("facet {name}")));
        lines.extend(self.credentials.then(|| "credentials".to_owned()));
        lines.join("\n")
    }

    pub fn parse(text: &str) -> Self {
        let mut added = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("identity", key)) => added.identities.extend(hex::decode(key)),
                Some(("aside", number)) => added.aside = number.parse().ok(),
                Some(("facet", name)) => added.facet = Some(name.to_owned()),
                _ => added.credentials |= line == "credentials",
            }
        }
        added
    }
}

/// Gives a live account the number, name, address, facet and session of an old one, each where it has none in the realm.
/// Its own password, role and profile stay.
pub(crate) fn merge(
    connection: &mut Connection,
    realm: &Realm,
    into: AccountNumber,
    old: &Prepared,
    now: Timestamp,
) -> Result<(TakenOver, String), Aborted<AccountError>> {
    if !accounts::hold(connection, into)? {
        return refuse(AccountError::UnknownAccount);
    }
    let mut added = Added::default();
    let mut aside = None;
    if let Some(id) = old.id.filter(|id| *id != into.0) {
        // It shows one number: that which its old clients know, not the one nobody was ever told.
        if let Some(shown) = shown_aside(connection, realm, into)? {
            identities::release(connection, &shown)?;
            added.aside = shown.value.parse().ok();
        }
        aside = claim_number(connection, realm, into, id)?;
        added.identities.push(exact_key(&realm.scope, IdentityKind::ExternalId, &id.to_string()));
    }
    let address = old.login_address.as_ref().map(|email| (email.address.as_str(), email.verified));
    let name = Some((old.username.as_str(), true));
    for (kind, value) in [(IdentityKind::Username, name), (IdentityKind::Email, address)] {
        let Some((value, verified)) = value else { continue };
        if identities::find(connection, realm, kind, value)?.is_some_and(|holder| holder.account == into.0) {
            continue;
        }
        let new = NewIdentity { account: into, kind, scope: &realm.scope, value, verified, names: realm.names };
        match identities::claim(connection, &new)? {
            Claim::Held => added.identities.push(exact_key(&realm.scope, kind, value)),
            Claim::Taken if kind == IdentityKind::Username => return refuse(AccountError::NameTaken),
            // A second holder of an address simply lacks it (one-domain.md E1).
            Claim::Taken => {}
        }
    }
    if let Some((name, body)) = &old.facet
        && facets::find(connection, into, name)?.is_none()
    {
        facets::put(connection, into, name, body)?;
        added.facet = Some((*name).to_owned());
    }
    if credentials::of_account(connection, into)?.is_empty() && !old.credentials.is_empty() {
        credentials::replace(connection, into, &old.credentials, now)?;
        added.credentials = true;
    }
    if let Some(session) = &old.session {
        sessions::begin_given(connection, realm, into, session, now)?;
    }
    Ok((TakenOver { number: into, aside }, added.to_text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_survives_its_text() {
        let added = Added {
            identities: vec![vec![0, 255, 16], vec![1]],
            aside: Some(7),
            facet: Some("frp".to_owned()),
            credentials: true,
        };
        assert_eq!(Added::parse(&added.to_text()), added);
        assert!(Added::parse("").identities.is_empty());
    }
}
