//! The old database is a live server.

use dragoman_testkit::{Backend, ThrowawayDatabase, backends};
use serde_json::json;

use crate::{
    known::{self, Deployment, data},
    operator::Operator,
};

/// A server with the tables of a dump; `None` where no MySQL or MariaDB is at hand.
fn server_with(dump: &str) -> Option<ThrowawayDatabase> {
    let backend = backends().into_iter().find(|backend| matches!(backend, Backend::Mysql(_)))?;
    let old = ThrowawayDatabase::create(&backend);
    // Some of the old rows have zero dates.
    old.execute(&format!("SET SESSION sql_mode = '';\n{}", std::fs::read_to_string(data(dump)).unwrap()));
    Some(old)
}

fn moves_in_from_a_live_server(deployment: &Deployment) {
    let Some(old) = server_with(deployment.from) else { return eprintln!("no MySQL or MariaDB: not tried") };
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let operator = Operator::of(database.url());
    let mut plan = vec!["import", "plan", deployment.dialect, "--from", old.url(), "--out", "x.plan", "--json"];
    if let Some(mapping) = &deployment.mapping {
        std::fs::write(operator.path().join("x.toml"), mapping).unwrap();
        plan.extend(["--mapping", "x.toml"]);
    }
    let planned = operator.json(&plan, deployment.status);
    assert_eq!(planned["summary"]["accounts"], json!(deployment.accounts), "{planned}");
    operator.json(&["import", "apply", "x.plan", "--accept", "--json"], 0);
    operator.write("open.jsonl", &deployment.open);
    let verified = operator.json(&["import", "verify", "x.plan", "--credentials", "open.jsonl", "--json"], 0);
    assert_eq!(verified["logins"], json!(deployment.open.len()), "{verified}");
    // Its rows change after the plan: nothing more is taken from it.
    let table = match deployment.dialect {
        "frp" => "users",
        _ => "user",
    };
    old.execute(&format!("UPDATE `{table}` SET email = 'changed@example.org' ORDER BY id LIMIT 1"));
    let told = operator.complaint(&["import", "verify", "x.plan"], 10);
    assert!(told.contains("this is not what the plan was made from"), "{told}");
    let undone = operator.json(&["import", "undo", "x.plan", "--json"], 0);
    let kept: Vec<_> = undone["kept"].as_array().unwrap().iter().map(|kept| kept["username"].clone()).collect();
    assert_eq!(kept, known::given_a_key_by_a_login(deployment), "{undone}");
}

#[test]
fn frp_from_a_live_server() {
    moves_in_from_a_live_server(&known::frp());
}

#[test]
fn v1_from_a_live_server() {
    moves_in_from_a_live_server(&known::v1_dump());
}

#[test]
fn php_from_a_live_server() {
    moves_in_from_a_live_server(&known::php_a());
}

#[test]
fn what_a_url_holds_is_told_to_nobody() {
    let Some(old) = server_with(known::frp().from) else { return eprintln!("no MySQL or MariaDB: not tried") };
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let operator = Operator::of(database.url());
    let wrong = old.url().replacen("mysql://root@", "mysql://nobody:s3cret@", 1);
    let told = operator.complaint(&["import", "plan", "frp", "--from", &wrong, "--out", "x.plan"], 10);
    assert!(told.contains("the old database server") && !told.contains("s3cret"), "{told}");
}
