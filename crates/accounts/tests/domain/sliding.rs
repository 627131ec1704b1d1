//! Windows that slide (frp 14): each failure counts for ten minutes of its own.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    each_failure_ends_by_itself,
    a_success_forgets_the_account_s_failures_only,
    a_hundred_at_once_are_limited_exactly,
    an_attacker_elsewhere_does_not_lock_the_owner_out,
    the_owners_logins_give_an_attacker_no_more_than_the_houses_count,
    the_operator_forgives,
    purged_rows_leave_no_trace,
    allowances_slide_too,
    a_hundred_at_once_use_what_is_allowed,
    a_large_allowance_is_counted_in_windows,
}

const POLICY: ThrottlePolicy = ThrottlePolicy {
    per_account_and_network: 10,
    per_account: 10,
    per_network: 15,
    window: Duration::from_secs(600),
    slow_window: Duration::from_secs(600),
    codes_per_address: 10,
    code_window: Duration::from_secs(86_400),
    sliding: true,
    elsewhere: None,
};

fn realm() -> Realm {
    Realm { throttle: Some(POLICY), ..blind("frp") }
}

async fn guess(accounts: &Accounts, network: &str, name: &str, password: &str) -> Result<(), AccountError> {
    accounts.log_in(&realm(), attempt_from(network, name, password)).await.map(|_| ())
}

const WRONG: Result<(), AccountError> = Err(AccountError::WrongPassword);
const THROTTLED: Result<(), AccountError> = Err(AccountError::Throttled);

