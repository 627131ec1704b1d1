//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::ImportedAccount;
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, seed},
};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};

use crate::{
    Mount,
    address::Address,
    member::{DEFAULT_DESCRIPTION, ProxyFacet, random_avatar},
};

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
            for (table, rows) in rows {
                match table.as_str() {
                    "iplist" => self.seed_addresses(rows).await?,
                    other => return Err(format!("rows: there is no table `{other}`")),
                }
            }
            Ok(())
        })
    }
}

impl Mount {
    async fn seed_account(&self, account: &Value) -> Result<(), String> {
        let seeded = SeededAccount::parse(account)?;
        seeded.refuse_others()?;
        // `null` is a description of its own; a member left out is the default.
        let bio = match account.get("bio") {
            None => Some(DEFAULT_DESCRIPTION.to_owned()),
            Some(_) => seeded.bio.clone(),
        };
        let avatar = seeded.avatar.clone().unwrap_or_else(|| random_avatar(self.accounts.randomness()));
        let facet = ProxyFacet { avatar }.encode().map_err(|error| error.to_string())?;
        let imported = ImportedAccount {
            role: seeded.role()?,
            bio,
            facet: Some((ProxyFacet::NAME, facet)),
            ..seeded.imported(self.accounts.clock().now(), false)?
        };
        seed(&self.accounts, &self.realm, imported).await
    }

    async fn seed_addresses(&self, rows: &Value) -> Result<(), String> {
        let rows = rows.as_array().ok_or("rows.iplist is not a list")?;
        let mut addresses = Vec::with_capacity(rows.len());
        for row in rows {
            let address: Address =
                serde_json::from_value(row.clone()).map_err(|error| format!("rows.iplist: {error}"))?;
            address.check().map_err(|reason| format!("rows.iplist: {reason}"))?;
            addresses.push((address.id, address.encode().map_err(|error| error.to_string())?));
        }
        let stage = async {
            self.accounts.begin_catalogue_import(&self.realm).await?;
            self.accounts.stage_catalogue(&self.realm, addresses).await?;
            self.accounts.finish_catalogue_import(&self.realm).await
        };
        stage.await.map(drop).map_err(|error| format!("rows.iplist: {error}"))
    }
}
