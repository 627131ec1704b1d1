//! The record of what happened: sealed by many, proven whole, pruned provably.

use std::time::Duration;

use dragoman_accounts::{Accounts, Amendment, AuditAnchor, AuditFilter, AuditProof, Authority, Origin, Realm, Role};

use crate::support::{Database, blind, proxy, register};

on_every_backend! {
    what_is_done_behind_the_chain_s_back_is_named,
    replicas_seal_one_chain,
    pruning_is_provable,
    records_are_found_by_what_is_asked,
    every_change_says_by_whom_from_where_and_through_what,
}

/// A thousand and two hundred acts under three seals.
async fn sealed(database: &Database) -> Accounts {
    let accounts = database.accounts();
    let rows: Vec<String> =
        (0..1_200).map(|number| format!("(1, 'tried', 'operator', 'here', 'act {number}')")).collect();
    let insert = "INSERT INTO audit (at, action, dialect, network, detail) VALUES";
    database.execute(&format!("{insert} {}", rows.join(", "))).await;
    assert_eq!(accounts.seal_audit().await.unwrap(), 1_200);
    assert_eq!(accounts.seal_audit().await.unwrap(), 0);
    let proof = proven(&accounts).await;
    assert_eq!((proof.records, proof.unsealed, proof.problems.len()), (1_200, 0, 0), "{proof:?}");
    assert_eq!(proof.newest.unwrap().number, 3);
    accounts
}

async fn proven(accounts: &Accounts) -> AuditProof {
    accounts.verify_audit(None).await.unwrap()
}

async fn what_is_done_behind_the_chain_s_back_is_named(database: Database) {
    let accounts = sealed(&database).await;
    let anchor = proven(&accounts).await.newest.unwrap();
    let first = accounts.audit_page(AuditFilter::default(), 0).await.unwrap()[0].id;
    let (changed, removed, one, other, tail) = (first + 10, first + 20, first + 600, first + 610, first + 1_199);
    database.execute(&format!("UPDATE audit SET network = 'elsewhere' WHERE id = {changed}")).await;
    assert_eq!(proven(&accounts).await.problems, [format!("record {changed} of seal 1 was changed")]);
    database.execute(&format!("UPDATE audit SET network = 'here' WHERE id = {changed}")).await;

    database.execute(&format!("DELETE FROM audit WHERE id = {removed}")).await;
    assert_eq!(proven(&accounts).await.problems, [format!("record {removed} of seal 1 was removed")]);

    // Two records change their numbers.
    for (from, to) in [(one, 1_000_000), (other, one), (1_000_000, other)] {
        database.execute(&format!("UPDATE audit SET id = {to} WHERE id = {from}")).await;
    }
    let problems = proven(&accounts).await.problems;
    for swapped in [one, other] {
        assert!(problems.contains(&format!("record {swapped} of seal 2 was changed")), "{problems:?}");
    }
    database.execute(&format!("DELETE FROM audit WHERE id >= {tail}")).await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.contains(&format!("record {tail} of seal 3 was removed")), "{problems:?}");

    // One that was slipped in.
    database
        .execute("INSERT INTO audit (id, at, action, dialect, seal) VALUES (2000000, 1, 'slipped in', 'operator', 2)")
        .await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.iter().any(|text| text.contains("2000000 says it is of seal 2")), "{problems:?}");

    // The tail with its seal: the counter knows better.
    database.execute("DELETE FROM audit_seals WHERE number = 3").await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.contains(&"the seals 3 to 3 are missing at the end".to_owned()), "{problems:?}");
    // And the counter with it: the anchor knows better.
    database.execute("UPDATE counters SET value = 2 WHERE name = 'audit_seals'").await;
    let told = accounts.verify_audit(Some(anchor.clone())).await.unwrap().problems;
    assert!(told.contains(&"the chain ends before the anchor".to_owned()), "{told:?}");
    // A chain that goes on from there is another one.
    accounts.record_act("tried", Origin::at("here"), None).await.unwrap();
    accounts.seal_audit().await.unwrap();
    let told = accounts.verify_audit(Some(anchor)).await.unwrap().problems;
    assert!(told.contains(&"seal 3 is not the one that the anchor was taken of".to_owned()), "{told:?}");

    database.execute("UPDATE audit_seals SET sealed_at = sealed_at + 1 WHERE number = 2").await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.contains(&"seal 2 does not follow from the seal before it".to_owned()), "{problems:?}");
    database.execute("UPDATE audit_seals SET sealed_at = sealed_at - 1, pruned = (1 = 1) WHERE number = 2").await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.iter().any(|text| text.starts_with("seal 2 is not signed")), "{problems:?}");
    database.execute("DELETE FROM audit_seals WHERE number = 1").await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.iter().any(|text| text.starts_with("seal 2 is not signed")), "{problems:?}");
}

