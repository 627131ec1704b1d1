//! Where a signed-in super administrator works: who it is, in which language, and what its forms must bring along.

use std::future::Future;
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use dragoman_accounts::{AccountError, Accounts, Authority, Member, Origin, Realm, Role};
use dragoman_passwords::{Presented, Secret};

use crate::{
    House,
    texts::{Texts, texts_for},
    tokens,
    trouble::{Cause, Trouble},
};

/// What a session is good for.
pub(crate) const CONSOLE: &str = "console";
/// A session that is good for setting up a second factor only.
pub(crate) const SET_UP: &str = "set up";

/// A signed-in super administrator.
pub(crate) struct Desk {
    pub house: Data<House>,
    pub texts: &'static Texts,
    pub operator: Member,
    /// What its forms hold.
    pub form_token: String,
    pub origin: Origin,
    token: String,
}

impl Desk {
    /// Whoever holds a session of a purpose, if it is over neither by rest nor by age.
    pub(crate) async fn of(request: &HttpRequest, purpose: &str) -> Result<Self, Trouble> {
        let texts = texts_for(request);
        let trouble = |cause| Trouble::new(cause, texts);
        let house =
            request.app_data::<Data<House>>().cloned().ok_or(trouble(Cause::Refused(AccountError::Internal)))?;
        let token = tokens::of(request, tokens::SESSION).ok_or(trouble(Cause::NotSignedIn))?;
        let found = house.accounts.resolve_idle_token(&house.realm(), &token, house.idle, "").await;
        let session = found
            .map_err(|error| trouble(Cause::Refused(error)))?
            .filter(|session| !session.expired && session.purpose == purpose)
            .filter(|session| session.begun_at.plus(house.session) > house.accounts.clock().now())
            .ok_or(trouble(Cause::NotSignedIn))?;
        let is_entitled = |member: &Member| !member.account.locked && member.account.role == Role::SuperAdministrator;
        let operator = session.member.filter(is_entitled).ok_or(trouble(Cause::NotSignedIn))?;
        let origin = house.origin(request);
        Ok(Self { form_token: tokens::form_token(&token), house, texts, operator, origin, token })
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.house.accounts
    }

    pub(crate) fn realm(&self) -> Realm {
        self.house.realm()
    }

    /// On whose word accounts are changed from here.
    pub(crate) fn authority(&self) -> Authority {
        Authority::NotBelow(self.operator.account.number)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn trouble(&self, cause: Cause) -> Trouble {
        Trouble::new(cause, self.texts)
    }

    pub(crate) fn refused(&self, error: AccountError) -> Trouble {
        self.trouble(Cause::Refused(error))
    }

    /// Refuses a form that was not made for this session.
    pub(crate) fn check_form(&self, given: &str) -> Result<(), Trouble> {
        if tokens::fits(&self.token, given) { Ok(()) } else { Err(self.trouble(Cause::WrongForm)) }
    }

    /// Before what cannot be undone: whoever sits here knows the password.
    pub(crate) async fn check_password(&self, password: &str) -> Result<(), Trouble> {
        let presented = Presented::Plain(Secret::from(password));
        let number = self.operator.account.number;
        let checked = self.accounts().verify_password(&self.realm(), number, presented, self.origin.clone()).await;
        checked.map_err(|error| self.refused(error))
    }
}

impl FromRequest for Desk {
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Trouble>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request, CONSOLE).await })
    }
}
