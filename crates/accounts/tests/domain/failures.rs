//! A dialect's own failure counters: exact, shared, and apart from the throttle.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! { failures_at_once_are_counted_exactly, each_failure_lengthens_the_life, success_forgets_below_the_limit }

fn counter() -> FailureCounter {
    FailureCounter { purpose: "login", handle: "bob@example.org".into(), limit: 3, life: Duration::from_secs(600) }
}

async fn failures_at_once_are_counted_exactly(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let v1 = blind("v1");
    assert!(!replicas[0].has_failed_too_often(&v1, &counter()).await.unwrap());
    let failures = (0..100).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { accounts.count_failure(&blind("v1"), &counter()).await.unwrap() }
    });
    assert_eq!(at_once(failures).await.into_iter().filter(|counted| *counted).count(), 3);
    assert!(replicas[1].has_failed_too_often(&v1, &counter()).await.unwrap());
    for other in
        [FailureCounter { handle: "Bob@example.org".into(), ..counter() }, FailureCounter { purpose: "x", ..counter() }]
    {
        assert!(!replicas[1].has_failed_too_often(&v1, &other).await.unwrap());
    }
    assert!(!replicas[1].has_failed_too_often(&blind("frp"), &counter()).await.unwrap());
}

async fn each_failure_lengthens_the_life(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    for _ in 0..3 {
        assert!(accounts.count_failure(&v1, &counter()).await.unwrap());
        db.wait(599);
    }
    assert!(accounts.has_failed_too_often(&v1, &counter()).await.unwrap());
    assert!(!accounts.count_failure(&v1, &counter()).await.unwrap());
    db.wait(1);
    assert!(!accounts.has_failed_too_often(&v1, &counter()).await.unwrap());
    for _ in 0..3 {
        assert!(accounts.count_failure(&v1, &counter()).await.unwrap());
    }
    assert!(!accounts.count_failure(&v1, &counter()).await.unwrap());
}

async fn success_forgets_below_the_limit(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let forget = async || accounts.forget_failures_below_limit(&v1, &counter()).await.unwrap();
    assert!(forget().await);
    for _ in 0..2 {
        for _ in 0..2 {
            assert!(accounts.count_failure(&v1, &counter()).await.unwrap());
        }
        assert!(forget().await);
    }
    for _ in 0..3 {
        assert!(accounts.count_failure(&v1, &counter()).await.unwrap());
    }
    assert!(!forget().await);
    assert!(accounts.has_failed_too_often(&v1, &counter()).await.unwrap());
    accounts.reset_failures(&v1, &counter()).await.unwrap();
    assert!(!accounts.has_failed_too_often(&v1, &counter()).await.unwrap());
}
