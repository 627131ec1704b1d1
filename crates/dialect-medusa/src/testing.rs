//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::ImportedAccount;
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, refuse_rows, seed},
};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Mount, member::MedusaFacet};

/// The members of a seeded account that only this dialect has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    key: Option<String>,
}

impl Testing for Mount {
    fn reset_settings(&self, overrides: &Map<String, Value>) -> Result<(), String> {
        let settings = self.settings.overlaid(overrides)?;
        settings.check()?;
        self.settings.put(settings);
        Ok(())
    }

    fn seed<'a>(
        &'a self,
        accounts: &'a [Value],
        rows: &'a Map<String, Value>,
    ) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            for account in accounts {
                self.seed_account(account).await?;
            }
            refuse_rows(rows)
        })
    }
}

impl Mount {
    async fn seed_account(&self, account: &Value) -> Result<(), String> {
        let seeded = SeededAccount::parse(account)?;
        let facet = self.seeded_facet(&seeded)?;
        let imported = ImportedAccount {
            role: seeded.role()?,
            facet: Some((MedusaFacet::NAME, facet.encode().map_err(|error| error.to_string())?)),
            session: seeded.token.clone().map(Self::new_session),
            // one-domain.md E2: this dialect never asks for a proof.
            ..seeded.imported(self.accounts.clock().now(), false)?
        };
        seed(&self.accounts, &self.realm, imported).await
    }

    fn seeded_facet(&self, seeded: &SeededAccount) -> Result<MedusaFacet, String> {
        let Own { key } = seeded.own()?;
        let fresh = MedusaFacet::fresh(self.accounts.randomness());
        Ok(MedusaFacet { key: key.unwrap_or(fresh.key), avatar: seeded.avatar.clone().unwrap_or(fresh.avatar) })
    }
}
