//! Section 3.1: registration.

use actix_web::{HttpResponse, web::Data};
use dragoman_accounts::{AccountError, NewEmail, NewPassword, Registration, Role};
use dragoman_dialect::Facet;
use dragoman_passwords::Secret;

use crate::{
    Mount,
    auth::Call,
    envelope::success,
    error::{Endpoint, Refusal},
    member::MedusaFacet,
    secret::is_secret,
    wire::Wanted,
};

/// POST registered
pub async fn register(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    let captcha = call.captcha()?;
    let captcha = mount.spend(captcha, Endpoint::RegisterLookUp).await?;
    let settings = mount.settings.get();
    if !settings.registration_open {
        return Err(Refusal::REGISTRATION_CLOSED);
    }
    let wanted = Wanted::read(&call.fields)?;
    let is_right = is_secret(wanted.key, &settings.registration_key);
    let weighed = mount.accounts.weigh_secret(&mount.realm, "registration", is_right, &call.origin).await;
    if !weighed.map_err(|error| Refusal::of(Endpoint::RegisterLookUp, error))? {
        return Err(Refusal::WRONG_REGISTRATION_KEY);
    }
    mount.check_free(&wanted).await?;
    mount.register_there(&captcha, &wanted).await?;
    let facet = MedusaFacet::fresh(mount.accounts.randomness());
    let registration = Registration {
        username: wanted.username.to_owned(),
        password: NewPassword::Plain(Secret::new(wanted.passwd)),
        role: Role::User,
        authority: None,
        display_name: Some(wanted.show_name.to_owned()),
        bio: None,
        // one-domain.md E2: any text, never proven, so it counts in this scope only.
        email: Some(NewEmail { address: wanted.email.to_owned(), verified: false }),
        facet: Some((MedusaFacet::NAME, facet.encode().map_err(|_| Endpoint::Register.failure())?)),
        origin: call.origin,
    };
    let made = mount.accounts.register(&mount.realm, registration).await;
    made.map_err(|error| Refusal::of(Endpoint::Register, error))?;
    Ok(success("注册成功"))
}

impl Mount {
    /// Row 8 stands before row 10: what is taken is told before what cannot be kept.
    async fn check_free(&self, wanted: &Wanted<'_>) -> Result<(), Refusal> {
        let refuse = |error| Refusal::of(Endpoint::RegisterLookUp, error);
        let name_is_free = self.accounts.is_free(&self.realm, wanted.username).await.map_err(refuse)?;
        if name_is_free && self.accounts.is_email_free(&self.realm, wanted.email).await.map_err(refuse)? {
            Ok(())
        } else {
            Err(refuse(AccountError::NameTaken))
        }
    }
}
