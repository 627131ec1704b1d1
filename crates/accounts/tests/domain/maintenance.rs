//! What the serving process does: the first start, the purge, and emptying what belongs to tests.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    of_five_replicas_one_makes_the_first_account,
    there_is_no_second_first_start,
    a_purge_deletes_what_is_over_and_nothing_else,
    a_real_database_is_never_emptied,
    a_testing_database_is_emptied_again_and_again,
    a_closed_domain_is_unavailable,
}

async fn of_five_replicas_one_makes_the_first_account(db: Database) {
    let starts = (0..5).map(|_| {
        let accounts = db.accounts();
        async move {
            accounts.migrate().await.unwrap();
            accounts.first_start(&proxy()).await.unwrap()
        }
    });
    let made: Vec<_> = at_once(starts).await.into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    let accounts = db.accounts();
    assert_eq!(accounts.count().await.unwrap(), 1);
    let member = log_in(&accounts, &proxy(), made[0].username, &made[0].password).await.unwrap();
    assert_eq!((member.account.role, member.username.as_str()), (Role::SuperAdministrator, "admin"));
    assert_eq!(made[0].password.len(), 20);
}

async fn there_is_no_second_first_start(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let number = register(&accounts, &realm, "bob").await;
    assert!(accounts.first_start(&realm).await.unwrap().is_none());
    accounts.delete(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
    assert!(accounts.first_start(&realm).await.unwrap().is_none(), "an emptied database is not a new one");
}

async fn a_purge_deletes_what_is_over_and_nothing_else(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let limited = Realm { throttle: Some(ThrottlePolicy::default()), ..realm.clone() };
    register(&accounts, &realm, "bob").await;
    let minute = Duration::from_secs(60);
    // More than one batch of one kind.
    for batch in 0..2 {
        let issues = (batch * 525..(batch + 1) * 525).map(|index| {
            let (accounts, realm) = (accounts.clone(), realm.clone());
            let challenge = Challenge {
                purpose: "captcha",
                handle: index.to_string(),
                answer: String::new(),
                account: None,
                policy: ChallengePolicy::lasting(if index < 1_040 { minute } else { 100 * minute }),
            };
            async move { accounts.issue_challenge(&realm, challenge).await.unwrap() }
        });
        at_once(issues).await;
    }
    for (token, life) in [("short", Some(minute)), ("long", Some(100 * minute)), ("endless", None)] {
        let tokens = vec![NewToken::new("access", token.into(), life)];
        let attempt = LoginAttempt { session: Some(NewSession { tokens, ..session("") }), ..attempt("bob", PASSWORD) };
        accounts.log_in(&realm, attempt).await.unwrap();
    }
    // Three counters, of which the account's own lasts an hour.
    assert!(accounts.log_in(&limited, attempt_from("192.0.2.1", "bob", "wrong")).await.is_err());
    assert_eq!(accounts.purge().await.unwrap(), 0);
    db.wait(16 * 60);
    assert_eq!(accounts.purge().await.unwrap(), 1_040 + 1 + 2);
    assert_eq!(accounts.purge().await.unwrap(), 0);
    for token in ["long", "endless"] {
        assert!(owner(&accounts, &realm, token).await.is_some());
    }
    assert!(accounts.peek_challenge(&realm, "captcha", "1045").await.unwrap().is_some());
    db.wait(1_000 * 60);
    assert_eq!(accounts.purge().await.unwrap(), 10 + 1 + 1);
    assert!(owner(&accounts, &realm, "endless").await.is_some());
}

async fn a_real_database_is_never_emptied(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let number = register(&accounts, &realm, "bob").await;
    assert!(!accounts.claim_for_testing().await.unwrap());
    assert_eq!(accounts.empty_for_testing().await, Err(AccountError::Forbidden));
    assert_eq!(named(&accounts, &realm, "bob").await, Some(number));
    accounts.delete(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
    assert_eq!(accounts.empty_for_testing().await, Err(AccountError::Forbidden));
    assert_eq!(accounts.audit_of(number).await.unwrap().len(), 2);
}

async fn a_testing_database_is_emptied_again_and_again(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    assert!(accounts.claim_for_testing().await.unwrap());
    for _ in 0..3 {
        let number = register(&accounts, &realm, "bob").await;
        assert_eq!(number, AccountNumber(1));
        enter(&accounts, &realm, "bob", "token").await;
        let key = accounts.signing_keys("proxy").await.unwrap();
        assert!(accounts.claim_for_testing().await.unwrap());
        accounts.empty_for_testing().await.unwrap();
        assert_eq!(accounts.count().await.unwrap(), 0);
        assert_eq!(owner(&accounts, &realm, "token").await, None);
        assert_eq!(accounts.audit_of(number).await.unwrap(), vec![]);
        assert_ne!(accounts.signing_keys("proxy").await.unwrap(), key);
    }
}

async fn a_closed_domain_is_unavailable(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    register(&accounts, &realm, "bob").await;
    accounts.prove_readable().await.unwrap();
    accounts.prove_writable().await.unwrap();
    accounts.close().await;
    assert_eq!(accounts.prove_readable().await, Err(AccountError::Unavailable));
    assert_eq!(accounts.prove_writable().await, Err(AccountError::Unavailable));
    assert_eq!(accounts.count().await, Err(AccountError::Unavailable));
    assert_eq!(log_in(&accounts, &realm, "bob", PASSWORD).await, Err(AccountError::Unavailable));
    assert_eq!(accounts.register(&realm, registration("eve")).await, Err(AccountError::Unavailable));
}
