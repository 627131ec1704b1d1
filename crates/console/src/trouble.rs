//! Why a page is not shown: the one table from what happened to status and text.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use askama::Template;
use dragoman_accounts::AccountError;

use crate::{page::render, texts::Texts};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nobody is signed in, or the session is over.
    NotSignedIn,
    /// The form was not made for this session.
    WrongForm,
    /// Nothing is there.
    Unknown,
    /// What was typed cannot be used.
    Unusable,
    /// A use case refused.
    Refused(AccountError),
}

/// A page that only says what went wrong.
#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    texts: &'static Texts,
    text: &'static str,
}

/// A cause, told in somebody's language.
pub(crate) struct Trouble {
    pub cause: Cause,
    pub texts: &'static Texts,
}

impl Trouble {
    pub(crate) fn new(cause: Cause, texts: &'static Texts) -> Self {
        Self { cause, texts }
    }

    fn told(&self) -> (StatusCode, &'static str) {
        let texts = self.texts;
        match self.cause {
            Cause::NotSignedIn => (StatusCode::SEE_OTHER, texts.not_signed_in),
            Cause::WrongForm => (StatusCode::FORBIDDEN, texts.wrong_form),
            Cause::Unknown | Cause::Refused(AccountError::UnknownAccount) => (StatusCode::NOT_FOUND, texts.not_found),
            Cause::Unusable | Cause::Refused(AccountError::NotStorable) => (StatusCode::BAD_REQUEST, texts.unusable),
            Cause::Refused(error) => refused(error, texts),
        }
    }
}

fn refused(error: AccountError, texts: &Texts) -> (StatusCode, &'static str) {
    match error {
        AccountError::NameTaken => (StatusCode::CONFLICT, texts.name_taken),
        AccountError::EmailTaken => (StatusCode::CONFLICT, texts.email_taken),
        AccountError::NotStorable => (StatusCode::BAD_REQUEST, texts.unusable),
        AccountError::UnknownAccount | AccountError::UnknownChallenge | AccountError::ExpiredChallenge => {
            (StatusCode::NOT_FOUND, texts.not_found)
        }
        AccountError::WrongPassword | AccountError::WrongAnswer => (StatusCode::FORBIDDEN, texts.wrong_password),
        AccountError::Locked { .. } | AccountError::Forbidden => (StatusCode::FORBIDDEN, texts.forbidden),
        AccountError::Throttled => (StatusCode::TOO_MANY_REQUESTS, texts.throttled),
        AccountError::LastSuperAdministrator => (StatusCode::CONFLICT, texts.last_super_administrator),
        AccountError::Busy => (StatusCode::SERVICE_UNAVAILABLE, texts.busy),
        AccountError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, texts.database_away),
        AccountError::Internal => (StatusCode::INTERNAL_SERVER_ERROR, texts.internal),
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(formatter)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.cause)
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        self.told().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, text) = self.told();
        if self.cause == Cause::NotSignedIn {
            return HttpResponse::SeeOther().insert_header((header::LOCATION, "/sign-in")).finish();
        }
        render(status, &TroublePage { texts: self.texts, text })
    }
}