async fn replicas_seal_one_chain(database: Database) {
    let replicas: Vec<Accounts> = (0..3).map(|_| database.accounts()).collect();
    let work = replicas.iter().cloned().enumerate().map(|(number, accounts)| {
        tokio::spawn(async move {
            for act in 0..40 {
                accounts
                    .record_act("tried", Origin::at(format!("replica {number}")), Some(&act.to_string()))
                    .await
                    .unwrap();
                if act % 5 == number {
                    accounts.seal_audit().await.unwrap();
                }
            }
        })
    });
    for work in work.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    replicas[0].seal_audit().await.unwrap();
    let proof = proven(&replicas[1]).await;
    assert_eq!((proof.records, proof.unsealed), (120, 0), "{proof:?}");
    assert_eq!(proof.problems, Vec::<String>::new());
}

async fn pruning_is_provable(database: Database) {
    let accounts = sealed(&database).await;
    let anchor = proven(&accounts).await.newest;
    assert_eq!(accounts.prune_audit(Duration::from_secs(60)).await.unwrap(), 0);
    database.wait(3_600);
    accounts.record_act("tried", Origin::at("here"), None).await.unwrap();
    accounts.seal_audit().await.unwrap();
    assert_eq!(accounts.prune_audit(Duration::from_secs(60)).await.unwrap(), 1_200);
    let proof = accounts.verify_audit(anchor).await.unwrap();
    assert_eq!((proof.records, proof.pruned, proof.problems.len()), (1, Some(3), 0), "{proof:?}");
    assert_eq!(accounts.prune_audit(Duration::from_secs(60)).await.unwrap(), 0);
    // Somebody who deletes more and says it was age is not believed.
    database.execute("DELETE FROM audit").await;
    database.execute("DELETE FROM audit_seals WHERE number = 3").await;
    database.execute("UPDATE audit_seals SET pruned = (1 = 1)").await;
    let problems = proven(&accounts).await.problems;
    assert!(problems.iter().any(|text| text.starts_with("seal 4 is not signed")), "{problems:?}");
    let wrong = Some(AuditAnchor { number: 4, digest: vec![0; 32] });
    assert_eq!(accounts.verify_audit(wrong).await.unwrap().problems.len(), 2);
}

