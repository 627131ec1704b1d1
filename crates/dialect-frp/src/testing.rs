//! How fixtures set this dialect's state (fixtures.md section 2).

use dragoman_accounts::ImportedAccount;
use dragoman_dialect::{
    Facet, Testing,
    testing::{SeededAccount, refuse_rows, seed},
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
            refuse_rows(rows)
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
        let imported = ImportedAccount {
            role: seeded.role()?,
            facet: Some((Plan::NAME, plan.to_body().map_err(|error| error.to_string())?)),
            session: seeded.token.clone().map(session_with),
            ..seeded.imported(self.accounts.clock().now(), true)?
        };
        seed(&self.accounts, &self.realm, imported).await
    }
}
