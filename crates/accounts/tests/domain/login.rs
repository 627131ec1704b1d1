//! Logging in: who is let in, what happens meanwhile, and how old verifiers become new ones.

use std::sync::Arc;
use std::time::Duration;

use dragoman_accounts::*;
use dragoman_passwords::random::SystemRandomness;
use dragoman_passwords::{Cost, Presented, Scheme, Secret, View, from_md5_column, md5, self_md5, user_md5};

use crate::support::*;

on_every_backend! {
    right_wrong_and_unknown,
    a_locked_account_tells_whether_the_password_was_right,
    deleted_during_login,
    locked_during_login,
    changed_during_login,
    old_verifiers_are_upgraded,
    two_first_logins_of_an_old_account_at_once_both_succeed,
    an_upgrade_never_undoes_a_change,
    digests_are_kept_only_where_they_are_wanted,
    a_full_queue_is_busy,
    a_login_gives_the_facet_and_is_remembered,
}

async fn right_wrong_and_unknown(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let number = register(&accounts, &realm, "Alice").await;
    assert_eq!(log_in(&accounts, &realm, "ALICE", PASSWORD).await.unwrap().account.number, number);
    for wrong in ["", "correct horse ", "Correct horse", "correct hors"] {
        assert_eq!(log_in(&accounts, &realm, "Alice", wrong).await, Err(AccountError::WrongPassword));
    }
    assert_eq!(log_in(&accounts, &realm, "bob", PASSWORD).await, Err(AccountError::UnknownAccount));
    let none = ImportedAccount { password: ImportedPassword::None, ..imported("nobody") };
    accounts.import(&realm, none).await.unwrap();
    assert_eq!(log_in(&accounts, &realm, "nobody", "").await, Err(AccountError::WrongPassword));
}

async fn a_locked_account_tells_whether_the_password_was_right(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let number = register(&accounts, &realm, "bob").await;
    enter(&accounts, &realm, "bob", "token").await;
    accounts.set_locked(&realm, Authority::Operator, number, true, Origin::default()).await.unwrap();
    let locked = |password_right| Err(AccountError::Locked { password_right });
    assert_eq!(log_in(&accounts, &realm, "bob", PASSWORD).await, locked(true));
    assert_eq!(log_in(&accounts, &realm, "bob", "wrong").await, locked(false));
    // Its tokens go on; what that means is for each dialect to say (R5).
    let session = accounts.resolve_token(&realm, "token", "").await.unwrap().unwrap();
    assert!(session.member.unwrap().account.locked);
    // Its owner can still prove the password (proxy 1.3).
    let presented = || Presented::plain(PASSWORD);
    assert_eq!(accounts.verify_password(&realm, number, presented(), Origin::default()).await, Ok(()));
    accounts.set_locked(&realm, Authority::Operator, number, false, Origin::default()).await.unwrap();
    assert!(log_in(&accounts, &realm, "bob", PASSWORD).await.is_ok());
    assert_eq!(owner(&accounts, &realm, "token").await, Some(number));
}

/// One hashing thread, and every login makes a dear new hash: what happens meanwhile happens before it is confirmed.
fn slow(db: &Database) -> Accounts {
    db.accounts_with(|config| {
        config.bcrypt_cost = Cost::new(13).unwrap();
        config.hashing_threads = 1;
    })
}

/// Begins a login that ends in a session, and returns once its password waits for the hashing thread.
async fn begin_login(
    accounts: &Accounts,
    realm: &Realm,
    password: &str,
) -> tokio::task::JoinHandle<Result<Member, AccountError>> {
    let (accounts, realm) = (accounts.clone(), realm.clone());
    let attempt = LoginAttempt { session: Some(session("token")), ..attempt("bob", password) };
    let login = tokio::spawn(async move { accounts.log_in(&realm, attempt).await });
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert!(!login.is_finished(), "the hash must take longer");
    login
}

