//! `POST /_testing/reset`: an empty store, then what a fixture's `given` asks for.

use actix_web::{
    HttpResponse,
    web::{Bytes, Data},
};
use dragoman_dialect::Dialect;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Testbed, done, parsed};

/// One dialect's part of the state. All but `dialect` may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    dialect: String,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    accounts: Vec<Value>,
    #[serde(default)]
    rows: Map<String, Value>,
    clock: Option<String>,
}

pub(super) async fn reset(testbed: Data<Testbed>, body: Bytes) -> HttpResponse {
    done(match givens(&body) {
        Ok(givens) => testbed.reset(&givens).await,
        Err(reason) => Err(reason),
    })
}

/// One object, or a list of them for a scenario over several dialects.
fn givens(body: &[u8]) -> Result<Vec<Given>, String> {
    match parsed::<Value>(body)? {
        Value::Array(items) => items.into_iter().map(given).collect(),
        one => Ok(vec![given(one)?]),
    }
}

fn given(value: Value) -> Result<Given, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

impl Testbed {
    async fn reset(&self, givens: &[Given]) -> Result<(), String> {
        for given in givens {
            self.mounted(&given.dialect)?;
        }
        self.accounts.empty_for_testing().await.map_err(|error| error.to_string())?;
        self.revealed.mailbox.clear();
        self.clock.reset();
        for mount in self.revealed.mounts.list() {
            mount.dialect.testing().reset_settings(&Map::new())?;
        }
        for clock in givens.iter().filter_map(|given| given.clock.as_deref()) {
            self.set_clock(clock)?;
        }
        for given in givens {
            let testing = self.mounted(&given.dialect)?.testing();
            testing.reset_settings(&given.settings).map_err(|reason| format!("{}: {reason}", given.dialect))?;
            let seeded = testing.seed(&given.accounts, &given.rows).await;
            seeded.map_err(|reason| format!("{}: {reason}", given.dialect))?;
        }
        Ok(())
    }

    /// The first mount of a dialect: its own section comes before the list of further mounts.
    fn mounted(&self, name: &str) -> Result<&dyn Dialect, String> {
        let mount = self.revealed.mounts.list().iter().find(|mount| mount.name == name);
        mount.map(|mount| &*mount.dialect).ok_or_else(|| format!("no dialect `{name}` is mounted"))
    }
}
