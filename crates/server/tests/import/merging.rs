//! Two accounts that are one person's: listed, or proven pair by pair; never by an address or a name alone.

use dragoman_testkit::{Backend, ThrowawayDatabase};
use serde_json::{Value, json};

use crate::operator::Operator;

const HASH: &str = "$2b$10$63AfHhuscLt.Q8FW.JQMFOfHbp.z.6vW9JhUmz1Vif/Zb5G7x4JN.";
const OTHER: &str = "$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6";
const PASSWORD: &str = "ivy's password";

/// A line of the neutral source.
fn line(id: u64, name: &str, (scheme, hash): (&str, &str), email: &str, verified: bool) -> Value {
    json!({ "id": id, "username": name, "password": { "scheme": scheme, "value": hash }, "email": email,
        "email_verified": verified })
}

struct Gateway {
    operator: Operator,
    _database: ThrowawayDatabase,
}

impl Gateway {
    /// With ivy, who proved her address, and max, who did not.
    fn new() -> Self {
        let database = ThrowawayDatabase::create(&Backend::Sqlite);
        let gateway = Self { operator: Operator::of(database.url()), _database: database };
        let here = [
            line(1, "ivy", ("bcrypt", HASH), "ivy@example.org", true),
            line(2, "max", ("bcrypt", HASH), "max@example.org", false),
        ];
        gateway.plan("proxy", "here", &here, &[], 0);
        gateway.operator.json(&["import", "apply", "here.plan", "--json"], 0);
        gateway
    }

    fn plan(&self, dialect: &str, name: &str, lines: &[Value], more: &[&str], status: i32) -> Value {
        let heading = json!({ "format": "dragoman-jsonl", "version": 1 });
        let lines: Vec<String> = [&heading].into_iter().chain(lines).map(Value::to_string).collect();
        std::fs::write(self.operator.path().join(format!("{name}.jsonl")), lines.join("\n")).unwrap();
        let (from, out) = (format!("{name}.jsonl"), format!("{name}.plan"));
        let arguments = [&["import", "plan", dialect, "--from", &from, "--out", &out, "--json"], more].concat();
        self.operator.json(&arguments, status)
    }

    fn actions(&self, plan: &str) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.operator.path().join(plan)).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let accounts = lines.filter(|line| line["action"].is_string());
        accounts
            .map(|line| (line["login"].as_str().unwrap().to_owned(), line["action"].as_str().unwrap().to_owned()))
            .collect()
    }
}

fn are(actions: &[(String, String)], expected: &[(&str, &str)]) {
    let actions: Vec<(&str, &str)> = actions.iter().map(|(login, action)| (login.as_str(), action.as_str())).collect();
    assert_eq!(actions, expected);
}

#[test]
fn the_same_proven_address_and_the_same_password_are_one_person() {
    let gateway = Gateway::new();
    let old = [
        line(7, "ivy.old", ("bcrypt", HASH), "ivy@example.org", true),
        // Her address, but nothing shows that it is her password.
        line(8, "stranger", ("bcrypt", OTHER), "IVY@example.org", true),
        // Her password and name, but not a proven address.
        line(9, "ivy", ("bcrypt", HASH), "ivy@example.org", false),
        // An address that nobody proved here.
        line(10, "max", ("bcrypt", HASH), "max@example.org", true),
    ];
    gateway.plan("frp", "scope", &old, &[], 11);
    are(
        &gateway.actions("scope.plan"),
        &[("ivy.old", "create"), ("stranger", "create"), ("ivy", "create"), ("max", "create")],
    );
    gateway.plan("frp", "old", &old, &["--policy", "email=merge"], 11);
    are(
        &gateway.actions("old.plan"),
        &[("ivy.old", "merge"), ("stranger", "create"), ("ivy", "create"), ("max", "create")],
    );
    gateway.plan("frp", "alone", &old[1..2], &["--policy", "email=merge"], 0);
    are(&gateway.actions("alone.plan"), &[("stranger", "create")]);
    gateway.operator.json(&["import", "apply", "old.plan", "--accept", "--json"], 0);
    let shown = |name: &str| {
        let answer = gateway.operator.run(&["account", "--scope", "frp", "--json", "show", name], 0);
        serde_json::from_str::<Value>(&answer).unwrap()["number"].clone()
    };
    assert_eq!(shown("ivy.old"), 1, "it became part of the account that was here");
    assert_ne!(shown("max"), 2);
    let known = [("ivy.old", PASSWORD), ("max", PASSWORD)].map(|(name, word)| (name.to_owned(), word.to_owned()));
    gateway.operator.write("known.jsonl", &known);
    gateway.operator.json(&["import", "verify", "old.plan", "--credentials", "known.jsonl", "--json"], 0);
    let history = gateway.operator.run(&["account", "--json", "--number", "history", "1"], 0);
    assert!(history.contains("merged by import") && history.contains("\"imported "), "{history}");
}

#[test]
fn a_listed_pair_with_a_password_is_merged_only_if_it_opens_both() {
    let gateway = Gateway::new();
    let old = [
        line(7, "ivy7", ("md5", "99a6b8be9e1f4f4b1d1dbbcfb0b5bd1e"), "", false),
        line(8, "max8", ("plain", PASSWORD), "", false),
        line(9, "ann9", ("plain", "x"), "", false),
    ];
    let pairs = [
        json!({ "source": "ivy7", "gateway": "ivy", "password": PASSWORD }),
        json!({ "source": "max8", "gateway": "max", "password": PASSWORD }),
    ]
    .map(|pair| pair.to_string());
    std::fs::write(gateway.operator.path().join("pairs.jsonl"), pairs.join("\n")).unwrap();
    let planned = gateway.plan("frp", "old", &old, &["--pairs", "pairs.jsonl"], 11);
    are(&gateway.actions("old.plan"), &[("ivy7", "create"), ("max8", "merge"), ("ann9", "create")]);
    assert!(planned["summary"]["warnings"].to_string().contains("not merged"), "{planned}");
    let plan = std::fs::read_to_string(gateway.operator.path().join("old.plan")).unwrap();
    assert!(!plan.contains(PASSWORD), "a plan holds no password");
    std::fs::write(gateway.operator.path().join("pairs.jsonl"), r#"{"source": "a", "password": "geheim"}"#).unwrap();
    let wrong = ["import", "plan", "frp", "--from", "old.jsonl", "--out", "x.plan", "--pairs", "pairs.jsonl"];
    let told = gateway.operator.complaint(&wrong, 10);
    assert!(told.contains("pairs, line 1") && !told.contains("geheim"), "{told}");
}
