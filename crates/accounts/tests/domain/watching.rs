//! What whoever watches a gateway is told: tallies over replicas, rows, logins, and accounts over all scopes.

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_accounts::{clock::Timestamp, *};
use dragoman_passwords::AtRest;

use crate::support::*;

on_every_backend! {
    tallies_add_up_over_replicas_and_are_bounded,
    an_account_is_found_over_all_scopes_page_by_page,
    a_dossier_holds_everything_but_secrets,
    logins_and_rows_are_counted,
}

fn amounts(list: &[(&str, i64)]) -> BTreeMap<String, i64> {
    list.iter().map(|(measure, amount)| ((*measure).to_owned(), *amount)).collect()
}

async fn tallies_add_up_over_replicas_and_are_bounded(db: Database) {
    let begin = Timestamp::from_seconds(1_800_000_000);
    db.clock.set(begin);
    let told = (0..4).map(|replica| {
        let accounts = db.accounts();
        let mine = amounts(&[("requests", 5), (&format!("replica.{replica}"), 1)]);
        async move { accounts.add_tallies(mine).await.unwrap() }
    });
    at_once(told).await;
    let accounts = db.accounts();
    let hour = Duration::from_secs(3_600);
    let minutes = accounts.tallies(TallySpan::Minute, hour).await.unwrap();
    assert_eq!((minutes.len(), minutes[0].begins_at, minutes[0].amounts.len()), (1, begin, 5));
    assert_eq!(minutes[0].amounts["requests"], 20);
    db.wait(60);
    accounts.add_tallies(amounts(&[("requests", 1)])).await.unwrap();
    let minutes = accounts.tallies(TallySpan::Minute, hour).await.unwrap();
    assert_eq!(minutes.iter().map(|tally| tally.amounts["requests"]).collect::<Vec<_>>(), [20, 1]);
    let hours = accounts.tallies(TallySpan::Hour, 24 * hour).await.unwrap();
    assert_eq!(hours.iter().map(|tally| tally.amounts["requests"]).collect::<Vec<_>>(), [21]);
    db.wait(4 * 3_600);
    accounts.add_tallies(amounts(&[("requests", 2)])).await.unwrap();
    assert_eq!(accounts.tallies(TallySpan::Minute, 24 * hour).await.unwrap().len(), 1, "minutes are forgotten");
    assert_eq!(accounts.tallies(TallySpan::Hour, 24 * hour).await.unwrap().len(), 2);
    db.wait(9 * 24 * 3_600);
    accounts.add_tallies(amounts(&[])).await.unwrap();
    assert_eq!(accounts.tallies(TallySpan::Hour, 900 * hour).await.unwrap().len(), 0);
    assert_eq!(accounts.add_tallies(amounts(&[(&"x".repeat(65), 1)])).await, Err(AccountError::NotStorable));
}

async fn an_account_is_found_over_all_scopes_page_by_page(db: Database) {
    let accounts = db.accounts();
    let own = |scope: &'static str| Realm { admits: Admission::Own, ..exact(scope) };
    let mut bobs = Vec::new();
    for (realm, name) in [(blind("frp"), "bob"), (own("left"), "BOB"), (own("right"), "bob")] {
        bobs.push(register(&accounts, &realm, name).await);
    }
    let ann = register(&accounts, &blind("frp"), "ann").await;
    let address = Some("Bob@example.com".to_owned());
    accounts.set_email(&blind("frp"), Authority::Operator, ann, address, true, Origin::default()).await.unwrap();
    let found = |text: &str, after: i64, limit| {
        let (accounts, text) = (accounts.clone(), text.to_owned());
        async move {
            let page = accounts.find_anywhere(&text, AccountNumber(after), limit).await.unwrap();
            (page.accounts.iter().map(|summary| summary.account.number).collect::<Vec<_>>(), page.next)
        }
    };
    assert_eq!(found("Bob", 0, 10).await, (bobs.clone(), None));
    assert_eq!(found("Bob", 0, 2).await, (bobs[..2].to_vec(), Some(bobs[1])));
    assert_eq!(found("Bob", bobs[1].0, 2).await, (bobs[2..].to_vec(), None));
    assert_eq!(found("bob@EXAMPLE.com", 0, 10).await, (vec![ann], None));
    assert_eq!(found(&ann.to_string(), 0, 10).await, (vec![ann], None));
    for nothing in ["bo", "%", "nobody", "99", "-1", "' OR 1=1", &"x".repeat(10_000)] {
        assert_eq!(found(nothing, 0, 10).await, (vec![], None), "{nothing}");
    }
    let mut after = AccountNumber(0);
    let mut seen = Vec::new();
    loop {
        let page = accounts.summaries_after(after, 3).await.unwrap();
        seen.extend(page.accounts.iter().map(|summary| summary.account.number));
        let Some(next) = page.next else { break };
        after = next;
    }
    assert_eq!(seen, [bobs, vec![ann]].concat());
}

