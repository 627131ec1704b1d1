//! The old server's token of a login here, on paths that are passed to it: a bare token in `Authorization` (contract section 1.3).

use std::time::Duration;

use dragoman_accounts::{LoginName, Member, OwnSession};
use dragoman_dialect::{
    Swapped, TokenPlace, TokenSwap, async_trait,
    predecessor::{Entry, OldSession, There, Undecided, post_json},
};
use serde_json::json;

use crate::{
    Mount,
    auth::{LEGACY_KEY, member_of},
    error::Refusal,
    token,
    upstream::enter,
};

impl Mount {
    fn is_of_old_server(&self, token: &str) -> bool {
        self.settings.get().signing_key.as_deref() != Some(LEGACY_KEY) && token::is_signed(token, LEGACY_KEY)
    }

    /// After a password was set by somebody else (`/admin/upwd`), who does not know the one before.
    pub async fn end_there(&self, target: &Member) {
        let Some(old) = &self.predecessor else { return };
        old.end(&self.accounts, target.account.number).await;
    }

    /// After a login here: its session there is kept, or begun in the background.
    pub async fn accompany(&self, member: &Member, token: &str, (username, password): (&str, &str), there: There) {
        let Some(old) = &self.predecessor else { return };
        let life = u64::try_from(self.settings.get().session_seconds).unwrap_or_default();
        let account = member.account.number;
        let own = OwnSession::Signed { token: token.to_owned(), account, life: Duration::from_secs(life) };
        let entry = Entry { own, account, sent: password };
        let (username, password) = (username.to_owned(), password.to_owned());
        let log_in = |old| async move {
            let entered = enter(&old, &username, &password).await?;
            Ok(entered.map(|(token, _)| OldSession::lasting(token)))
        };
        old.accompany((&self.accounts, &self.realm), entry, there, log_in).await;
    }

    /// After a password change here (`/upwd`).
    pub async fn tell_of_password(&self, target: &Member, old_password: &str, new_password: &str) {
        let Some(old) = &self.predecessor else { return };
        let name = LoginName::Username(target.username.clone());
        let (username, before) = (target.username.clone(), old_password.to_owned());
        let fields = json!({"username": username, "oldpwd": before, "newpwd": new_password});
        let tell = |old| async move {
            let Some((token, _)) = enter(&old, &username, &before).await? else { return Ok::<_, Undecided>(false) };
            let reply = old.ask(post_json("/upwd", &fields).with("Authorization", &token)).await?;
            Ok(reply.status() == 200)
        };
        old.after_password_change(&self.accounts, target.account.number, &name, tell).await;
    }
}

#[async_trait]
impl TokenSwap for Mount {
    fn places(&self) -> &'static [TokenPlace] {
        &[TokenPlace::Header("Authorization")]
    }

    async fn swap(&self, token: &str) -> Swapped {
        let Some(old) = &self.predecessor else { return Swapped::AsItIs };
        let member = match self.signed_claims(token).await {
            // Where the old server's key is taken, its tokens are its own.
            Ok(_) if self.is_of_old_server(token) => return Swapped::AsItIs,
            Ok(signed) => member_of(self, signed).await,
            Err(Refusal::BAD_TOKEN) => match self.adopted(token).await {
                Ok(Some(member)) => Ok(member),
                Ok(None) => return Swapped::AsItIs,
                Err(_) => return Swapped::Withheld,
            },
            // Nobody knows whose it is.
            Err(refusal) => Err(refusal),
        };
        let Some(member) = member.ok().filter(|member| !member.account.locked) else { return Swapped::Withheld };
        let account = Some(member.account.number);
        old.swap((&self.accounts, &self.realm), account, token, |_, _| async { Ok(None) }).await
    }
}
