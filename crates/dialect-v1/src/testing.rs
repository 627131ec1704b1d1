//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::ImportedAccount;
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, SeededRole, refuse_rows, rfc3339_milliseconds, seed},
};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Mount,
    member::{DEFAULT_SIGN, V1Facet, WireRole},
    values::plain_birthday,
};

/// The members of an account that only this dialect has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnMembers {
    gender: Option<i64>,
    birthday: Option<String>,
    spacecover: Option<String>,
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

    fn pending_slider<'a>(&'a self, address: &'a str) -> LocalBoxFuture<'a, Result<Option<i64>, String>> {
        Box::pin(async move { self.pending_slider(address).await.map_err(|error| error.to_string()) })
    }
}

impl Mount {
    async fn seed_account(&self, account: &Value) -> Result<(), String> {
        let seeded = SeededAccount::parse(account)?;
        let own: OwnMembers = seeded.own()?;
        // `null` is a missing birthday; a member left out is the default.
        let no_birthday = account.get("birthday").is_some_and(Value::is_null);
        let no_bio = account.get("bio").is_some_and(Value::is_null);
        let role = match seeded.role {
            None | Some(SeededRole::User) => WireRole::User,
            Some(SeededRole::Admin) => WireRole::Administrator,
            Some(SeededRole::SuperAdmin) => WireRole::Root,
            Some(SeededRole::Number(number)) => WireRole::from_number(i64::from(number))
                .ok_or_else(|| format!("account {:?}: role {number}", seeded.username))?,
        };
        let default = V1Facet::new(self.settings.get().time_zone.zone());
        let read = |text: &str| plain_birthday(text).map_or_else(|| rfc3339_milliseconds(text), Ok);
        let birthday = own.birthday.as_deref().map(read).transpose()?;
        let facet = V1Facet {
            avatar: seeded.avatar.clone().unwrap_or_default(),
            spacecover: own.spacecover.unwrap_or_default(),
            gender: own.gender.unwrap_or_default(),
            birthday: if no_birthday { None } else { birthday.or(default.birthday) },
            auditor: role == WireRole::Auditor,
        };
        let default_sign = || DEFAULT_SIGN.to_owned();
        let imported = ImportedAccount {
            role: role.shared(),
            bio: if no_bio { None } else { Some(seeded.bio.clone().unwrap_or_else(default_sign)) },
            facet: Some((V1Facet::NAME, facet.encode().map_err(|error| error.to_string())?)),
            session: seeded.token.clone().map(|token| self.seeded_session(token)),
            ..seeded.imported(self.accounts.clock().now(), true)?
        };
        seed(&self.accounts, &self.realm, imported).await
    }
}
