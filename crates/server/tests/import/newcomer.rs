//! What somebody who imports for the first time stumbles over.

use std::process::Command;

use dragoman_testkit::{Backend, ThrowawayDatabase};
use serde_json::Value;

use crate::{
    known::{self, data},
    operator::Operator,
};

fn operator() -> (ThrowawayDatabase, Operator) {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let operator = Operator::of(database.url());
    (database, operator)
}

#[test]
fn both_of_one_name_are_listed_and_each_has_its_import_in_its_history() {
    let (_database, operator) = operator();
    let pool = data(known::proxy_dump().from);
    let namesakes = [
        r#"{"format": "dragoman-jsonl"}"#,
        r#"{"id": "x", "username": "admin", "password": {"scheme": "md5", "value": "4ff6abdc63b485b520fbc13d9e4f880e"}}"#,
        r#"{"id": "y", "username": "ann"}"#,
    ];
    std::fs::write(operator.path().join("x.jsonl"), namesakes.join("\n")).unwrap();
    for (dialect, from, plan, status) in [("proxy", pool.as_str(), "a.plan", 0), ("php", "x.jsonl", "b.plan", 11)] {
        operator.run(&["import", "plan", dialect, "--from", from, "--out", plan], status);
        operator.run(&["import", "apply", plan, "--accept", "--wrap", "background"], 0);
    }
    let listed: Value = serde_json::from_str(&operator.run(&["account", "--json", "list"], 0)).unwrap();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 16, "14 of the pool, 2 more");
    let admins: Vec<&Value> = listed.iter().filter(|account| account["username"] == "admin").collect();
    assert_eq!(admins.iter().map(|admin| admin["scope"].clone()).collect::<Vec<_>>(), [Value::Null, "php".into()]);
    for (admin, dialect) in admins.iter().zip(["proxy", "php"]) {
        let history = operator.run(&["account", "--number", "history", &admin["number"].to_string()], 0);
        assert!(history.contains("imported ") && history.contains(dialect), "{history}");
    }
    let status: Value = serde_json::from_str(&operator.run(&["import", "status", "--json"], 0)).unwrap();
    let passwords = status["passwords"].as_object().unwrap();
    assert_eq!(passwords["bare"], 0);
    let (sealed, foreign) = (&passwords["sealed"], &passwords["foreign"]);
    assert_eq!(
        (sealed, foreign),
        (&1.into(), &14.into()),
        "one an account, however many digests it has: {passwords:?}"
    );
}

#[test]
fn another_dialects_database_is_one_clear_line() {
    let (_database, operator) = operator();
    for (dialect, from) in [
        ("v1", "proxy/pool.sql"),
        ("proxy", "v1/leaf-docker.sql"),
        ("frp", "v1/leaf-docker.sql"),
        ("medusa", "proxy/pool.sqlite3"),
    ] {
        let from = data(from);
        let told = operator.complaint(&["import", "plan", dialect, "--from", &from, "--out", "x.plan"], 10);
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        assert!(told.contains("is this"), "{told}");
        assert!(!operator.path().join("x.plan").exists());
    }
}

#[test]
fn pictures_left_behind_are_a_warning_and_settings_go_into_a_file_of_their_own() {
    let (_database, operator) = operator();
    let from = data(known::medusa().from);
    let plan = ["import", "plan", "medusa", "--from", &from, "--out", "x.plan", "--settings", "part.toml"];
    let told = operator.run(&plan, 11);
    assert!(told.contains("and none comes along: --pictures DIR"), "{told}");
    assert!(!told.contains("[medusa]"), "{told}");
    let part = std::fs::read_to_string(operator.path().join("part.toml")).unwrap();
    assert!(part.starts_with("[medusa]\n") && part.contains("registration_open = "), "{part}");
    // What is there may be somebody's settings.
    operator.run(&plan, 10);
    let from = data(known::proxy_dump().from);
    let told = operator.run(&["import", "plan", "proxy", "--from", &from, "--out", "y.plan"], 0);
    assert!(told.contains("for dragoman.toml") && told.contains("\naccept_legacy_key = false\n"), "{told}");
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let (_database, operator) = operator();
    let pipe = operator.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let told = operator.complaint(&["import", "plan", "v1", "--from", "pipe", "--out", "x.plan"], 10);
    assert!(told.contains("cannot be read twice"), "{told}");
}
