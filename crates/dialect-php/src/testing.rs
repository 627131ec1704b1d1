//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::{
    ImportedAccount, ImportedPassword, NewEmail, NewSession, NewToken, Role, SessionLimit, clock::Timestamp,
    password::Secret,
};
use dragoman_dialect::{
    Testing,
    testing::{SeededAccount, SeededDate, SeededRole},
};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Mount, auth::SESSION_IDS};

/// What only this dialect's accounts have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnMembers {
    uuid: Option<String>,
}

impl Testing for Mount {
    fn reset_settings(&self, overrides: &Map<String, Value>) -> Result<(), String> {
        let settings = self.settings.overlaid(overrides)?;
        settings.check()?;
        self.settings.put(settings);
        self.keep_digests();
        Ok(())
    }

    fn seed<'a>(
        &'a self,
        accounts: &'a [Value],
        rows: &'a Map<String, Value>,
    ) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if let Some(table) = rows.keys().next() {
                return Err(format!("rows: there is no table `{table}`"));
            }
            for account in accounts {
                self.seed_account(account).await?;
            }
            Ok(())
        })
    }
}

impl Mount {
    async fn seed_account(&self, account: &Value) -> Result<(), String> {
        let seeded = SeededAccount::parse(account)?;
        let OwnMembers { uuid } = seeded.own()?;
        let username = seeded.username.ok_or("an account has no username")?;
        if seeded.avatar.is_some() {
            return Err(format!("account {username:?}: this dialect has no avatar"));
        }
        let imported = ImportedAccount {
            id: seeded.id,
            uuid,
            username: username.clone(),
            // Shown by other dialects only; nobody proved it (one-domain.md E2).
            email: seeded.email.map(|address| NewEmail { address, verified: false }),
            password: match seeded.password {
                Some(password) => ImportedPassword::Plain(Secret::from(password)),
                None => ImportedPassword::None,
            },
            role: match seeded.role {
                None | Some(SeededRole::User) => Role::User,
                Some(SeededRole::Admin) => Role::Administrator,
                Some(SeededRole::SuperAdmin) => Role::SuperAdministrator,
                Some(SeededRole::Number(number)) => return Err(format!("account {username:?}: role {number} is v1's")),
            },
            locked: seeded.locked,
            display_name: seeded.display_name,
            bio: seeded.bio,
            created_at: match seeded.created_at {
                SeededDate::LeftOut => Some(self.accounts.clock().now()),
                SeededDate::Unknown => None,
                SeededDate::At(millis) => Some(Timestamp::from_millis(millis)),
            },
            facet: None,
            session: seeded.token.map(|token| self.seeded_session(token)),
        };
        let made = self.accounts.import(&self.realm, imported).await;
        made.map(drop).map_err(|error| format!("account {username:?}: {error}"))
    }

    fn seeded_session(&self, id: String) -> NewSession {
        let token = NewToken::new(SESSION_IDS, id, Some(self.idle_life()));
        NewSession { tokens: vec![token], limit: SessionLimit::None, replaces: None }
    }
}
