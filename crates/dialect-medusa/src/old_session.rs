//! The old server's token of a login here, on paths that are passed to it: in a header or a member `token` (contract sections 2.3 and
//! 3.8). It begins a session for a captcha only, so nothing of this is done in the background.

use dragoman_accounts::{AccountError, AccountNumber, LoginName, Origin};
use dragoman_dialect::{Swapped, TokenPlace, TokenSwap, async_trait, predecessor::Settled};
use dragoman_passwords::Presented;

use crate::{Mount, captcha::Captcha, upstream::change_password};

/// Who is about to change a password here, and whether it is changed there already.
pub struct Change {
    pub name: LoginName,
    pub is_told: bool,
}

impl Mount {
    /// Before a password change: as [`Mount::settle`]. Where the old server is told of it, its own call judges the captcha, if the old
    /// password is right here. A wrong one is counted by the change itself, once the captcha was right.
    pub async fn settle_change(
        &self,
        username: &str,
        (before, new): (&str, &str),
        captcha: &Captcha,
        origin: &Origin,
    ) -> Result<Change, AccountError> {
        let name = LoginName::Username(username.to_owned());
        if let (Some(old), Captcha::There { key, text }) = (&self.predecessor, captcha)
            && old.is_told()
            && !old.judges(&self.accounts, &self.realm, &name, origin).await?
            && self.accounts.proves(&self.realm, &name, Presented::plain(before), origin).await?.is_some()
        {
            let is_told = change_password(old, username, (before, new), (key, text)).await?;
            return Ok(Change { name, is_told });
        }
        let Settled { name, .. } = self.settle(username, before, captcha, (origin, false)).await?;
        Ok(Change { name, is_told: false })
    }

    /// After a password change here.
    pub async fn tell_of_change(&self, account: AccountNumber, change: &Change) {
        match &self.predecessor {
            Some(old) if change.is_told => old.has_taken_over_password(account, &change.name),
            Some(old) => old.end(&self.accounts, account).await,
            None => {}
        }
    }
}

#[async_trait]
impl TokenSwap for Mount {
    fn places(&self) -> &'static [TokenPlace] {
        &[TokenPlace::Header("token"), TokenPlace::Member("token")]
    }

    async fn swap(&self, token: &str) -> Swapped {
        let Some(old) = &self.predecessor else { return Swapped::AsItIs };
        let session = match self.accounts.resolve_token(&self.realm, token, "").await {
            Ok(Some(session)) => session,
            Ok(None) => return Swapped::AsItIs,
            Err(_) => return Swapped::Withheld,
        };
        let is_live = self.is_live(&session);
        let Some(member) = session.member.filter(|member| is_live && !member.account.locked) else {
            return Swapped::Withheld;
        };
        let account = Some(member.account.number);
        old.swap((&self.accounts, &self.realm), account, token, |_, _| async { Ok(None) }).await
    }
}
