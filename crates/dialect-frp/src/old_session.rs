//! The old server's session of a login here, on paths that are passed to it: a token in `Authorization`, bare or behind `Bearer`, or as
//! a parameter or field `token` (contract sections 2.2 and 9).

use dragoman_accounts::{LoginName, Member};
use dragoman_dialect::{
    Swapped, TokenPlace, TokenSwap, async_trait,
    predecessor::{Entry, OldSession, There},
};

use crate::{
    Mount,
    error::Refusal,
    upstream::{change_password, enter},
};

impl Mount {
    /// After a login here: its session there is kept, or begun in the background.
    pub async fn accompany(&self, member: &Member, token: &str, password: &str, there: There) {
        let Some(old) = &self.predecessor else { return };
        let entry = Entry::stored(member.account.number, token, password);
        let (username, password) = (member.username.clone(), password.to_owned());
        let log_in = |old| async move {
            let entered = enter(&old, &username, &password).await?;
            Ok(entered.map(|entered| OldSession::lasting(entered.token)))
        };
        old.accompany((&self.accounts, &self.realm), entry, there, log_in).await;
    }

    /// After a password change here.
    pub async fn tell_of_password(&self, owner: &Member, before: &str, new: &str) {
        let Some(old) = &self.predecessor else { return };
        let name = LoginName::Username(owner.username.clone());
        let (username, before, new) = (owner.username.clone(), before.to_owned(), new.to_owned());
        let tell = |old| async move { change_password(&old, &username, &before, &new).await };
        old.after_password_change(&self.accounts, owner.account.number, &name, tell).await;
    }
}

#[async_trait]
impl TokenSwap for Mount {
    fn places(&self) -> &'static [TokenPlace] {
        use TokenPlace::{Bearer, Header, Member, Query};
        &[Header("Authorization"), Bearer, Query("token"), Member("token")]
    }

    async fn swap(&self, token: &str) -> Swapped {
        let Some(old) = &self.predecessor else { return Swapped::AsItIs };
        let account = match self.owner_of(token).await {
            Ok(member) => member.account.number,
            Err(refusal) if refusal == Refusal::BAD_TOKEN => return Swapped::AsItIs,
            Err(_) => return Swapped::Withheld,
        };
        old.swap((&self.accounts, &self.realm), Some(account), token, |_, _| async { Ok(None) }).await
    }
}
