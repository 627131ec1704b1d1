//! The old server's session of a login here, on paths that are passed to it: the cookie of PHP (contract section 2.7). It begins one for
//! a captcha only, so a login there is never made in the background. Visitors who have not logged in have one as well: the site's
//! pages keep things in it.

use dragoman_accounts::{LoginName, Member, OwnSession};
use dragoman_dialect::{Swapped, TokenPlace, TokenSwap, async_trait, predecessor::OldSession};

use crate::{
    Mount,
    upstream::{BYTES, COOKIE, change_password},
};

impl Mount {
    /// After a password change here, with the passwords as they were sent. It is told within the session that stands beside this one.
    pub async fn tell_of_password(&self, member: &Member, session: &str, (before, new): (&str, &str)) {
        let Some(old) = &self.predecessor else { return };
        let name = LoginName::Username(member.username.clone());
        let beside = match old.is_told() {
            true => old.beside((&self.accounts, &self.realm), session).await.ok().flatten(),
            false => None,
        };
        let (uuid, before, new) = (member.account.uuid.clone(), before.to_owned(), new.to_owned());
        let tell = |old| async move {
            match beside {
                Some(session) => change_password(&old, &session, &uuid, (&before, &new)).await,
                None => Ok(false),
            }
        };
        old.after_password_change(&self.accounts, member.account.number, &name, tell).await;
    }
}

#[async_trait]
impl TokenSwap for Mount {
    fn places(&self) -> &'static [TokenPlace] {
        &[TokenPlace::Cookie(COOKIE)]
    }

    async fn swap(&self, id: &str) -> Swapped {
        let Some(old) = &self.predecessor else { return Swapped::AsItIs };
        let found = self.accounts.resolve_idle_token(&self.realm, id, self.idle_life(), "").await;
        let session = match found {
            Ok(Some(session)) if !session.expired => session,
            Ok(_) => return Swapped::AsItIs,
            Err(_) => return Swapped::Withheld,
        };
        if session.member.as_ref().is_some_and(|member| member.account.locked) {
            return Swapped::Withheld;
        }
        let account = session.member.map(|member| member.account.number);
        old.swap((&self.accounts, &self.realm), account, id, |_, _| async { Ok(None) }).await
    }

    async fn begin(&self, ours: &str, theirs: &str) {
        let (Some(old), Some(session)) = (&self.predecessor, session_of(theirs)) else { return };
        old.keep((&self.accounts, &self.realm), OwnSession::Stored(ours.to_owned()), &session).await;
    }

    async fn renew(&self, ours: &str, theirs: &str) {
        let (Some(old), Some(session)) = (&self.predecessor, session_of(theirs)) else { return };
        old.replace((&self.accounts, &self.realm), ours, &session).await;
    }
}

fn session_of(theirs: &str) -> Option<OldSession> {
    (1..=BYTES).contains(&theirs.len()).then(|| OldSession::lasting(theirs))
}
