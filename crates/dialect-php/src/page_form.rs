//! What a page with a login or registration form sends (section 4 rows 2 to 5).

use crate::{error::Refusal, form::Form, settings::Settings};

/// Where what a captcha shows is told, if it is.
pub const SHOWN: &str = "X-Dragoman-Captcha-Answer";

/// The fields that the login and the registration page send alike.
pub struct PageForm<'f> {
    pub username: &'f str,
    pub password: &'f str,
    pub captcha: &'f str,
    /// Absent only where none is required.
    pub login_token: Option<&'f str>,
}

impl<'f> PageForm<'f> {
    /// Login rows 2 to 5.
    pub fn read(form: &'f Form, settings: &Settings) -> Result<Self, Refusal> {
        Ok(Self {
            username: form.text("username").ok_or(Refusal::NO_USERNAME)?,
            password: form.text("password").ok_or(Refusal::NO_PASSWORD)?,
            captcha: form.text("captcha").ok_or(Refusal::NO_CAPTCHA)?,
            login_token: match settings.require_login_token {
                true => Some(form.text("login_token").ok_or(Refusal::NO_LOGIN_TOKEN)?),
                false => None,
            },
        })
    }
}
