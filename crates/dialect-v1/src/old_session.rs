//! The old server's session of a login here, on paths that are passed to it: a bare token in `Authorization` (contract section 2). Its
//! password is changed by codes alone, which it mails itself, so it is never told of a new one.

use dragoman_accounts::AccountNumber;
use dragoman_dialect::{
    Facet, Swapped, TokenPlace, TokenSwap, async_trait,
    predecessor::{Entry, There},
};

use crate::{
    Mount,
    member::V1Facet,
    session::{ACCESS, REFRESH},
    upstream::{enter, renew},
};

impl Mount {
    /// After a login by password here: its session there is kept, or begun in the background.
    pub async fn accompany(&self, account: AccountNumber, token: &str, (email, password): (&str, &str), there: There) {
        let Some(old) = &self.predecessor else { return };
        let entry = Entry::stored(account, token, password);
        let (email, password, now) = (email.to_owned(), password.to_owned(), self.accounts.clock().now());
        let log_in = |old| async move { enter(&old, &email, &password, now).await };
        old.accompany((&self.accounts, &self.realm), entry, there, log_in).await;
    }
}

#[async_trait]
impl TokenSwap for Mount {
    fn places(&self) -> &'static [TokenPlace] {
        &[TokenPlace::Header("Authorization")]
    }

    async fn swap(&self, token: &str) -> Swapped {
        let Some(old) = &self.predecessor else { return Swapped::AsItIs };
        let session = match self.accounts.resolve_token(&self.realm, token, V1Facet::NAME).await {
            Ok(Some(session)) => session,
            Ok(None) => return Swapped::AsItIs,
            Err(_) => return Swapped::Withheld,
        };
        if session.expired && session.purpose == ACCESS {
            // Clients of 1.0 renew theirs when they are told so (section 8).
            return old.swap_ended((&self.accounts, &self.realm), token).await;
        }
        // A refresh token is for its own endpoint only (contract section 2).
        let is_usable = !session.expired && session.purpose != REFRESH;
        let live = session.member.filter(|member| is_usable && !member.account.locked);
        let Some(member) = live else { return Swapped::Withheld };
        let (account, now) = (Some(member.account.number), self.accounts.clock().now());
        let renewing = |old, refresh_token: String| async move { renew(&old, &refresh_token, now).await };
        old.swap((&self.accounts, &self.realm), account, token, renewing).await
    }
}
