//! Logging in.

use dragoman_passwords::Presented;
use dragoman_store::Aborted;
use std::sync::Arc;

use crate::{
    AccountError, Accounts, LoginOutcome, Member, NewSession, Origin, Realm,
    identity::IdentityKind,
    queries::{accounts, facets},
    use_cases::{
        amendment::FacetEdit,
        facets::check_storable,
        password_check::{CHECKS, CheckedPassword, PasswordAttempt, Whose},
        sessions,
    },
};

/// By what an account is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginName {
    /// A login name.
    Username(String),
    /// An e-mail address.
    Email(String),
}

impl LoginName {
    pub(crate) fn into_whose(self) -> Whose {
        match self {
            Self::Username(name) => Whose::Identity(IdentityKind::Username, name),
            Self::Email(address) => Whose::Identity(IdentityKind::Email, address),
        }
    }
}

/// One try to log in.
pub struct LoginAttempt {
    /// By what the account is meant.
    pub name: LoginName,
    /// The password, or the digest of it that the client sent.
    pub presented: Presented,
    /// The tokens to begin with, for dialects whose tokens are stored.
    pub session: Option<NewSession>,
    /// The facet to give back with the account; `""` for none.
    pub facet: &'static str,
    /// From where.
    pub origin: Origin,
}

/// What a login that proved itself writes.
#[derive(Clone)]
struct Entry {
    session: Option<NewSession>,
    facet: &'static str,
    edit: Option<FacetEdit>,
}

impl Entry {
    fn writes_for(&self, checked: &CheckedPassword) -> bool {
        let edits = self.edit.as_ref().is_some_and(|edit| edit(checked.member.facet.as_deref()) != Ok(None));
        self.session.is_some() || edits || checked.leaves_traces()
    }
}

impl Accounts {
    /// Checks name and password and begins a session.
    ///
    /// Errors: `UnknownAccount`, `WrongPassword`, `Locked`, `Throttled`, `Busy`. Whether a dialect tells the first two
    /// apart is its own affair; they take the same time.
    pub async fn log_in(&self, realm: &Realm, attempt: LoginAttempt) -> Result<Member, AccountError> {
        self.log_in_as(realm, attempt, None).await
    }

    /// As [`Accounts::log_in`] where a second factor follows. Of the logins that are counted this is the end only if it is a refusal;
    /// [`Accounts::sign_in`] counts the others.
    pub async fn log_in_before_second_factor(
        &self,
        realm: &Realm,
        attempt: LoginAttempt,
    ) -> Result<Member, AccountError> {
        let outcome = self.try_to_log_in(realm, attempt, None).await;
        if outcome.is_err() {
            self.inner.activity.count_login(realm.dialect, LoginOutcome::of(&outcome));
        }
        outcome
    }

    /// As [`Accounts::log_in`]; an account without the facet gets `first_facet` in the same write, so that two first
    /// logins at once agree (one-domain.md E8).
    pub async fn log_in_with_first_facet(
        &self,
        realm: &Realm,
        attempt: LoginAttempt,
        first_facet: String,
    ) -> Result<Member, AccountError> {
        check_storable(&first_facet)?;
        let edit = move |present: Option<&str>| Ok(present.is_none().then(|| first_facet.clone()));
        self.log_in_as(realm, attempt, Some(Arc::new(edit))).await
    }

    /// As [`Accounts::log_in`]; the facet is edited in the same write, and given back as it is then (one-domain.md E8).
    pub async fn log_in_with_facet_edit(
        &self,
        realm: &Realm,
        attempt: LoginAttempt,
        edit: FacetEdit,
    ) -> Result<Member, AccountError> {
        self.log_in_as(realm, attempt, Some(edit)).await
    }

    async fn log_in_as(
        &self,
        realm: &Realm,
        attempt: LoginAttempt,
        edit: Option<FacetEdit>,
    ) -> Result<Member, AccountError> {
        let outcome = self.try_to_log_in(realm, attempt, edit).await;
        self.inner.activity.count_login(realm.dialect, LoginOutcome::of(&outcome));
        outcome
    }

    async fn try_to_log_in(
        &self,
        realm: &Realm,
        attempt: LoginAttempt,
        edit: Option<FacetEdit>,
    ) -> Result<Member, AccountError> {
        let LoginAttempt { name, presented, session, facet, origin } = attempt;
        let attempt = PasswordAttempt { whose: name.into_whose(), presented, facet, origin };
        let entry = Entry { session, facet, edit };
        for _ in 0..CHECKS {
            let checked = self.check_password(realm, attempt.clone(), false).await?;
            if !entry.writes_for(&checked) {
                return Ok(checked.member);
            }
            if let Some(member) = self.enter(realm, checked, entry.clone()).await? {
                return Ok(member);
            }
        }
        Err(AccountError::Busy)
    }

    /// Begins the session of a checked login; `None`: check again.
    async fn enter(
        &self,
        realm: &Realm,
        checked: CheckedPassword,
        entry: Entry,
    ) -> Result<Option<Member>, AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| {
            let Some(mut member) = checked.confirm(connection, now)? else { return Ok(None) };
            let number = member.account.number;
            accounts::set_last_login(connection, number, now)?;
            if let Some(session) = &entry.session {
                sessions::begin(connection, &realm, Some(number), session, now)?;
            }
            if let Some(edit) = &entry.edit {
                // Looked for again: another login may have made it since the account was read.
                let present = facets::find(connection, number, entry.facet)?;
                let body = edit(present.as_deref()).map_err(Aborted::Refused)?;
                if let Some(body) = &body {
                    check_storable(body).map_err(Aborted::Refused)?;
                    facets::put(connection, number, entry.facet, body)?;
                }
                member.facet = body.or(present);
            }
            Ok(Some(member))
        })
        .await
    }
}
