//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::{ImportedAccount, ImportedPassword, NewEmail, Role, clock::Timestamp, password::Secret};
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, SeededDate, SeededRole},
};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use crate::{Mount, plan::Plan, routes::session_with};

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
            let mut seeded: Vec<SeededAccount> = accounts.iter().map(SeededAccount::parse).collect::<Result<_, _>>()?;
            // Of accounts that share an address or differ in letter case only, the lowest number is meant (section 4).
            seeded.sort_by_key(|account| account.id.unwrap_or(i64::MAX));
            for account in seeded {
                self.seed_account(account).await?;
            }
            rows.keys().next().map_or(Ok(()), |table| Err(format!("rows: there is no table `{table}`")))
        })
    }
}

/// The members that only this dialect has. One left out has the default of an account from another dialect.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    group: Option<String>,
    traffic: Option<Number>,
    inbound: Option<i64>,
    outbound: Option<i64>,
    frp_token: Option<String>,
    qq: Option<String>,
    qq_social_id: Option<String>,
}

impl Members {
    fn plan(self) -> Result<Plan, String> {
        let plan = Plan::default();
        Ok(Plan {
            group: self.group.unwrap_or(plan.group),
            traffic: self.traffic.map_or(Ok(plan.traffic), |traffic| whole(&traffic))?,
            inbound: self.inbound,
            outbound: self.outbound,
            frp_token: self.frp_token.unwrap_or_default(),
            qq: self.qq.unwrap_or_default(),
            qq_social_id: self.qq_social_id.unwrap_or_default(),
            ..plan
        })
    }
}

/// Fractions are rounded down (section 10).
fn whole(traffic: &Number) -> Result<i64, String> {
    if let Some(whole) = traffic.as_i64() {
        return Ok(whole);
    }
    let text = traffic.to_string();
    let (digits, _) = text.split_once('.').ok_or_else(|| format!("traffic {text} is no number of MiB"))?;
    let towards_zero: i64 = digits.parse().map_err(|_| format!("traffic {text} is no number of MiB"))?;
    let fraction = traffic.as_f64().is_some_and(|traffic| traffic.fract() < 0.0);
    Ok(if fraction { towards_zero - 1 } else { towards_zero })
}

impl Mount {
    async fn seed_account(&self, seeded: SeededAccount) -> Result<(), String> {
        let plan = seeded.own::<Members>()?.plan()?;
        let username = seeded.username.ok_or("an account has no username")?;
        let imported = ImportedAccount {
            id: seeded.id,
            uuid: None,
            username: username.clone(),
            email: seeded.email.map(|address| NewEmail { address, verified: true }),
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
            facet: Some((Plan::NAME, plan.to_body().map_err(|error| error.to_string())?)),
            session: seeded.token.map(session_with),
        };
        let made = self.accounts.import(&self.realm, imported).await;
        made.map(drop).map_err(|error| format!("account {username:?}: {error}"))
    }
}