async fn each_failure_ends_by_itself(db: Database) {
    let accounts = db.accounts();
    register(&accounts, &realm(), "bob").await;
    for _ in 0..5 {
        assert_eq!(guess(&accounts, "a", "bob", "wrong").await, WRONG);
    }
    db.wait(540);
    for _ in 0..5 {
        assert_eq!(guess(&accounts, "a", "Bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, "a", "bob", PASSWORD).await, THROTTLED);
    db.wait(59);
    assert_eq!(guess(&accounts, "b", "bob", PASSWORD).await, THROTTLED);
    db.wait(1);
    // Five of the ten are over; a window that began with the first would have forgotten them all.
    for _ in 0..5 {
        assert_eq!(guess(&accounts, "a", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, "a", "bob", PASSWORD).await, THROTTLED);
    db.wait(540);
    assert_eq!(guess(&accounts, "a", "bob", PASSWORD).await, Ok(()));
}

async fn a_success_forgets_the_account_s_failures_only(db: Database) {
    let accounts = db.accounts();
    register(&accounts, &realm(), "bob").await;
    register(&accounts, &realm(), "eve").await;
    for _ in 0..9 {
        assert_eq!(guess(&accounts, "a", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, "a", "bob", PASSWORD).await, Ok(()));
    for _ in 0..6 {
        assert_eq!(guess(&accounts, "a", "bob", "wrong").await, WRONG);
    }
    // Nine and six are the network's fifteen.
    assert_eq!(guess(&accounts, "a", "eve", PASSWORD).await, THROTTLED);
    assert_eq!(guess(&accounts, "b", "eve", PASSWORD).await, Ok(()));
}

async fn a_hundred_at_once_are_limited_exactly(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    register(&replicas[0], &realm(), "bob").await;
    let guesses = (0..100).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { guess(&accounts, &format!("network {}", index % 10), "bob", "wrong").await }
    });
    let results = at_once(guesses).await;
    assert_eq!(results.iter().filter(|result| **result == WRONG).count(), 10, "{results:?}");
    assert_eq!(results.iter().filter(|result| **result == THROTTLED).count(), 90, "{results:?}");
}

async fn an_attacker_elsewhere_does_not_lock_the_owner_out(db: Database) {
    let accounts = db.accounts();
    register(&accounts, &realm(), "bob").await;
    assert_eq!(guess(&accounts, "home", "bob", PASSWORD).await, Ok(()));
    for _ in 0..10 {
        assert_eq!(guess(&accounts, "attacker", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, "attacker", "bob", PASSWORD).await, THROTTLED);
    assert_eq!(guess(&accounts, "cafe", "bob", PASSWORD).await, THROTTLED);
    for _ in 0..10 {
        assert_eq!(guess(&accounts, "home", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, "home", "bob", PASSWORD).await, THROTTLED);
}

async fn the_operator_forgives(db: Database) {
    let accounts = db.accounts();
    let bob = register(&accounts, &realm(), "bob").await;
    for _ in 0..10 {
        assert_eq!(guess(&accounts, "a", "bob", "wrong").await, WRONG);
    }
    accounts.forget_failures(&realm(), Authority::Operator, bob, Origin::default()).await.unwrap();
    assert_eq!(guess(&accounts, "a", "bob", PASSWORD).await, Ok(()));
}

async fn purged_rows_leave_no_trace(db: Database) {
    let accounts = db.accounts();
    register(&accounts, &realm(), "bob").await;
    for _ in 0..3 {
        for _ in 0..10 {
            assert_eq!(guess(&accounts, "a", "bob", "wrong").await, WRONG);
        }
        assert_eq!(guess(&accounts, "a", "bob", PASSWORD).await, THROTTLED);
        db.wait(600);
        assert!(accounts.purge().await.unwrap() >= 30, "ten in each of three places");
        assert_eq!(accounts.purge().await.unwrap(), 0);
    }
}

fn mails_to(address: &str) -> Allowance {
    Allowance { purpose: "mails", handle: address.to_owned(), limit: 2, window: Duration::from_secs(60) }
}

async fn allowances_slide_too(db: Database) {
    let accounts = db.accounts();
    let both = [Allowance { limit: 3, ..mails_to("everybody") }, mails_to("a@b.test")];
    let mail = async |allowances: &[Allowance]| accounts.use_allowances(&realm(), allowances).await.unwrap();
    assert!(mail(&both).await);
    db.wait(30);
    assert!(mail(&both).await);
    // All or none: the refused one did not use the first either.
    assert!(!mail(&both).await);
    assert!(mail(&both[..1]).await);
    assert!(!mail(&both[..1]).await);
    db.wait(29);
    assert!(!mail(&both).await);
    db.wait(1);
    assert!(mail(&both).await);
    assert!(!mail(&both[1..]).await);
    assert!(!accounts.use_allowances(&realm(), &[Allowance { limit: 0, ..mails_to("nobody") }]).await.unwrap());
    assert!(accounts.use_allowances(&blind("v1"), &both).await.unwrap(), "each dialect counts for itself");
    for _ in 0..2 {
        assert!(accounts.use_shared_allowances(&both).await.unwrap(), "and the house for all of them");
    }
    assert!(!accounts.use_shared_allowances(&both[1..]).await.unwrap());
    accounts.return_shared_allowance(&both[1]).await.unwrap();
    assert!(accounts.use_shared_allowances(&both[1..]).await.unwrap());
}

async fn a_hundred_at_once_use_what_is_allowed(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let uses = (0..100).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { accounts.use_allowances(&realm(), &[mails_to("a@b.test")]).await.unwrap() }
    });
    assert_eq!(at_once(uses).await.into_iter().filter(|allowed| *allowed).count(), 2);
}

async fn a_large_allowance_is_counted_in_windows(db: Database) {
    let accounts = db.accounts();
    let large = Allowance { limit: 1_001, ..mails_to("a@b.test") };
    for _ in 0..1_001 {
        assert!(accounts.use_allowances(&realm(), std::slice::from_ref(&large)).await.unwrap());
    }
    assert!(!accounts.use_allowances(&realm(), std::slice::from_ref(&large)).await.unwrap());
    db.wait(large.window.as_secs());
    assert!(accounts.use_allowances(&realm(), &[large]).await.unwrap(), "a new window");
    // Amounts: all or none, and what was refused is not used up.
    let both = [Allowance { limit: 10, ..mails_to("network") }, Allowance { limit: 6, ..mails_to("account") }];
    let take = async |allowances: &[Allowance], amount| accounts.use_amounts(allowances, amount).await.unwrap();
    assert!(take(&both, 4).await);
    assert!(!take(&both, 3).await);
    assert!(take(&both, 2).await);
    assert!(!take(&both[1..], 1).await && take(&both[..1], 4).await && !take(&both[..1], 1).await);
    db.wait(60);
    assert!(take(&both, 6).await, "a new window");
}

/// Contract 14: a success clears frp's own count. What the other dialects count goes on counting.
async fn the_owners_logins_give_an_attacker_no_more_than_the_houses_count(db: Database) {
    let accounts = db.accounts();
    let house = ThrottlePolicy { elsewhere: Some((25, Duration::from_secs(3_600))), per_network: 1_000, ..POLICY };
    let realm = Realm { throttle: Some(house), ..blind("frp") };
    register(&accounts, &realm, "bob").await;
    let mut guesses = 0;
    for _ in 0..10 {
        for _ in 0..5 {
            match accounts.log_in(&realm, attempt_from("a", "bob", "wrong")).await.map(drop) {
                Err(AccountError::WrongPassword) => guesses += 1,
                outcome => assert_eq!(outcome, THROTTLED),
            }
        }
        assert!(accounts.log_in(&realm, attempt_from("home", "bob", PASSWORD)).await.is_ok());
    }
    assert_eq!(guesses, 25);
    // It is one count with that of the other dialects.
    let other = ThrottlePolicy { per_account: 25, per_account_and_network: 0, ..ThrottlePolicy::default() };
    let other = Realm { throttle: Some(other), ..blind("frp") };
    assert_eq!(accounts.log_in(&other, attempt_from("b", "bob", PASSWORD)).await.map(drop), THROTTLED);
    db.wait(3_600);
    assert_eq!(accounts.log_in(&realm, attempt_from("a", "bob", "wrong")).await.map(drop), WRONG);
}
