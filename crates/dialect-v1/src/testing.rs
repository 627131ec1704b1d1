//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::{ImportedAccount, ImportedPassword, NewEmail, clock::Timestamp, password::Secret};
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, SeededDate, SeededRole, rfc3339_milliseconds},
};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Mount,
    member::{DEFAULT_SIGN, V1Facet, WireRole},
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
        let username = seeded.username.ok_or("an account has no username")?;
        let role = match seeded.role {
            None | Some(SeededRole::User) => WireRole::User,
            Some(SeededRole::Admin) => WireRole::Administrator,
            Some(SeededRole::SuperAdmin) => WireRole::Root,
            Some(SeededRole::Number(number)) => WireRole::from_number(i64::from(number))
                .ok_or_else(|| format!("account {username:?}: role {number}"))?,
        };
        let default = V1Facet::new(self.settings.get().time_zone.zone());
        let birthday = own.birthday.as_deref().map(rfc3339_milliseconds).transpose()?;
        let facet = V1Facet {
            avatar: seeded.avatar.unwrap_or_default(),
            spacecover: own.spacecover.unwrap_or_default(),
            gender: own.gender.unwrap_or_default(),
            birthday: if no_birthday { None } else { birthday.or(default.birthday) },
            auditor: role == WireRole::Auditor,
        };
        let imported = ImportedAccount {
            id: seeded.id,
            uuid: None,
            username: username.clone(),
            email: seeded.email.map(|address| NewEmail { address, verified: true }),
            password: seeded
                .password
                .map_or(ImportedPassword::None, |password| ImportedPassword::Plain(Secret::new(password))),
            role: role.shared(),
            locked: seeded.locked,
            display_name: seeded.display_name,
            bio: if no_bio { None } else { Some(seeded.bio.unwrap_or_else(|| DEFAULT_SIGN.to_owned())) },
            created_at: match seeded.created_at {
                SeededDate::LeftOut => Some(self.accounts.clock().now()),
                SeededDate::Unknown => None,
                SeededDate::At(millis) => Some(Timestamp::from_millis(millis)),
            },
            facet: Some((V1Facet::NAME, facet.encode().map_err(|error| error.to_string())?)),
            session: seeded.token.map(|token| self.seeded_session(token)),
        };
        let made = self.accounts.import(&self.realm, imported).await;
        made.map(drop).map_err(|error| format!("account {username:?}: {error}"))
    }
}
