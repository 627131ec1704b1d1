//! A mapping drafted from the tables themselves, and planned with as it stands.

use dragoman_testkit::{Backend, ThrowawayDatabase};
use serde_json::Value;

use crate::{
    known::{self, Deployment, data},
    operator::Operator,
};

fn operator() -> (ThrowawayDatabase, Operator) {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let operator = Operator::of(database.url());
    (database, operator)
}

/// The draft for a file of a deployment, unchanged in the place of the mapping that somebody wrote.
fn drafted(deployment: Deployment) -> Deployment {
    let (_database, operator) = operator();
    let mapping = operator.run(&["import", "suggest-mapping", "--from", &data(deployment.from)], 0);
    Deployment { mapping: Some(mapping), ..deployment }
}

/// The accounts of a plan, each with what becomes of it and the fingerprint of all that is taken from its row.
fn planned(operator: &Operator, deployment: &Deployment) -> Vec<Value> {
    operator.plan(deployment);
    let plan = std::fs::read_to_string(operator.path().join("plan.jsonl")).unwrap();
    plan.lines().map(|line| serde_json::from_str(line).unwrap()).filter(|line: &Value| line["n"].is_u64()).collect()
}

#[test]
fn the_drafts_for_the_shared_sites_plan_unchanged_as_the_mappings_that_were_written() {
    for (name, scheme) in [("php_a", "md5"), ("php_b", "md5_md5_salt"), ("php_c", "digest")] {
        let site = || match name {
            "php_a" => known::php_a(),
            "php_b" => known::php_b(),
            _ => known::php_c(),
        };
        let drafted = drafted(site());
        let mapping = drafted.mapping.as_deref().unwrap();
        assert!(mapping.contains(&format!("password_scheme = \"{scheme}\"")), "{mapping}");
        let (_database, operator) = operator();
        let by_hand = planned(&operator, &site());
        assert_eq!(by_hand.len(), site().accounts);
        assert_eq!(planned(&operator, &drafted), by_hand, "{mapping}");
    }
}

#[test]
fn reasons_and_doubts_are_comments_and_no_value_of_a_password_is_shown() {
    let mapping = drafted(known::php_a()).mapping.unwrap();
    for line in [
        "# NOT SURE: created_at:",
        "table = \"user\"",
        "[email]",
        "[status]",
        "active = [\"1\"]",
        "[role]",
        "utc_offset = \"+08:00\"",
    ] {
        assert!(mapping.contains(line), "{line} in {mapping}");
    }
    let dump = std::fs::read_to_string(data("php/variant_a.sql")).unwrap();
    let hashes = dump.split('\'').filter(|text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(hashes.into_iter().all(|hash| !mapping.contains(hash)), "{mapping}");
    let mapping = drafted(known::php_b()).mapping.unwrap();
    assert!(mapping.contains("disabled = [\"locked\"]") && mapping.contains("[skip_if]"), "{mapping}");
    assert!(mapping.contains("format = \"unix_seconds\""), "{mapping}");
}

#[test]
fn bcrypt_and_hostile_names_and_tables_without_accounts() {
    let (_database, operator) = operator();
    let write = |text: &str| std::fs::write(operator.path().join("x.sql"), text).unwrap();
    let hash = "$2y$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6";
    write(&format!(
        "-- by hand\nCREATE TABLE `us\"er\n# x` (`n'ame` varchar(9), `pass\\word` varchar(99), banned int);\n\
         INSERT INTO `us\"er\n# x` VALUES ('ann','{hash}',0),('bob','{hash}',1),('cleo','{hash}',0);\n"
    ));
    let mapping = operator.run(&["import", "suggest-mapping", "--from", "x.sql"], 0);
    std::fs::write(operator.path().join("x.toml"), &mapping).unwrap();
    let plan = ["import", "plan", "php", "--from", "x.sql", "--mapping", "x.toml", "--out", "x.plan", "--json"];
    let planned = operator.json(&plan, 0);
    assert_eq!(planned["summary"]["actions"]["create"], 3, "{planned} {mapping}");
    assert!(mapping.contains("disabled = [\"1\"]"), "{mapping}");
    write("-- by hand\nCREATE TABLE t (a int);\nINSERT INTO t VALUES (1),(2);\n");
    let told = operator.complaint(&["import", "suggest-mapping", "--from", "x.sql"], 10);
    assert!(told.contains("no table has both names and password hashes") && told.contains("\"t\""), "{told}");
}
