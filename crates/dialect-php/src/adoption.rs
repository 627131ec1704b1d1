//! Sessions of the old site whose owners are logged in there: they go on here, under the id that the browser has (contract section 2.7).

use std::time::Duration;

use actix_web::HttpRequest;
use dragoman_accounts::{
    AccountError, Beside, Challenge, ChallengePolicy, Holding, ImportedAccount, LoginName, Member, Origin,
    ProvenAccount,
};
use dragoman_dialect::{
    json::Json,
    predecessor::{Predecessor, Request, Undecided},
};

use crate::{
    Mount,
    auth::LiveSession,
    upstream::{BYTES, cookie, own_info, profile},
};

/// PHP makes none that are shorter.
const SHORTEST_ID: usize = 22;
const LOGGED_OUT: &str = "logged out";
/// So long a session that was ended here is not taken over from there: PHP forgets its own that nobody uses much sooner.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Mount {
    /// Whether a session that is unknown here is one of the old server whose owner is logged in there: it goes on here with its account.
    /// Most unknown ids are of visitors; while the old server is away they all count as such.
    pub async fn adopts(&self, id: &str, request: &HttpRequest) -> Result<bool, AccountError> {
        let Some(old) = self.predecessor.as_ref().filter(|old| is_id(id) && old.is_reachable()) else {
            return Ok(false);
        };
        if self.accounts.peek_challenge(&self.realm, LOGGED_OUT, id).await?.is_some() {
            return Ok(false);
        }
        // Ids cost nothing to invent, and each is a question there.
        match self.allow_adoption(request).await {
            Err(AccountError::Throttled) => return Ok(false),
            allowed => allowed?,
        }
        match old.adopt((&self.accounts, &self.realm), id, || self.owner_there(old, id)).await {
            Err(AccountError::Unavailable) => Ok(false),
            adopted => adopted,
        }
    }

    async fn owner_there(&self, old: &Predecessor, id: &str) -> Result<Option<ProvenAccount>, Undecided> {
        let reply = old.ask(own_info(id)).await?;
        // A site that has no such call proves nobody's session.
        if reply.status() != 200 || reply.object()?.get("flag") != Some(&Json::Bool(true)) {
            return Ok(None);
        }
        let account = ImportedAccount { session: Some(self.session_with(id.to_owned())), ..profile(&reply)? };
        Ok(Some(ProvenAccount { key: account.username.clone(), account }))
    }

    /// Whether somebody whose session came along has no password here yet, because no login has: nobody can say that it is wrong.
    pub async fn has_yet_to_log_in(&self, member: &Member, origin: &Origin) -> Result<bool, AccountError> {
        if self.predecessor.is_none() {
            return Ok(false);
        }
        let name = LoginName::Username(member.username.clone());
        Ok(self.accounts.holding(&self.realm, &name, origin).await? == Holding::WithoutPassword)
    }

    /// Before a session ends here: if it is the old server's own it ends there as well, and does not come back from there.
    pub async fn log_out_there(&self, session: &LiveSession) -> Result<(), AccountError> {
        let (Some(old), Some(member)) = (&self.predecessor, &session.member) else { return Ok(()) };
        if self.accounts.old_session(&self.realm, &session.id).await? != Some(Beside::Itself) {
            return Ok(());
        }
        let (handle, answer, policy) = (session.id.clone(), String::new(), ChallengePolicy::lasting(REMEMBERED));
        let ended = Challenge { purpose: LOGGED_OUT, handle, answer, account: None, policy };
        self.accounts.issue_challenge(&self.realm, ended).await?;
        let request = Request::get("/api/v1/users/logout.php").with("Cookie", cookie(&session.id));
        old.run_in_background(member.account.number, |old| async move {
            if old.ask(request).await.is_err() {
                tracing::warn!("a session of the old server was ended here, but perhaps not there");
            }
        });
        Ok(())
    }
}

/// Whether PHP could have made it: other text is not worth a question, and no part of a header.
fn is_id(id: &str) -> bool {
    (SHORTEST_ID..=BYTES).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'-'))
}