async fn records_are_found_by_what_is_asked(database: Database) {
    let accounts = database.accounts();
    let realm = proxy();
    let ann = register(&accounts, &realm, "ann").await;
    database.wait(10);
    let later = accounts.clock().now();
    let origin = dragoman_accounts::Origin { network: Some("command line, user 0".to_owned()) };
    accounts.set_role(&realm, dragoman_accounts::Authority::Operator, ann, Role::Administrator, origin).await.unwrap();
    accounts.record_act("backup made", Origin::at("command line, user 0"), Some("a\0b")).await.unwrap();
    accounts.record_change("settings", Origin::at("start"), "one").await.unwrap();
    accounts.record_change("settings", Origin::at("start"), "one").await.unwrap();
    accounts.record_change("settings", Origin::at("start"), "two").await.unwrap();
    let found = async |filter: AuditFilter| -> Vec<String> {
        let records = accounts.newest_audit(filter, None, 100).await.unwrap();
        records.into_iter().map(|record| format!("{} {}", record.action, record.detail.unwrap_or_default())).collect()
    };
    let all = found(AuditFilter::default()).await;
    assert_eq!(all, ["settings two", "settings one", "backup made ab", "role changed ", "registered "]);
    let of_ann = AuditFilter { account: Some(ann.0), ..AuditFilter::default() };
    assert_eq!(found(of_ann.clone()).await, ["role changed ", "registered "]);
    assert_eq!(found(AuditFilter { since: Some(later), ..of_ann.clone() }).await, ["role changed "]);
    assert_eq!(found(AuditFilter { until: Some(later), ..of_ann }).await, ["registered "]);
    assert_eq!(found(AuditFilter { action: Some("settings".to_owned()), ..AuditFilter::default() }).await.len(), 2);
    assert_eq!(found(AuditFilter { actor: Some(ann.0), ..AuditFilter::default() }).await, Vec::<String>::new());
}

async fn every_change_says_by_whom_from_where_and_through_what(database: Database) {
    let (accounts, frp) = (database.accounts(), blind("frp"));
    let ann = register(&accounts, &frp, "ann").await;
    let operator = Realm { dialect: "operator", ..frp.clone() };
    let here = || Origin::at("command line, user 0");
    accounts.set_password(&operator, ann, "new".into(), here()).await.unwrap();
    accounts.end_sessions_of(&operator, Authority::Operator, ann, here()).await.unwrap();
    accounts.forget_failures(&operator, Authority::Operator, ann, here()).await.unwrap();
    let bio = Amendment { display_name: Some(Some("Ann".to_owned())), ..Amendment::default() };
    accounts.amend_own(&frp, ann, bio, Origin::at("192.0.2.1")).await.unwrap();
    for taken_over in [true, true, false] {
        accounts.set_taken_over(&proxy(), taken_over, here()).await.unwrap();
    }
    accounts.rotate_signing_keys("proxy", Duration::from_secs(1), here()).await.unwrap();
    let records = accounts.audit_page(AuditFilter::default(), 0).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .skip(1)
        .map(|record| {
            let through = (record.dialect.as_str(), record.network.as_deref().unwrap_or_default());
            (record.action.as_str(), record.account, record.actor, through, record.detail.as_deref())
        })
        .collect();
    let operator = ("operator", "command line, user 0");
    assert_eq!(
        told,
        [
            ("password set", Some(ann), None, operator, None),
            ("sessions ended", Some(ann), None, operator, None),
            ("failures forgotten", Some(ann), None, operator, None),
            ("profile changed", Some(ann), Some(ann), ("frp", "192.0.2.1"), None),
            ("old server taken over", None, None, operator, Some("proxy")),
            ("old server decides again", None, None, operator, Some("proxy")),
            ("signing key rotated", None, None, operator, Some("proxy")),
        ]
    );
    // Page by page, the newest first.
    let newest = accounts.newest_audit(AuditFilter::default(), None, 3).await.unwrap();
    let before = accounts.newest_audit(AuditFilter::default(), Some(newest[2].id), 3).await.unwrap();
    let actions: Vec<&str> = newest.iter().chain(&before).map(|record| record.action.as_str()).collect();
    assert_eq!(actions, told.iter().rev().take(6).map(|record| record.0).collect::<Vec<_>>());

    let state = accounts.audit_state().await.unwrap();
    assert_eq!((state.newest, state.unsealed, state.pruned), (None, 8, None));
    accounts.seal_audit().await.unwrap();
    let state = accounts.audit_state().await.unwrap();
    assert_eq!((state.newest.map(|(anchor, _)| anchor), state.unsealed), (proven(&accounts).await.newest, 0));
}
