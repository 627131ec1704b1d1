//! Many deployments into one gateway: whatever collides, nobody loses a login.

use std::fmt::Write;

use dragoman_testkit::{Backend, ThrowawayDatabase, backends};
use serde_json::{Value, json};

use crate::{
    known::{self, Deployment},
    operator::Operator,
};

/// Everything of `accounts.json` through the real endpoints, after all five came.
#[test]
fn all_five_deployments_into_one_gateway() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let operator = Operator::of(database.url());
    let all: [Deployment; 5] = [known::medusa(), known::proxy_dump(), known::v1_dump(), known::frp(), known::php_a()];
    for deployment in &all {
        operator.plan(deployment);
        std::fs::rename(operator.path().join("plan.jsonl"), operator.path().join(deployment.dialect)).unwrap();
        operator.json(&["import", "apply", deployment.dialect, "--accept", "--wrap", "now", "--json"], 0);
    }
    for deployment in &all {
        let verified = operator.json(&["import", "verify", deployment.dialect, "--json"], 0);
        assert_eq!(verified["differences"], json!(0), "{verified}");
    }
    for Deployment { dialect, open, closed, .. } in &all {
        let verify = |file: &str, logins: &[(String, String)], status| {
            operator.write(file, logins);
            operator.json(&["import", "verify", dialect, "--json", "--credentials", file], status)
        };
        if !closed.is_empty() {
            let verified = verify("closed", closed, 10);
            assert_eq!(verified["logins_refused"].as_array().unwrap().len(), closed.len(), "{verified}");
        }
        let verified = verify("open", open, 0);
        assert_eq!(verified["logins"], json!(open.len()), "{verified}");
    }
    // Taken back in another order than they came, nothing of them is left but what was there before.
    for deployment in [&all[1], &all[4], &all[0], &all[2], &all[3]] {
        let undone = operator.json(&["import", "undo", deployment.dialect, "--json"], 0);
        let kept: Vec<_> = undone["kept"].as_array().unwrap().iter().map(|kept| kept["username"].clone()).collect();
        assert_eq!(kept, known::given_a_key_by_a_login(deployment), "{undone}");
    }
    let listed: Value = serde_json::from_str(&operator.run(&["account", "--json", "list"], 0)).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
}

const NAMES: usize = 1_000;

/// A pool whose users have the same names and numbers as those of every other one, and a password of this one.
fn pool(pool: &str, hash: &str) -> String {
    let mut dump = String::from(
        "-- generated\nCREATE TABLE `user` (`id` int, `username` varchar(32), `password_hash` varchar(128), `createtime` datetime, \
         `locked` tinyint, `description` varchar(250), `avatar` varchar(250), `role_id` int);\n",
    );
    for id in 1..=NAMES {
        let name = if id.is_multiple_of(2) { format!("user{id}") } else { format!("User{id}") };
        let row = format!("({id},'{name}','{hash}','2020-01-01 00:00:00',0,'of {pool}','',3)");
        let _ = writeln!(dump, "INSERT INTO `user` VALUES {row};");
    }
    dump
}

#[test]
fn two_deployments_of_one_dialect_with_a_thousand_equal_names() {
    // md5$SALT$HMAC of "of pool a" and "of pool b", as very old Werkzeug releases wrote them.
    let hashes = [("a", "md5$x1$697b5696941893e72895f6284cadb0cf"), ("b", "md5$x1$340e89f2abdfb2c1a7913273b5871780")];
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let operator = Operator::of(database.url());
        let mounts = "[passwords]\nbcrypt_cost = 10\n[[mounts]]\ndialect = \"proxy\"\nprefix = \"/pool-b\"\nscope = \"pool-b\"\nfamiliar_paths = false\n";
        std::fs::write(operator.path().join("dragoman.toml"), mounts).unwrap();
        for (name, hash) in hashes {
            let (dump, plan) = (format!("{name}.sql"), format!("{name}.plan"));
            std::fs::write(operator.path().join(&dump), pool(name, hash)).unwrap();
            let mut arguments = vec!["import", "plan", "proxy", "--from", &dump, "--out", &plan, "--json"];
            if name == "b" {
                arguments.extend(["--scope", "pool-b"]);
            }
            let planned = operator.json(&arguments, 0);
            assert_eq!(planned["summary"]["actions"]["create"], json!(NAMES), "{planned}");
            operator.json(&["import", "apply", &plan, "--wrap", "background", "--json"], 0);
        }
        for (name, other) in [("a", "b"), ("b", "a")] {
            let plan = format!("{name}.plan");
            let known = |of: &str| {
                let some = (1..=NAMES).step_by(if backend == Backend::Sqlite { 100 } else { 500 });
                let login = |id: usize| if id.is_multiple_of(2) { format!("user{id}") } else { format!("User{id}") };
                some.map(|id| (login(id), format!("of pool {of}"))).collect::<Vec<_>>()
            };
            // Comparing a thousand rows a second time shows nothing new on a server.
            if backend == Backend::Sqlite {
                operator.write("wrong.jsonl", &known(other)[..2]);
                let wrong = ["import", "verify", &plan, "--credentials", "wrong.jsonl", "--json"];
                let verified = operator.json(&wrong, 10);
                assert_eq!(verified["logins_refused"].as_array().unwrap().len(), 2, "{verified}");
            }
            operator.write("known.jsonl", &known(name));
            let verified = operator.json(&["import", "verify", &plan, "--credentials", "known.jsonl", "--json"], 0);
            assert_eq!(verified["accounts"], json!(NAMES), "{verified}");
            assert_eq!(verified["differences"], json!(0), "{verified}");
        }
    }
}