async fn a_dossier_holds_everything_but_secrets(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let limited = Realm { throttle: Some(ThrottlePolicy::default()), ..realm.clone() };
    let number = register(&accounts, &realm, "bob").await;
    for token in ["one", "two"] {
        enter(&accounts, &realm, "bob", token).await;
    }
    accounts.log_in(&limited, attempt_from("192.0.2.1", "bob", "wrong")).await.unwrap_err();
    let dossier = accounts.dossier(number).await.unwrap().unwrap();
    assert_eq!((dossier.summary.name(), dossier.session_count, dossier.sessions.len()), (Some("bob"), 2, 2));
    assert_eq!(dossier.views.iter().map(|view| view.at_rest).collect::<Vec<_>>(), [Some(AtRest::Native)]);
    assert!(dossier.last_login_at.is_some());
    assert_eq!(dossier.failures.iter().map(|(failures, _)| *failures).collect::<Vec<_>>(), [1, 1]);
    assert!(!format!("{dossier:?}").contains("$2"), "{dossier:?}");
    assert_eq!(accounts.dossier(AccountNumber(99)).await.unwrap(), None);
    let root = register_as(&accounts, &realm, "root", Role::SuperAdministrator).await;
    let (word, origin) = (Authority::NotBelow(root), Origin { network: Some("192.0.2.9".to_owned()) });
    accounts.forget_failures_of(&realm, word, number, origin.clone()).await.unwrap();
    accounts.end_sessions_of(&realm, word, number, origin.clone()).await.unwrap();
    let dossier = accounts.dossier(number).await.unwrap().unwrap();
    assert_eq!((dossier.failures.len(), dossier.session_count), (0, 0));
    let history = accounts.audit_of(number).await.unwrap();
    assert_eq!((history[0].action.as_str(), history[0].actor), ("sessions ended", Some(root)));
    assert_eq!(history[0].network.as_deref(), Some("192.0.2.9"));
    let refused = accounts.end_sessions_of(&realm, Authority::NotBelow(number), root, origin).await;
    assert_eq!(refused, Err(AccountError::Forbidden));
}

async fn logins_and_rows_are_counted(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "token").await;
    for name in ["bob", "nobody"] {
        log_in(&accounts, &realm, name, "wrong").await.unwrap_err();
    }
    let vitals = accounts.vitals();
    let of =
        |outcome| vitals.logins.iter().find(|(dialect, known, _)| (*dialect, *known) == ("frp", outcome)).unwrap().2;
    assert_eq!((of(LoginOutcome::Right), of(LoginOutcome::Wrong), of(LoginOutcome::Busy)), (1, 2, 0));
    assert!(vitals.store.writers.connections > 0 && vitals.store.readers.errors == 0, "{vitals:?}");
    assert_eq!((vitals.hashing_threads, vitals.hashing_capacity, vitals.hashing_waiting), (2, 1_000, 0));
    let census = accounts.census().await.unwrap();
    assert_eq!((census.accounts, census.sessions), (1, vec![("frp".to_owned(), 1)]));
    assert_eq!(census.mails.iter().map(|(_, number)| number).sum::<i64>(), 0);
}
