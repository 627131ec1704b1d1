//! The counters on every engine at hand: over replicas, within their bounds, and forgotten in time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use dragoman_store::throwaway::{Throwaway, every_engine};
use dragoman_usage::{
    Call, Caller, Client, Counted, Limits, OTHER_ROUTE, Sample, ShadowRoute, Since, TABLES, Usage, Verdict, Verdicts,
    day_of,
};

const DAY: i64 = 86_400_000;
/// An instant on a day far from its ends.
const NOON: i64 = 20_000 * DAY + DAY / 2;
const ROOMY: Limits = Limits { callers: 1_000, days: 1_000, clients: 100 };

fn call(route: &'static str, client: &str, account: i64) -> Call {
    let caller = if account == 0 { Caller::Nobody } else { Caller::Account(account) };
    Call { mount: "/frp".into(), route, client: Client::of_user_agent(Some(client.as_bytes())), caller }
}

fn times(call: Call, requests: i64, at: i64) -> Counted {
    Counted { requests, ..Counted::one(call, at) }
}

async fn opened(database: &Throwaway, limits: Limits) -> Usage {
    Usage::new(database.migrated(&TABLES).await, limits)
}

fn key(route: &str) -> (String, String) {
    ("/frp".to_owned(), route.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_add_to_one_count() {
    for database in every_engine() {
        let replicas = [opened(&database, ROOMY).await, opened(&database, ROOMY).await];
        let mut writing = Vec::new();
        for round in 0..20_i64 {
            let replica = replicas[usize::try_from(round).unwrap() % 2].clone();
            writing.push(tokio::spawn(async move {
                let batch = (1..=30).map(|account| times(call("/a", "okhttp/3.12.1", account), 2, NOON + round));
                let mut batch: Vec<Counted> = batch.collect();
                batch.push(times(call("/b", "curl/8", 0), 1, NOON - DAY * round));
                replica.record(batch).await.unwrap();
            }));
        }
        for task in writing {
            task.await.unwrap();
        }
        let uses = replicas[0].since(Since(day_of(NOON) - 3)).await.unwrap();
        let a = &uses[&key("/a")];
        assert_eq!((a.all.requests, a.all.accounts.len()), (20 * 30 * 2, 30));
        assert_eq!((a.all.first_at, a.all.last_at), (NOON, NOON + 19));
        assert_eq!(a.clients.keys().map(Client::as_str).collect::<Vec<_>>(), ["okhttp/3.12"]);
        let b = &uses[&key("/b")].all;
        assert_eq!((b.requests, b.by_day.len()), (4, 4), "four days are asked for");
        assert_eq!((b.first_at, b.last_at), (NOON - 19 * DAY, NOON));
        assert!(b.accounts.is_empty());
        assert!(replicas[1].began_at().await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stranger_fills_the_tables_and_no_request_is_lost() {
    let limits = Limits { callers: 40, days: 50, clients: 5 };
    for database in every_engine() {
        let usage = opened(&database, limits).await;
        let mut sent = 0;
        for day in 0..3 {
            let mut batch = Vec::new();
            for number in 0..100_i64 {
                let client = format!("tool{}/1", number % 20);
                batch.push(times(call("/a", &client, number + 1), 3, NOON + day * DAY));
                sent += 3;
            }
            usage.record(batch).await.unwrap();
        }
        let uses = usage.since(Since(day_of(NOON))).await.unwrap();
        let a = &uses[&key("/a")];
        assert_eq!(a.all.requests, sent);
        assert_eq!(a.all.by_day.values().copied().collect::<Vec<_>>(), [300, 300, 300]);
        let known: BTreeSet<&str> = a.clients.keys().map(Client::as_str).collect();
        assert!(known.len() <= 6 && known.contains("(other)"), "{known:?}");
        assert!(a.all.has_other_accounts && a.all.accounts.len() <= 30, "{:?}", a.all.accounts);
        // What is known before the tables are full goes on being told apart.
        assert_eq!(a.clients[&Client::of_user_agent(Some(b"tool0/1"))].last_at, NOON + 2 * DAY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_forgotten_and_makes_room() {
    let limits = Limits { callers: 8, days: 100, clients: 2 };
    for database in every_engine() {
        let usage = opened(&database, limits).await;
        usage.record(vec![times(call("/a", "old/1", 1), 5, NOON)]).await.unwrap();
        usage.record(vec![times(call("/b", "new/1", 1), 1, NOON)]).await.unwrap();
        usage.record(vec![times(call("/b", "new/1", 1), 1, NOON + 10 * DAY)]).await.unwrap();
        assert_eq!(usage.purge(day_of(NOON)).await.unwrap(), 0);
        // Two days and one caller.
        assert_eq!(usage.purge(day_of(NOON) + 5).await.unwrap(), 3);
        let uses = usage.since(Since(0)).await.unwrap();
        assert_eq!(uses.keys().collect::<Vec<_>>(), [&key("/b")]);
        let b = &uses[&key("/b")].all;
        assert_eq!((b.requests, b.first_at), (1, NOON), "first seen outlives the days");
        // The place of the old client is free again, and only that one.
        for (client, known) in [("third/1", "third/1"), ("fourth/1", "(other)")] {
            usage.record(vec![times(call(OTHER_ROUTE, client, 0), 1, NOON + 10 * DAY)]).await.unwrap();
            let uses = usage.since(Since(0)).await.unwrap();
            let clients = &uses[&key(OTHER_ROUTE)].clients;
            assert!(clients.keys().any(|client| client.as_str() == known), "{clients:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_given_back() {
    let database = Throwaway::sqlite();
    let store = database.migrated(&TABLES).await;
    let usage = Usage::new(store.clone(), ROOMY);
    store.close().await;
    let counted = vec![times(call("/a", "x/1", 1), 5, NOON); 3];
    let unwritten = usage.record(counted.clone()).await.unwrap_err();
    assert_eq!(unwritten.counted, counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_of_replicas_add_up_and_samples_are_bounded() {
    for database in every_engine() {
        let replicas = [opened(&database, ROOMY).await, opened(&database, ROOMY).await];
        let route = ShadowRoute { mount: "/frp".into(), route: "/a" };
        let mut writing = Vec::new();
        for round in 0..10_i64 {
            let verdicts = Verdicts::default();
            for place in 0..8 {
                let sample = Sample { place: format!("body, /{place}"), old: "\"aaa\"".into(), ours: "null".into() };
                verdicts.count(&route, Verdict::Differs, vec![sample], NOON + round);
                verdicts.count(&route, Verdict::Same, Vec::new(), NOON + round);
            }
            let replica = replicas[usize::try_from(round).unwrap() % 2].clone();
            writing.push(tokio::spawn(async move { replica.record_verdicts(&verdicts.take(), 5).await.unwrap() }));
        }
        for task in writing {
            task.await.unwrap();
        }
        let (verdicts, samples) = replicas[0].verdicts().await.unwrap();
        let counts: Vec<(&str, i64)> = verdicts.iter().map(|row| (row.verdict.as_str(), row.requests)).collect();
        assert_eq!(counts, [("differs", 80), ("same", 80)]);
        assert_eq!((verdicts[0].first_at, verdicts[0].last_at), (NOON, NOON + 9));
        assert_eq!(samples.len(), 5);
        assert!(samples.iter().all(|sample| sample.requests == 10), "{samples:?}");
        assert_eq!(replicas[1].purge_verdicts(day_of(NOON)).await.unwrap(), 0);
        assert_eq!(replicas[1].forget_verdicts().await.unwrap(), 7);
        assert_eq!(replicas[0].verdicts().await.unwrap(), (Vec::new(), Vec::new()));
    }
}
