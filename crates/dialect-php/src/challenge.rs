//! The login token and the captcha: both belong to one session (2.7, section 4 rows 7 to 9).

use std::time::Duration;

use dragoman_accounts::{AccountError, Challenge, ChallengePolicy};
use dragoman_passwords::Secret;

use crate::{Mount, auth::LiveSession};

const LOGIN_TOKEN: &str = "login token";
const CAPTCHA: &str = "captcha";
const CAPTCHA_DIGITS: usize = 4;

impl Mount {
    /// A login token for a session, in the place of its former one (8.1).
    pub async fn issue_login_token(&self, session: &str) -> Result<String, AccountError> {
        let token = self.accounts.randomness().hex(16);
        let life = Duration::from_secs(self.settings.get().login_token_seconds.into());
        let challenge = Challenge {
            purpose: LOGIN_TOKEN,
            handle: session.to_owned(),
            answer: token.clone(),
            account: None,
            policy: ChallengePolicy::lasting(life),
        };
        self.accounts.issue_challenge(&self.realm, challenge).await?;
        Ok(token)
    }

    /// Whether this is the live login token of the session. A failed attempt does not use it up.
    pub async fn is_login_token(&self, session: Option<&LiveSession>, sent: &str) -> Result<bool, AccountError> {
        let Some(session) = session else { return Ok(false) };
        let live = self.accounts.peek_challenge(&self.realm, LOGIN_TOKEN, &session.id).await?;
        Ok(live.is_some_and(|(token, _)| Secret::from(token) == Secret::from(sent)))
    }

    /// Uses a session's login token up. A login does so by changing the id, a registration asks for it.
    pub async fn spend_login_token(&self, session: &str) -> Result<(), AccountError> {
        self.accounts.withdraw_challenge(&self.realm, LOGIN_TOKEN, session).await
    }

    /// The digits of a new captcha for a session, in the place of its former one (8.2).
    pub async fn issue_captcha(&self, session: &str) -> Result<String, AccountError> {
        let digits = self.accounts.randomness().text(b"0123456789", CAPTCHA_DIGITS);
        let life = Duration::from_secs(self.settings.get().captcha_seconds.into());
        let challenge = Challenge {
            purpose: CAPTCHA,
            handle: session.to_owned(),
            answer: digits.clone(),
            account: None,
            // The first comparison deletes it, right or wrong, so that of many at once one can be right.
            policy: ChallengePolicy::lasting(life).with_tries(1),
        };
        self.accounts.issue_secret(&self.realm, challenge).await?;
        Ok(digits)
    }

    /// Compares, as texts, and deletes the captcha of a session. Errors: `UnknownChallenge`, `ExpiredChallenge`,
    /// `WrongAnswer`.
    pub async fn answer_captcha(&self, session: Option<&LiveSession>, sent: &str) -> Result<(), AccountError> {
        let session = session.ok_or(AccountError::UnknownChallenge)?;
        self.accounts.answer_secret(&self.realm, CAPTCHA, &session.id, sent).await
    }
}
