//! A mapping drafted from the tables themselves, and planned with as it stands.

use dragoman_testkit::{Backend, ThrowawayDatabase};

use crate::{
    known::{self, Deployment, data},
    lets_everybody_in,
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

#[test]
fn the_drafts_for_the_shared_sites_open_the_same_accounts() {
    for (deployment, scheme) in [(known::php_a(), "md5"), (known::php_b(), "md5_md5_salt"), (known::php_c(), "digest")]
    {
        let drafted = drafted(deployment);
        let mapping = drafted.mapping.as_deref().unwrap();
        assert!(mapping.contains(&format!("password_scheme = \"{scheme}\"")), "{mapping}");
        lets_everybody_in(&drafted);
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
