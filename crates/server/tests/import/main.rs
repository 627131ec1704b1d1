//! Old deployments through the real command and the real endpoints.

// clippy exempts tests, but not what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod in_front;
mod known;
mod live;
mod merging;
mod neutral;
mod newcomer;
mod operator;
mod suggesting;
mod taking_back;
mod together;

use dragoman_testkit::{ThrowawayDatabase, backends, snapshot};
use known::Deployment;
use operator::Operator;
use serde_json::json;

/// Plan, apply, verify with every known password, apply again, undo: on every database.
fn comes_and_goes(deployment: &Deployment) {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let operator = Operator::of(database.url());
        operator.run(&["migrate-database"], 0);
        let before = snapshot::rows(&backend, database.url());
        let planned = operator.plan(deployment);
        assert_eq!(planned["summary"]["accounts"], json!(deployment.accounts), "{planned}");
        assert_eq!(snapshot::rows(&backend, database.url()), before, "a plan writes nothing");
        let applied = operator.json(&["import", "apply", "plan.jsonl", "--accept", "--json"], 0);
        assert_eq!(applied["accounts"], json!(deployment.accounts), "{applied}");
        let imported = snapshot::rows(&backend, database.url());
        let verified = operator.json(&["import", "verify", "plan.jsonl", "--json"], 0);
        assert_eq!(verified["differences"], json!(0), "{verified}");
        operator.json(&["import", "apply", "plan.jsonl", "--accept", "--json"], 0);
        assert_eq!(snapshot::rows(&backend, database.url()), imported, "a second apply changes nothing");
        let again = operator.plan(deployment);
        let skipped = &again["summary"]["actions"]["skip"];
        assert_eq!(*skipped, json!(deployment.accounts), "a plan made again has nothing to do: {again}");
        let undone = operator.json(&["import", "undo", "plan-1.jsonl", "--json"], 0);
        assert_eq!(undone["kept"], json!([]), "{undone}");
        assert_eq!(snapshot::rows(&backend, database.url()), before, "an undo leaves nothing");
    }
}

/// Every known password opens its account, and only where it should.
fn lets_everybody_in(deployment: &Deployment) {
    let database = ThrowawayDatabase::create(&dragoman_testkit::Backend::Sqlite);
    let operator = Operator::of(database.url());
    operator.plan(deployment);
    operator.json(&["import", "apply", "plan.jsonl", "--accept", "--json"], 0);
    let verify = ["import", "verify", "plan.jsonl", "--json", "--credentials"];
    // Those that must not come in go first: a plain text that was seen opens other forms as well.
    if !deployment.closed.is_empty() {
        operator.write("closed.jsonl", &deployment.closed);
        let verified = operator.json(&[&verify[..], &["closed.jsonl"]].concat(), 10);
        let refused = verified["logins_refused"].as_array().unwrap().len();
        assert_eq!(refused, deployment.closed.len(), "{verified}");
    }
    operator.write("open.jsonl", &deployment.open);
    let verified = operator.json(&[&verify[..], &["open.jsonl"]].concat(), 0);
    assert_eq!(verified["logins_refused"], json!([]), "{verified}");
    assert_eq!(verified["logins"], json!(deployment.open.len()));
}

#[test]
fn a_plan_replaces_a_plan_and_nothing_else() {
    let database = ThrowawayDatabase::create(&dragoman_testkit::Backend::Sqlite);
    let operator = Operator::of(database.url());
    let dump = std::fs::read(known::data(known::proxy_dump().from)).unwrap();
    let source = operator.path().join("dump.sql");
    std::fs::write(&source, &dump).unwrap();
    operator.run(&["import", "plan", "proxy", "--from", "dump.sql", "--out", "dump.sql"], 10);
    assert!(std::fs::read(&source).unwrap() == dump, "the source is gone");
    for _ in 0..2 {
        operator.run(&["import", "plan", "proxy", "--from", "dump.sql", "--out", "a.plan"], 0);
    }
}

macro_rules! deployments {
    ($($name:ident),*) => {$(
        mod $name {
            #[test]
            fn comes_and_goes() {
                super::comes_and_goes(&super::known::$name());
            }

            #[test]
            fn lets_everybody_in() {
                super::lets_everybody_in(&super::known::$name());
            }
        }
    )*};
}
deployments!(medusa, proxy_sqlite, proxy_dump, proxy_upgraded, v1_sqlite, v1_dump, frp, php_a, php_b, php_c);
deployments!(jsonl_php, jsonl_v1);

#[test]
fn the_neutral_source_lets_everybody_in_through_any_dialect() {
    for deployment in [known::jsonl_frp(), known::jsonl_medusa()] {
        lets_everybody_in(&deployment);
    }
}