async fn deleted_during_login(db: Database) {
    let (accounts, realm, quick) = (slow(&db), blind("frp"), db.accounts());
    let number = register(&quick, &realm, "bob").await;
    let login = begin_login(&accounts, &realm, PASSWORD).await;
    quick.delete(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
    assert_eq!(login.await.unwrap(), Err(AccountError::UnknownAccount));
    assert_eq!(owner(&accounts, &realm, "token").await, None);
    assert_eq!(accounts.sessions_of(number).await.unwrap(), vec![]);
}

async fn locked_during_login(db: Database) {
    let (accounts, realm, quick) = (slow(&db), blind("frp"), db.accounts());
    let number = register(&quick, &realm, "bob").await;
    let login = begin_login(&accounts, &realm, PASSWORD).await;
    quick.set_locked(&realm, Authority::Operator, number, true, Origin::default()).await.unwrap();
    assert_eq!(login.await.unwrap(), Err(AccountError::Locked { password_right: true }));
    assert_eq!(accounts.sessions_of(number).await.unwrap(), vec![]);
}

async fn changed_during_login(db: Database) {
    let (accounts, realm, quick) = (slow(&db), blind("frp"), db.accounts());
    let number = register(&quick, &realm, "bob").await;
    let login = begin_login(&accounts, &realm, PASSWORD).await;
    quick.set_password(&realm, number, Secret::from("new"), Origin::default()).await.unwrap();
    assert_eq!(login.await.unwrap(), Err(AccountError::WrongPassword));
    assert_eq!(accounts.sessions_of(number).await.unwrap(), vec![]);
    assert!(log_in(&accounts, &realm, "bob", "new").await.is_ok());
}

fn old_verifiers() -> Vec<(&'static str, Vec<(View, Scheme)>)> {
    let cost = Cost::new(4).unwrap();
    let plain = |scheme: Scheme| vec![(View::Plain, scheme)];
    let wrapped = format!("{{md5($p)}}${}", md5(PASSWORD.as_bytes()));
    vec![
        ("native", plain(Scheme::native(PASSWORD.as_bytes(), cost, [7; 16]))),
        ("over a digest", plain(Scheme::parse(&wrapped).unwrap().wrap(cost, [8; 16]))),
        ("plain text", plain(Scheme::parse(&format!("{{plain}}{PASSWORD}")).unwrap())),
        ("md5 column", from_md5_column(&md5(PASSWORD.as_bytes()), Some("md5 column")).unwrap()),
    ]
}

async fn old_verifiers_are_upgraded(db: Database) {
    let realm = blind("frp");
    let accounts = db.accounts();
    for (name, views) in old_verifiers() {
        let old = ImportedAccount { password: ImportedPassword::Verifiers(views), ..imported(name) };
        accounts.import(&realm, old).await.unwrap();
    }
    let dearer = db.accounts_with(|config| config.bcrypt_cost = Cost::new(5).unwrap());
    for (name, _) in old_verifiers() {
        assert_eq!(log_in(&accounts, &realm, name, "wrong").await, Err(AccountError::WrongPassword), "{name}");
        for replica in [&accounts, &dearer, &accounts] {
            assert!(log_in(replica, &realm, name, PASSWORD).await.is_ok(), "{name}");
            assert_eq!(log_in(replica, &realm, name, "wrong").await, Err(AccountError::WrongPassword), "{name}");
        }
    }
    // Once the plain text was seen, the digest is of no use any more.
    let digest = Presented::digest(&md5(PASSWORD.as_bytes())).unwrap();
    accounts.set_digest_views(&exact("php"), &[View::Md5]);
    let by_digest = LoginAttempt { presented: digest, ..attempt("md5 column", "") };
    assert_eq!(accounts.log_in(&realm, by_digest).await, Err(AccountError::WrongPassword));
}

async fn two_first_logins_of_an_old_account_at_once_both_succeed(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    for round in 0..5 {
        let name = format!("old{round}");
        let (_, views) = old_verifiers().swap_remove(1);
        let old = ImportedAccount { password: ImportedPassword::Verifiers(views), ..imported(&name) };
        accounts.import(&realm, old).await.unwrap();
        let replicas = [accounts.clone(), db.accounts()];
        let logins = (0..4).map(|index| {
            let (accounts, realm, name) = (replicas[index % 2].clone(), realm.clone(), name.clone());
            async move { log_in(&accounts, &realm, &name, PASSWORD).await.map(|member| member.username) }
        });
        assert_eq!(at_once(logins).await, vec![Ok(name.clone()); 4]);
    }
}

async fn an_upgrade_never_undoes_a_change(db: Database) {
    let (accounts, realm, quick) = (slow(&db), blind("frp"), db.accounts());
    let (_, views) = old_verifiers().swap_remove(1);
    let old = ImportedAccount { password: ImportedPassword::Verifiers(views), ..imported("bob") };
    let number = quick.import(&realm, old).await.unwrap();
    // The login has a dear new hash to make for the old password; meanwhile the password changes.
    let login = begin_login(&accounts, &realm, PASSWORD).await;
    quick.set_password(&realm, number, Secret::from("new"), Origin::default()).await.unwrap();
    assert_eq!(login.await.unwrap(), Err(AccountError::WrongPassword));
    assert!(log_in(&accounts, &realm, "bob", "new").await.is_ok());
    assert_eq!(log_in(&accounts, &realm, "bob", PASSWORD).await, Err(AccountError::WrongPassword));
}

async fn digests_are_kept_only_where_they_are_wanted(db: Database) {
    let (accounts, php, v1) = (db.accounts(), exact("php"), blind("v1"));
    let password = PASSWORD.as_bytes();
    let with =
        |name: &str, digest: &str| LoginAttempt { presented: Presented::digest(digest).unwrap(), ..attempt(name, "") };
    let number = register(&accounts, &php, "bob").await;
    assert_eq!(accounts.log_in(&php, with("bob", &md5(password))).await, Err(AccountError::WrongPassword));
    // The operator mounts php: the next login with the text makes the digests.
    accounts.set_digest_views(&php, &[View::UserMd5, View::Md5]);
    assert_eq!(accounts.log_in(&php, with("bob", &md5(password))).await, Err(AccountError::WrongPassword));
    assert!(log_in(&accounts, &v1, "bob", PASSWORD).await.is_ok());
    assert!(accounts.log_in(&php, with("bob", &md5(password))).await.is_ok());
    assert!(accounts.log_in(&php, with("bob", &user_md5("bob", password))).await.is_ok());
    assert_eq!(accounts.log_in(&php, with("bob", &self_md5(password))).await, Err(AccountError::WrongPassword));
    // A rename drops the digest that holds the name, and the next login with the text makes the new one (N6, P4).
    accounts.rename(&v1, Authority::Operator, number, "rob".into(), Origin::default()).await.unwrap();
    assert_eq!(accounts.log_in(&php, with("rob", &user_md5("bob", password))).await, Err(AccountError::WrongPassword));
    assert!(accounts.log_in(&php, with("rob", &md5(password))).await.is_ok());
    assert!(log_in(&accounts, &v1, "rob", PASSWORD).await.is_ok());
    assert!(accounts.log_in(&php, with("rob", &user_md5("rob", password))).await.is_ok());
    // A new password leaves no old digest behind.
    accounts.set_password(&php, number, Secret::from("new"), Origin::default()).await.unwrap();
    for digest in [md5(password), user_md5("rob", password)] {
        assert_eq!(accounts.log_in(&php, with("rob", &digest)).await, Err(AccountError::WrongPassword));
    }
    assert!(accounts.log_in(&php, with("rob", &user_md5("rob", b"new"))).await.is_ok());
}

async fn a_full_queue_is_busy(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    register(&accounts, &realm, "bob").await;
    let narrow = db.accounts_with(|config| {
        config.bcrypt_cost = Cost::new(12).unwrap();
        config.hashing_threads = 1;
        config.hashing_queue = 1;
        config.randomness = Arc::new(SystemRandomness);
    });
    // Unknown names cost as much as known ones.
    let storm = (0..6).map(|index| {
        let (accounts, realm) = (narrow.clone(), realm.clone());
        async move { log_in(&accounts, &realm, &format!("unknown{index}"), "x").await.unwrap_err() }
    });
    let answers = at_once(storm).await;
    let count = |error| answers.iter().filter(|answer| **answer == error).count();
    assert!(count(AccountError::Busy) >= 3, "{answers:?}");
    assert_eq!(count(AccountError::Busy) + count(AccountError::UnknownAccount), 6, "{answers:?}");
    assert!(log_in(&narrow, &realm, "bob", PASSWORD).await.is_ok());
}

async fn a_login_gives_the_facet_and_is_remembered(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    let number = register(&accounts, &realm, "bob").await;
    put_facet(&accounts, number, "medusa", "key").await.unwrap();
    let member = accounts.log_in(&realm, LoginAttempt { facet: "medusa", ..attempt("bob", PASSWORD) }).await.unwrap();
    assert_eq!(member.facet.as_deref(), Some("key"));
}
