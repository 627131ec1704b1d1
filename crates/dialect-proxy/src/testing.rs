//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::{ImportedAccount, ImportedPassword, Role, clock::Timestamp, password::Secret};
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, SeededDate, SeededRole},
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
        self.settings.put(self.settings.overlaid(overrides)?);
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
        let username = seeded.username.ok_or("an account has no username")?;
        // `null` is a description of its own; a member left out is the default.
        let bio = match account.get("bio") {
            None => Some(DEFAULT_DESCRIPTION.to_owned()),
            Some(_) => seeded.bio,
        };
        let facet = ProxyFacet { avatar: seeded.avatar.unwrap_or_else(|| random_avatar(self.accounts.randomness())) };
        let imported = ImportedAccount {
            id: seeded.id,
            uuid: None,
            username: username.clone(),
            email: None,
            password: seeded
                .password
                .map_or(ImportedPassword::None, |password| ImportedPassword::Plain(Secret::new(password))),
            role: match seeded.role {
                None | Some(SeededRole::User) => Role::User,
                Some(SeededRole::Admin) => Role::Administrator,
                Some(SeededRole::SuperAdmin) => Role::SuperAdministrator,
                Some(SeededRole::Number(number)) => return Err(format!("account {username:?}: role {number} is v1's")),
            },
            locked: seeded.locked,
            display_name: seeded.display_name,
            bio,
            created_at: match seeded.created_at {
                SeededDate::LeftOut => Some(self.accounts.clock().now()),
                SeededDate::Unknown => None,
                SeededDate::At(millis) => Some(Timestamp::from_millis(millis)),
            },
            facet: Some((ProxyFacet::NAME, facet.encode().map_err(|error| error.to_string())?)),
            session: None,
        };
        let made = self.accounts.import(&self.realm, imported).await;
        made.map(drop).map_err(|error| format!("account {username:?}: {error}"))
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
