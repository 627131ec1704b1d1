//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::{ImportedAccount, ImportedPassword, NewEmail, Role, clock::Timestamp, password::Secret};
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, SeededDate, SeededRole},
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
            match rows.keys().next() {
                Some(table) => Err(format!("rows: there is no table `{table}`")),
                None => Ok(()),
            }
        })
    }
}

impl Mount {
    async fn seed_account(&self, account: &Value) -> Result<(), String> {
        let seeded = SeededAccount::parse(account)?;
        let facet = self.seeded_facet(&seeded)?;
        let username = seeded.username.ok_or("an account has no username")?;
        let imported = ImportedAccount {
            id: seeded.id,
            uuid: None,
            username: username.clone(),
            // one-domain.md E2: this dialect never asks for a proof.
            email: seeded.email.map(|address| NewEmail { address, verified: false }),
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
            bio: seeded.bio,
            created_at: match seeded.created_at {
                SeededDate::LeftOut => Some(self.accounts.clock().now()),
                SeededDate::Unknown => None,
                SeededDate::At(millis) => Some(Timestamp::from_millis(millis)),
            },
            facet: Some((MedusaFacet::NAME, facet.encode().map_err(|error| error.to_string())?)),
            session: seeded.token.map(Self::new_session),
        };
        let made = self.accounts.import(&self.realm, imported).await;
        made.map(drop).map_err(|error| format!("account {username:?}: {error}"))
    }

    fn seeded_facet(&self, seeded: &SeededAccount) -> Result<MedusaFacet, String> {
        let Own { key } = seeded.own()?;
        let fresh = MedusaFacet::fresh(self.accounts.randomness());
        Ok(MedusaFacet { key: key.unwrap_or(fresh.key), avatar: seeded.avatar.clone().unwrap_or(fresh.avatar) })
    }
}
