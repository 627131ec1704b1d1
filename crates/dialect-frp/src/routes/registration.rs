//! Section 7: registration with a mailed code.

use actix_web::web::Data;
use dragoman_accounts::{CodeAnswer, CodeBinding, NewEmail, NewPassword, Registration, Role};
use dragoman_dialect::Facet;
use dragoman_passwords::Secret;

use super::{
    mailing::{CODES, is_well_formed},
    session::PASSWORD,
};
use crate::{
    Mount,
    auth::Anonymous,
    envelope::{Success, Text},
    error::{Endpoint, Refusal},
    plan::{Plan, fresh_token},
    wire::Fields,
};

/// Longest QQ number that is kept, in characters.
const QQ: usize = 32;

/// POST users/register
pub async fn register(mount: Data<Mount>, request: Anonymous) -> Result<Success<Text<'static>>, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::Register, error);
    // one-domain.md R11.
    if !mount.settings.get().registration_open {
        return Err(Refusal::CLOSED);
    }
    let Anonymous { fields, origin } = request;
    let form = Form::read(&fields)?;
    let qq: String = fields.text("qq").unwrap_or_default().chars().take(QQ).collect();
    if mount.register_there(&form, &qq, &origin).await? {
        return Ok(DONE);
    }
    let plan = Plan { qq, frp_token: fresh_token(mount.accounts.randomness()), ..Plan::default() };
    let registration = Registration {
        username: form.username.to_owned(),
        password: NewPassword::Plain(Secret::new(form.password)),
        role: Role::User,
        authority: None,
        display_name: None,
        bio: None,
        email: Some(NewEmail { address: form.email.to_owned(), verified: true }),
        facet: Some((Plan::NAME, plan.to_body().map_err(refuse)?)),
        origin: origin.clone(),
    };
    let code = CodeAnswer {
        purpose: CODES,
        binding: CodeBinding::Address,
        address: form.email.to_owned(),
        code: form.verify.to_owned(),
        opens: Role::User,
        origin,
    };
    mount.accounts.register_proven(&mount.realm, registration, code).await.map_err(refuse)?;
    Ok(DONE)
}

const DONE: Success<Text<'static>> = Success(Text { msg: "注册成功，欢迎使用LoCyan Frp Experience" });

/// The fields that must be there.
pub struct Form<'f> {
    pub username: &'f str,
    pub password: &'f str,
    pub email: &'f str,
    pub verify: &'f str,
}

impl<'f> Form<'f> {
    /// Rows 1 to 4, in their order.
    fn read(fields: &'f Fields) -> Result<Self, Refusal> {
        let (Some(username), Some(password), Some(confirmed), Some(email), Some(verify)) = (
            fields.text("username"),
            fields.password("password"),
            fields.password("confirm_password"),
            fields.text("email"),
            fields.text("verify"),
        ) else {
            return Err(Refusal::INCOMPLETE);
        };
        if password != confirmed {
            return Err(Refusal::PASSWORDS_DIFFER);
        }
        if !is_allowed(username) {
            return Err(Refusal::BAD_NAME);
        }
        if password.chars().count() < PASSWORD {
            return Err(Refusal::SHORT_PASSWORD);
        }
        if !is_well_formed(email) {
            return Err(Refusal::BAD_EMAIL);
        }
        Ok(Self { username, password, email, verify })
    }
}

/// Excludes what clients would stumble over: `@`, `.` and `|` above all.
fn is_allowed(username: &str) -> bool {
    (3..=32).contains(&username.len())
        && username.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names() {
        for name in ["abc", "A-b_9", &"x".repeat(32)] {
            assert!(is_allowed(name), "{name}");
        }
        for name in ["", "ab", &"x".repeat(33), "a.b", "a@b", "a|b", "a b", "名字名", "é12"] {
            assert!(!is_allowed(name), "{name}");
        }
    }
}
