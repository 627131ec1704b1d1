//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::{ImportedAccount, NewSession, NewToken, SessionLimit};
use dragoman_dialect::{
    DialectKind, Testing,
    testing::{SeededAccount, refuse_rows, seed},
};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Mount, Php, auth::SESSION_IDS};

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
        Php::prepare(&settings, &self.accounts, &self.realm);
        self.settings.put(settings);
        Ok(())
    }

    fn seed<'a>(
        &'a self,
        accounts: &'a [Value],
        rows: &'a Map<String, Value>,
    ) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            refuse_rows(rows)?;
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
        let session = seeded.token.clone().map(|token| self.seeded_session(token));
        // An address is shown by other dialects only; nobody proved it (one-domain.md E2).
        let imported = seeded.imported(self.accounts.clock().now(), false)?;
        let imported = ImportedAccount { uuid, role: seeded.role()?, session, ..imported };
        seed(&self.accounts, &self.realm, imported).await
    }

    fn seeded_session(&self, id: String) -> NewSession {
        let token = NewToken::new(SESSION_IDS, id, Some(self.idle_life()));
        NewSession { tokens: vec![token], limit: SessionLimit::None, replaces: None }
    }
}
