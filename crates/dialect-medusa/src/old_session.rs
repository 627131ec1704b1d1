//! The old server's token of a login here, on paths that are passed to it: in a header or a member `token` (contract sections 2.3 and
//! 3.8). It begins a session for a captcha only, so nothing of this is done in the background.

use dragoman_accounts::{AccountError, LoginName, Member, Origin, OwnSession};
use dragoman_dialect::{
    Swapped, TokenPlace, TokenSwap, async_trait,
    predecessor::{Entry, Settled, There},
};
use dragoman_passwords::Presented;

use crate::{Mount, captcha::Captcha, upstream::change_password};

/// Who is about to change a password here, and whether it is changed there already.
pub struct Change {
    pub name: LoginName,
    pub is_told: bool,
}

impl Mount {
    /// After a login here: what the old server gave with it is kept.
    pub async fn accompany(&self, member: &Member, token: &str, (username, password): (&str, &str), there: There) {
        let Some(old) = &self.predecessor else { return };
        let name = LoginName::Username(username.to_owned());
        let own = OwnSession::Stored(token.to_owned());
        let entry = Entry { own, account: member.account.number, name: &name, sent: password.as_bytes() };
        old.keep_entry((&self.accounts, &self.realm), entry, there).await;
    }

    /// Before a password change: as [`Mount::settle`]. Where the old server is told of it, its own call judges the captcha, once the old
    /// password has been proven here.
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
            && let Some(member) = self.accounts.find_by_name(&self.realm, username, "").await?
        {
            let (account, present) = (member.account.number, Presented::plain(before));
            let proof = self.accounts.verify_password(&self.realm, account, present, origin.clone()).await;
            if let Err(wrong) = proof {
                self.judge_there(old, key, text).await?;
                return Err(wrong);
            }
            let is_told = change_password(old, username, (before, new), (key, text)).await?;
            return Ok(Change { name, is_told });
        }
        let Settled { name, .. } = self.settle(username, before, captcha, (origin, false)).await?;
        Ok(Change { name, is_told: false })
    }

    /// After a password change or a reset here.
    pub async fn end_there(&self, name: &str) {
        let Some(old) = &self.predecessor else { return };
        old.forget_refusals(&LoginName::Username(name.to_owned()));
        match self.accounts.find_by_name(&self.realm, name, "").await {
            Ok(Some(member)) => old.end(&self.accounts, member.account.number).await,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "sessions of the old server were not forgotten after a password change")
            }
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
