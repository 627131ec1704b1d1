//! The tokens of a login: both generations at once, one session (section 1, section 8).

use std::time::Duration;

use dragoman_accounts::{NewSession, NewToken, SessionLimit};

use crate::{
    Mount,
    settings::{Generation, Settings},
    wire::Tokens,
};

/// The purpose of access tokens.
pub const ACCESS: &str = "access_tokens";
/// The purpose of refresh tokens.
pub const REFRESH: &str = "refresh_tokens";
/// The purpose of 1.1's only token.
pub const TOKEN: &str = "tokens";

/// Of refresh tokens and of 1.1's token.
const LONG_LIFE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Observed (`g110-sessions`): a login that finds three live sessions leaves the newest of them and its own.
const LIMIT: SessionLimit = SessionLimit::Trim { live: 3, kept: 1 };
/// Random bytes of a token.
const TOKEN_BYTES: usize = 24;

impl Mount {
    fn token_text(&self) -> String {
        self.accounts.randomness().hex(TOKEN_BYTES)
    }

    /// A fresh access token. It is remembered as long as its refresh token could live: expired is not unknown
    /// (one-domain.md R9).
    pub fn access_token(&self, settings: &Settings) -> NewToken {
        let seconds = u64::from(settings.access_token_seconds) + u64::from(settings.access_token_grace_seconds);
        let life = Duration::from_secs(seconds);
        NewToken { remembered: LONG_LIFE.saturating_sub(life), ..NewToken::new(ACCESS, self.token_text(), Some(life)) }
    }

    /// The session that a login begins, and how it is answered.
    pub fn new_session(&self) -> (NewSession, Tokens) {
        let settings = self.settings.get();
        let long = |purpose| NewToken::new(purpose, self.token_text(), Some(LONG_LIFE));
        let tokens = match settings.generation {
            Generation::Both => vec![self.access_token(&settings), long(REFRESH), long(TOKEN)],
            Generation::AccessAndRefresh => vec![self.access_token(&settings), long(REFRESH)],
            Generation::Single => vec![long(TOKEN)],
        };
        let text = |purpose| tokens.iter().find(|token| token.purpose == purpose).map(|token| token.token.clone());
        let answer = Tokens { access_token: text(ACCESS), refresh_token: text(REFRESH), token: text(TOKEN) };
        (NewSession { tokens, limit: LIMIT, replaces: None }, answer)
    }

    /// A session that a fixture's account has from the start.
    pub fn seeded_session(&self, token: String) -> NewSession {
        NewSession {
            tokens: vec![NewToken::new(TOKEN, token, Some(LONG_LIFE))],
            limit: SessionLimit::None,
            replaces: None,
        }
    }
}
