//! Changes of several parts of an account at once, by its owner or by an administrator: all of them or none.

use dragoman_store::{Aborted, Connection};
use std::{fmt, sync::Arc};

use crate::{
    AccountError, AccountNumber, Accounts, Authority, Origin, Realm, Role,
    account::{BODY_BYTES, IDENTITY_BYTES, TEXT_BYTES, is_storable},
    address::is_acceptable,
    identity::IdentityKind,
    queries::{accounts, audit, facets, identities},
    refuse,
    use_cases::{
        administration::rename_within,
        authorisation::allow_role,
        registration::{NewEmail, claim_email},
    },
};

/// Makes a facet's new body from the present one, within the write: two changes at once do not undo each other. `None`:
/// it stays as it is.
pub type FacetEdit = Arc<dyn Fn(Option<&str>) -> Result<Option<String>, AccountError> + Send + Sync>;

/// The parts of an account to overwrite; `None` leaves one as it is.
#[derive(Clone, Default)]
pub struct Amendment {
    /// The login name, renamed wherever the realm's new names count.
    pub username: Option<String>,
    /// The address. Unless it is the one the account has, nobody proved it (one-domain.md E2). The empty one is
    /// refused as taken.
    pub email: Option<String>,
    /// The role; nobody gives one above its own.
    pub role: Option<Role>,
    /// See [`crate::Account::display_name`]; `Some(None)` empties it.
    pub display_name: Option<Option<String>>,
    /// See [`crate::Account::bio`]; `Some(None)` empties it.
    pub bio: Option<Option<String>>,
    /// A facet and what becomes of it.
    pub facet: Option<(&'static str, FacetEdit)>,
}

impl fmt::Debug for Amendment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Amendment").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Changes an account on its owner's word. Errors: `NameTaken`, `EmailTaken`, `NotStorable`, `UnknownAccount`, and
    /// `Forbidden` for a role.
    pub async fn amend_own(
        &self,
        realm: &Realm,
        account: AccountNumber,
        amendment: Amendment,
        origin: Origin,
    ) -> Result<(), AccountError> {
        if amendment.role.is_some() {
            return Err(AccountError::Forbidden);
        }
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| {
            if !accounts::hold(connection, account)? {
                return refuse(AccountError::UnknownAccount);
            }
            amendment.apply(connection, &realm, account)?;
            let entry = audit::AuditEntry {
                at: now,
                account,
                actor: Some(account),
                action: "profile changed",
                dialect: realm.dialect,
                network: origin.network.as_deref(),
            };
            Ok(audit::append(connection, &entry)?)
        })
        .await
    }

    /// Changes an account on somebody else's word. A taken name or address is told even if there is no such account.
    ///
    /// Errors: `NameTaken`, `EmailTaken`, `UnknownAccount`, `Forbidden`, `LastSuperAdministrator`, `NotStorable`.
    pub async fn amend(
        &self,
        realm: &Realm,
        authority: Authority,
        target: Option<AccountNumber>,
        amendment: Amendment,
        origin: Origin,
    ) -> Result<(), AccountError> {
        let (within, wanted) = (realm.clone(), amendment.clone());
        self.read(move |connection| wanted.check_free(connection, &within, target)).await??;
        let Some(target) = target else { return Err(AccountError::UnknownAccount) };
        let within = realm.clone();
        self.change(realm, authority, target, "account changed", origin, move |connection| {
            if let Some(role) = amendment.role {
                allow_role(connection, authority, role)?;
            }
            amendment.apply(connection, &within, target)
        })
        .await
    }

    /// Whether an account may have a name: nobody else is found by it in the realm.
    pub async fn is_free_for(&self, realm: &Realm, account: AccountNumber, name: &str) -> Result<bool, AccountError> {
        let wanted = Amendment { username: Some(name.to_owned()), ..Amendment::default() };
        let realm = realm.clone();
        Ok(self.read(move |connection| wanted.check_free(connection, &realm, Some(account))).await?.is_ok())
    }
}

impl Amendment {
    /// Whether nobody else has the name and the address.
    fn check_free(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        account: Option<AccountNumber>,
    ) -> diesel::QueryResult<Result<(), AccountError>> {
        let wanted = [
            (IdentityKind::Username, &self.username, AccountError::NameTaken),
            (IdentityKind::Email, &self.email, AccountError::EmailTaken),
        ];
        for (kind, value, taken) in wanted {
            let Some(value) = value else { continue };
            let holder = identities::find(connection, realm, kind, value)?;
            if holder.is_some_and(|holder| account.is_none_or(|account| holder.account != account.0)) {
                return Ok(Err(taken));
            }
        }
        Ok(if self.email.as_deref() == Some("") { Err(AccountError::EmailTaken) } else { Ok(()) })
    }

    fn is_storable(&self) -> bool {
        [&self.username, &self.email].into_iter().flatten().all(|text| is_storable(text, IDENTITY_BYTES))
            && self.email.as_deref().is_none_or(is_acceptable)
            && [&self.display_name, &self.bio].into_iter().flatten().flatten().all(|text| is_storable(text, TEXT_BYTES))
    }

    /// Within a write that holds the account.
    fn apply(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        account: AccountNumber,
    ) -> Result<(), Aborted<AccountError>> {
        self.check_free(connection, realm, Some(account))?.map_err(Aborted::Refused)?;
        if !self.is_storable() {
            return refuse(AccountError::NotStorable);
        }
        if let Some(name) = &self.username {
            rename_within(connection, realm, account, name)?;
        }
        if let Some(address) = &self.email {
            readdress(connection, realm, account, address)?;
        }
        if let Some(role) = self.role {
            accounts::set_role(connection, account, role)?;
        }
        if let Some(name) = &self.display_name {
            accounts::set_display_name(connection, account, name.as_deref())?;
        }
        if let Some(bio) = &self.bio {
            accounts::set_bio(connection, account, bio.as_deref())?;
        }
        let Some((name, edit)) = &self.facet else { return Ok(()) };
        let body = edit(facets::find(connection, account, name)?.as_deref()).map_err(Aborted::Refused)?;
        match body {
            None => Ok(()),
            Some(body) if is_storable(&body, BODY_BYTES) => Ok(facets::put(connection, account, name, &body)?),
            Some(_) => refuse(AccountError::NotStorable),
        }
    }
}

/// Gives an account another address. One that it has already stays as proven as it is, also when only its ASCII letter
/// case changes.
fn readdress(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    address: &str,
) -> Result<(), Aborted<AccountError>> {
    let own = identities::find(connection, realm, IdentityKind::Email, address)?;
    if own.as_ref().is_none_or(|own| own.value != address) {
        for identity in identities::all_of_account(connection, account)? {
            if identity.kind == IdentityKind::Email.to_stored() {
                identities::release(connection, &identity)?;
            }
        }
        // one-domain.md E9: whoever proved the one address has not proved another spelling of its domain.
        let verified = own.is_some_and(|own| own.verified && own.value.eq_ignore_ascii_case(address));
        claim_email(connection, realm, account, &NewEmail { address: address.to_owned(), verified })?;
    }
    accounts::set_email(connection, account, Some(address))?;
    Ok(())
}
