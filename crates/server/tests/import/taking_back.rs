//! An undo of many accounts at once: what changed since stays, the rest goes, and names in other letter cases are passed on.

use dragoman_testkit::{ThrowawayDatabase, backends, snapshot};
use serde_json::{Value, json};

use crate::operator::Operator;

/// More than one batch.
const USERS: u64 = 700;

fn line(id: u64, name: &str) -> Value {
    let hash = "$2b$10$63AfHhuscLt.Q8FW.JQMFOfHbp.z.6vW9JhUmz1Vif/Zb5G7x4JN.";
    json!({ "id": id, "username": name, "password": { "scheme": "bcrypt", "value": hash } })
}

fn write(operator: &Operator, name: &str, lines: &[Value]) {
    let heading = json!({ "format": "dragoman-jsonl", "version": 1 });
    let lines: Vec<String> = [&heading].into_iter().chain(lines).map(Value::to_string).collect();
    std::fs::write(operator.path().join(name), lines.join("\n")).unwrap();
}

/// ivy is here, as number 1; the old tunnel service has 699 users, one more in capitals, and two accounts of hers.
fn imported(operator: &Operator) {
    write(operator, "here.jsonl", &[line(1, "ivy")]);
    operator.run(&["import", "plan", "proxy", "--from", "here.jsonl", "--out", "here.plan"], 0);
    operator.run(&["import", "apply", "here.plan"], 0);
    let mut old: Vec<Value> = (2..=USERS).map(|id| line(id, &format!("user{id}"))).collect();
    old.extend([line(701, "USER7"), line(702, "ivy.old"), line(703, "ivy.older")]);
    write(operator, "old.jsonl", &old);
    let pairs = ["ivy.old", "ivy.older"].map(|source| json!({ "source": source, "gateway": "ivy" }).to_string());
    std::fs::write(operator.path().join("pairs.jsonl"), pairs.join("\n")).unwrap();
    let plan = ["import", "plan", "frp", "--from", "old.jsonl", "--out", "old.plan", "--pairs", "pairs.jsonl"];
    operator.run(&plan, 11);
    let applied = operator.json(&["import", "apply", "old.plan", "--accept", "--json"], 0);
    assert_eq!(applied["accounts"], json!(USERS + 2), "{applied}");
}

#[test]
fn what_changed_stays_and_the_rest_goes() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let operator = Operator::of(database.url());
        imported(&operator);
        for name in ["user300", "USER7"] {
            operator.run(&["account", "--scope", "frp", "lock", name], 0);
        }
        let verified = operator.json(&["import", "verify", "old.plan", "--json"], 10);
        // The two that are locked, and the second number of one account.
        assert_eq!(verified["differences"], json!(3), "{verified}");
        let undone = operator.json(&["import", "undo", "old.plan", "--json"], 0);
        // Of two merges into one account the later one goes first: the earlier one is told, and goes with the next undo.
        let kept = |undone: &Value| {
            let kept = undone["kept"].as_array().unwrap().iter();
            kept.map(|kept| kept["account"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!((kept(&undone), &undone["accounts"]), (vec![300, 701, 1], &json!(699)));
        let undone = operator.json(&["import", "undo", "old.plan", "--json"], 0);
        assert_eq!((kept(&undone), &undone["accounts"]), (vec![300, 701], &json!(1)));
        let shown = operator.run(&["account", "--scope", "frp", "--json", "show", "uSer7"], 0);
        assert!(shown.contains("\"USER7\""), "the name in any case leads to the one that is left: {shown}");
        let listed: Value = serde_json::from_str(&operator.run(&["account", "--json", "list"], 0)).unwrap();
        let listed = listed.as_array().unwrap().iter().map(|account| account["username"].clone()).collect::<Vec<_>>();
        assert_eq!(listed, ["ivy", "user300", "USER7"]);
        let rows = snapshot::rows(&backend, database.url());
        for table in ["accounts", "identities", "credentials", "import_entries"] {
            let left = rows.iter().filter(|row| row.starts_with(table)).count();
            assert!(left <= 4, "{left} rows of {table} are left");
        }
    }
}
