//! What administrators and operators do to accounts.

use dragoman_passwords::View;
use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, Authority, Origin, Realm, Role,
    account::{IDENTITY_BYTES, is_storable},
    address::{self, is_acceptable},
    code_counters,
    identity::{EVERYWHERE, IdentityKind},
    queries::{
        accounts, audit, challenges,
        counters::{self, LIVE_ACCOUNTS, ROLE_CHANGES},
        credentials, facets, identities, mails, second_factors, sessions, throttles,
    },
    realm::Admission,
    refuse,
    throttle::keys_of_account,
    use_cases::{
        authorisation::{allow_role, authorise},
        registration::{NewEmail, claim_email, claim_name},
        session_ends::end_everything,
    },
};

/// After a change: refuses it if nobody is left who could undo it. Such changes run one after the other.
fn keep_a_super_administrator(connection: &mut Connection) -> Result<(), Aborted<AccountError>> {
    match accounts::count_unlocked_super_administrators(connection)? {
        0 => refuse(AccountError::LastSuperAdministrator),
        _ => Ok(()),
    }
}

impl Accounts {
    /// Locks or unlocks an account. Nothing is deleted; what a lock means for live tokens is each dialect's affair (R5).
    pub async fn set_locked(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        locked: bool,
        origin: Origin,
    ) -> Result<(), AccountError> {
        let action = if locked { "locked" } else { "unlocked" };
        self.change(realm, authority, target, action, origin, move |connection| {
            Ok(accounts::set_locked(connection, target, locked).map(|_| ())?)
        })
        .await
    }

    /// Deletes an account: its names are free, its sessions dead, its number never used again (R4).
    pub async fn delete(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        origin: Origin,
    ) -> Result<(), AccountError> {
        let now = self.inner.clock.now();
        self.change(realm, authority, target, "deleted", origin, move |connection| {
            // In the order of a registration, or one that takes the freed name would wait for this write and this for it.
            counters::add(connection, LIVE_ACCOUNTS, -1)?;
            for identity in identities::all_of_account(connection, target)? {
                if identity.kind == IdentityKind::Email.to_stored() {
                    mails::delete_all_to(connection, &identity.value)?;
                }
                identities::release(connection, &identity)?;
            }
            credentials::delete_all(connection, target)?;
            sessions::delete_all_of_account(connection, target)?;
            challenges::delete_all_of_account(connection, target)?;
            facets::delete_all(connection, target)?;
            second_factors::delete(connection, target)?;
            Ok(accounts::bury(connection, target, now).map(|_| ())?)
        })
        .await
    }

    /// Gives an account another role; an actor gives none above its own.
    pub async fn set_role(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        role: Role,
        origin: Origin,
    ) -> Result<(), AccountError> {
        self.change(realm, authority, target, "role changed", origin, move |connection| {
            allow_role(connection, authority, role)?;
            Ok(accounts::set_role(connection, target, role).map(|_| ())?)
        })
        .await
    }

    /// Renames an account wherever the realm's new names count, and drops the digest that holds the old name (N6).
    pub async fn rename(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        name: String,
        origin: Origin,
    ) -> Result<(), AccountError> {
        if !is_storable(&name, IDENTITY_BYTES) {
            return Err(AccountError::NotStorable);
        }
        let within = realm.clone();
        self.change(realm, authority, target, "renamed", origin, move |connection| {
            rename_within(connection, &within, target, &name)
        })
        .await
    }

    /// Sets or removes the address an account shows and logs in with. `verified`: its owner proved it, or the operator says so.
    pub async fn set_email(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        address: Option<String>,
        verified: bool,
        origin: Origin,
    ) -> Result<(), AccountError> {
        if address.as_ref().is_some_and(|address| !is_storable(address, IDENTITY_BYTES) || !is_acceptable(address)) {
            return Err(AccountError::NotStorable);
        }
        let within = realm.clone();
        self.change(realm, authority, target, "address changed", origin, move |connection| {
            for identity in identities::all_of_account(connection, target)? {
                if identity.kind == IdentityKind::Email.to_stored() {
                    identities::release(connection, &identity)?;
                }
            }
            if let Some(address) = &address {
                let email = NewEmail { address: address.clone(), verified };
                claim_email(connection, &within, target, &email)?;
            }
            Ok(accounts::set_email(connection, target, address.as_deref()).map(|_| ())?)
        })
        .await
    }

    /// Forgets an account's failed logins and the wrong codes for its addresses: it is not throttled any more, from wherever
    /// it comes.
    pub async fn forget_failures(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        origin: Origin,
    ) -> Result<(), AccountError> {
        self.change(realm, authority, target, "failures forgotten", origin, move |connection| {
            Ok(forget_failures(connection, target)?)
        })
        .await
    }

    /// Ends every session of an account, of every dialect, and refuses its stateless tokens, on somebody's word.
    pub async fn end_sessions_of(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        origin: Origin,
    ) -> Result<(), AccountError> {
        let now = self.inner.clock.now();
        self.change(realm, authority, target, "sessions ended", origin, move |connection| {
            Ok(end_everything(connection, target, now).map(drop)?)
        })
        .await
    }

    /// One authorised change of one account, recorded, which leaves a super administrator.
    pub(super) async fn change<F>(
        &self,
        realm: &Realm,
        authority: Authority,
        target: AccountNumber,
        action: &'static str,
        origin: Origin,
        work: F,
    ) -> Result<(), AccountError>
    where
        F: Fn(&mut Connection) -> Result<(), Aborted<AccountError>> + Send + Sync + 'static,
    {
        let (dialect, now) = (realm.dialect, self.inner.clock.now());
        self.write(move |connection| {
            authorise(connection, authority, target)?;
            let critical =
                accounts::find(connection, target)?.is_some_and(|target| target.role == Role::SuperAdministrator);
            if critical {
                counters::add(connection, ROLE_CHANGES, 1)?;
            }
            work(connection)?;
            if critical {
                keep_a_super_administrator(connection)?;
            }
            let entry = audit::AuditEntry {
                at: now,
                account: target,
                actor: authority.actor(),
                action,
                dialect,
                network: origin.network.as_deref(),
            };
            Ok(audit::append(connection, &entry)?)
        })
        .await
    }
}

fn forget_failures(connection: &mut Connection, account: AccountNumber) -> diesel::QueryResult<()> {
    for identity in identities::all_of_account(connection, account)? {
        if identity.kind == IdentityKind::Email.to_stored() {
            throttles::clear(connection, &code_counters::address_key(&address::compared(&identity.value)))?;
        }
    }
    let (first, last) = keys_of_account(account);
    throttles::clear_range(connection, &first, &last)
}

/// The new name takes the place of the one this realm shows, and of the one that counts everywhere.
pub(crate) fn rename_within(
    connection: &mut Connection,
    realm: &Realm,
    target: AccountNumber,
    name: &str,
) -> Result<(), Aborted<AccountError>> {
    let own = identities::of_account(connection, target, IdentityKind::Username, &realm.scope)?;
    let shared = match realm.admits {
        Admission::Everywhere => identities::of_account(connection, target, IdentityKind::Username, EVERYWHERE)?,
        Admission::Own => None,
    };
    let shown = own.as_ref().or(shared.as_ref());
    if shown.is_some_and(|shown| shown.value == name) {
        return Ok(());
    }
    for old in own.iter().chain(&shared) {
        identities::release(connection, old)?;
    }
    claim_name(connection, realm, target, name)?;
    Ok(credentials::delete_view(connection, target, View::UserMd5.name())?)
}
