//! What whoever watches a gateway is told: tallies over replicas, rows, logins, and accounts over all scopes.

use std::collections::BTreeMap;
use std::time::Duration;

use dragoman_accounts::{clock::Timestamp, *};
use dragoman_passwords::AtRest;

use crate::support::*;

on_every_backend! {
    tallies_add_up_over_replicas_and_are_bounded,
    an_account_is_found_over_all_scopes_page_by_page,
    beginnings_are_found_in_order_whatever_their_case_page_by_page,
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
    let all = [bobs.clone(), vec![ann]].concat();
    assert_eq!(found(&accounts, "Bob", 10).await.concat(), all, "whole names first, then the address");
    assert_eq!(found(&accounts, "bo", 10).await[0].len(), 4);
    assert_eq!(found(&accounts, "bob@EXAMPLE.com", 10).await, [[ann]]);
    assert_eq!(found(&accounts, "bob@e", 10).await, [[ann]]);
    assert_eq!(found(&accounts, &ann.to_string(), 10).await, [[ann]]);
    for nothing in ["ob", "%", "nobody", "99", "-1", "' OR 1=1", &"x".repeat(10_000)] {
        assert_eq!(found(&accounts, nothing, 10).await, [Vec::<AccountNumber>::new()], "{nothing}");
    }
    let mut after = AccountNumber(0);
    let mut seen = Vec::new();
    loop {
        let page = accounts.summaries_after(after, 3).await.unwrap();
        seen.extend(page.accounts.iter().map(|summary| summary.account.number));
        let Some(next) = page.next else { break };
        after = next;
    }
    assert_eq!(seen, all);
}

/// The accounts that a search finds, page by page.
async fn found(accounts: &Accounts, text: &str, limit: usize) -> Vec<Vec<AccountNumber>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = accounts.search(text, after, limit).await.unwrap();
        pages.push(page.accounts.iter().map(|summary| summary.account.number).collect());
        let Some(next) = page.next else { return pages };
        // As it goes through an address.
        after = Some(next.to_string().parse().unwrap());
    }
}

async fn beginnings_are_found_in_order_whatever_their_case_page_by_page(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let mut numbers = BTreeMap::new();
    let long = "ä".repeat(40);
    for name in
        ["carl", "Ann3", "ANN1", "ann2", "an", "ano", "Änn", "王五", "王", &format!("{long}x"), &format!("{long}y")]
    {
        numbers.insert(name.to_owned(), register(&accounts, &realm, name).await);
    }
    let own = Realm { admits: Admission::Own, ..exact("left") };
    let other = register(&accounts, &own, "ann2").await;
    let names = |names: &[&str]| names.iter().map(|name| numbers[*name]).collect::<Vec<_>>();
    let pages = found(&accounts, "aNN", 2).await;
    assert_eq!(pages.len(), 3, "{pages:?}");
    assert_eq!((pages[0].len(), pages[1].len(), pages[2].len()), (2, 2, 0));
    let all = pages.concat();
    assert_eq!((all[0], all[3]), (numbers["ANN1"], numbers["Ann3"]));
    assert!(all.contains(&numbers["ann2"]) && all.contains(&other));
    assert_eq!(found(&accounts, "änn", 9).await, [names(&["Änn"])]);
    assert_eq!(found(&accounts, "王", 9).await, [names(&["王", "王五"])]);
    // Longer than what is kept for searches.
    assert_eq!(found(&accounts, &format!("{long}X"), 9).await, [names(&[&format!("{long}x")])]);
    assert_eq!(found(&accounts, &long, 9).await[0].len(), 2);
    // Written by a version before: found once their keys are made.
    db.execute("UPDATE identities SET search_key = NULL WHERE value <> 'carl'").await;
    assert_eq!(found(&accounts, "ann", 9).await[0].len(), 0);
    assert_eq!(found(&accounts, "ann2", 9).await[0].len(), 2, "whole names need none");
    assert_eq!(accounts.make_search_keys().await, Ok(11));
    assert_eq!(accounts.make_search_keys().await, Ok(0));
    assert_eq!(found(&accounts, "ann", 9).await[0].len(), 4);
    // What changes its name or is gone is found no more by the old one.
    accounts.rename(&realm, Authority::Operator, numbers["ann2"], "zoe".into(), Origin::default()).await.unwrap();
    accounts.delete(&realm, Authority::Operator, numbers["ANN1"], Origin::default()).await.unwrap();
    assert_eq!(found(&accounts, "ann", 9).await[0].len(), 2);
    assert_eq!(found(&accounts, "zo", 9).await, [names(&["ann2"])]);
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
    accounts.forget_failures(&realm, word, number, origin.clone()).await.unwrap();
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
