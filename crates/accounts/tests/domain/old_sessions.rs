//! Sessions of an old server beside ours: sealed, found by ours alone, and ended with it.

use std::time::Duration;

use dragoman_accounts::*;
use dragoman_passwords::SealingKey;

use crate::support::*;

on_every_backend! {
    it_is_found_by_every_token_of_its_session,
    without_a_key_nothing_is_kept,
    it_ends_with_its_session,
    beside_a_signed_token_it_ends_with_its_life,
    it_is_forgotten_with_a_password,
    what_was_forgotten_is_not_replaced,
    an_old_token_stands_beside_itself_without_a_key,
}

fn sealing(db: &Database) -> Accounts {
    let accounts = db.accounts();
    accounts.set_sealing_key(SealingKey::new([1; 32]));
    accounts
}

fn stored(token: &str) -> OwnSession {
    OwnSession::Stored(token.to_owned())
}

async fn found(accounts: &Accounts, realm: &Realm, token: &str) -> Option<String> {
    accounts.old_session(realm, token).await.unwrap().map(|beside| match beside {
        Beside::Itself => "itself".to_owned(),
        Beside::Kept(secret) => secret.to_string(),
    })
}

async fn it_is_found_by_every_token_of_its_session(db: Database) {
    let (accounts, realm) = (sealing(&db), blind("v1"));
    let number = register(&accounts, &realm, "bob").await;
    let tokens = ["one", "two"].map(|token| NewToken::new("access", token.to_owned(), None)).to_vec();
    let session = NewSession { tokens, limit: SessionLimit::None, replaces: None };
    let attempt = LoginAttempt { session: Some(session), ..attempt("bob", PASSWORD) };
    accounts.log_in(&realm, attempt).await.unwrap();
    enter(&accounts, &realm, "bob", "other").await;
    assert!(accounts.keep_old_session(&realm, stored("two"), "theirs").await.unwrap());
    for token in ["one", "two"] {
        assert_eq!(found(&accounts, &realm, token).await.as_deref(), Some("theirs"));
    }
    assert!(accounts.keep_old_session(&realm, stored("one"), "later").await.unwrap());
    assert_eq!(found(&accounts, &realm, "two").await.as_deref(), Some("later"));
    let elsewhere = Realm { scope: "v1-two".into(), ..realm.clone() };
    for (realm, token) in [(&realm, "other"), (&realm, "none"), (&elsewhere, "one"), (&exact("php"), "one")] {
        assert_eq!(found(&accounts, realm, token).await, None, "{token}");
        let kept = accounts.keep_old_session(realm, stored(token), "x").await.unwrap();
        assert_eq!(kept, token == "other", "{token}");
    }
    // Another key, as after a restore without it.
    let other = db.accounts();
    assert_eq!(found(&other, &realm, "one").await, None);
    other.set_sealing_key(SealingKey::new([2; 32]));
    assert_eq!(found(&other, &realm, "one").await, None);
    accounts.end_sessions_of(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
    assert_eq!(found(&accounts, &realm, "one").await, None);
}

async fn without_a_key_nothing_is_kept(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "one").await;
    assert!(!accounts.keep_old_session(&realm, stored("one"), "theirs").await.unwrap());
    accounts.set_sealing_key(SealingKey::new([1; 32]));
    assert_eq!(found(&accounts, &realm, "one").await, None);
}

async fn it_ends_with_its_session(db: Database) {
    let (accounts, realm) = (sealing(&db), exact("medusa"));
    register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "one").await;
    assert!(accounts.keep_old_session(&realm, stored("one"), "theirs").await.unwrap());
    // What a purge leaves.
    accounts.purge().await.unwrap();
    assert_eq!(found(&accounts, &realm, "one").await.as_deref(), Some("theirs"));
    assert!(accounts.end_session(&realm, "one").await.unwrap());
    assert_eq!(accounts.purge().await, Ok(0), "it went with its session");
    enter(&accounts, &realm, "bob", "two").await;
    assert!(accounts.keep_old_session(&realm, stored("two"), "theirs").await.unwrap());
    // Ends token by token, so what stands beside is nobody's.
    let number = owner(&accounts, &realm, "two").await.unwrap();
    accounts.end_own_sessions(&realm, number).await.unwrap();
    assert_eq!(accounts.purge().await, Ok(1));
    assert!(!accounts.keep_old_session(&realm, stored("two"), "late").await.unwrap());
}

async fn beside_a_signed_token_it_ends_with_its_life(db: Database) {
    let (accounts, realm) = (sealing(&db), proxy());
    let account = register(&accounts, &realm, "bob").await;
    let signed = |life| OwnSession::Signed { token: "a.b.c".to_owned(), account, life: Duration::from_secs(life) };
    assert!(accounts.keep_old_session(&realm, signed(10), "theirs").await.unwrap());
    assert_eq!(found(&accounts, &realm, "a.b.c").await.as_deref(), Some("theirs"));
    assert_eq!(accounts.purge().await, Ok(0));
    db.wait(11);
    assert_eq!(found(&accounts, &realm, "a.b.c").await, None);
    assert_eq!(accounts.purge().await, Ok(1));
    let nobody =
        OwnSession::Signed { token: "d.e.f".to_owned(), account: AccountNumber(9_999), life: Duration::from_secs(10) };
    assert!(!accounts.keep_old_session(&realm, nobody, "theirs").await.unwrap());
}

async fn it_is_forgotten_with_a_password(db: Database) {
    let (accounts, realm) = (sealing(&db), exact("php"));
    let number = register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "one").await;
    assert!(accounts.keep_old_session(&realm, stored("one"), "theirs").await.unwrap());
    accounts.forget_old_sessions(number).await.unwrap();
    assert_eq!(found(&accounts, &realm, "one").await, None);
    assert_eq!(owner(&accounts, &realm, "one").await, Some(number));
}

async fn what_was_forgotten_is_not_replaced(db: Database) {
    let (accounts, realm) = (sealing(&db), blind("v1"));
    let number = register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "one").await;
    assert!(!accounts.replace_old_session(&realm, "one", "renewed").await.unwrap());
    assert!(accounts.keep_old_session(&realm, stored("one"), "theirs").await.unwrap());
    assert!(accounts.replace_old_session(&realm, "one", "renewed").await.unwrap());
    assert_eq!(found(&accounts, &realm, "one").await.as_deref(), Some("renewed"));
    accounts.forget_old_sessions(number).await.unwrap();
    assert!(!accounts.replace_old_session(&realm, "one", "late").await.unwrap());
    assert_eq!(found(&accounts, &realm, "one").await, None);
    assert!(!accounts.replace_old_session(&realm, "of nobody", "x").await.unwrap());
}

async fn an_old_token_stands_beside_itself_without_a_key(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "one").await;
    accounts.note_own_old_token(&realm, "one").await.unwrap();
    assert_eq!(found(&accounts, &realm, "one").await.as_deref(), Some("itself"));
    // One of ours that came of it is not the old server's.
    let fresh = NewToken::new("access", "two".to_owned(), None);
    accounts.renew_token(&realm, "one", fresh, 8).await.unwrap();
    assert_eq!(found(&accounts, &realm, "two").await, None);
    accounts.end_session(&realm, "one").await.unwrap();
    assert_eq!(found(&accounts, &realm, "one").await, None);
}
