//! Signing in with a second factor.

use dragoman_accounts::{clock::Clock, totp::code_at, *};
use dragoman_passwords::SealingKey;

use crate::support::*;

on_every_backend! {
    a_code_signs_in_once,
    without_a_factor_only_setting_it_up_is_possible,
    wrong_codes_are_counted_over_replicas_and_a_right_password_does_not_forget_them,
    recovery_codes_work_once_each,
    nobody_but_a_super_administrator_signs_in,
    a_secret_is_sealed_where_there_is_a_key,
}

fn console() -> Realm {
    Realm { scope: "".into(), throttle: Some(ThrottlePolicy::default()), ..blind("console") }
}

fn sign_in(account: AccountNumber, code: &str, token: &str) -> SignIn {
    SignIn {
        account,
        code: code.to_owned(),
        session: session(token),
        set_up: session(&format!("setup {token}")),
        origin: Origin::default(),
    }
}

/// An administrator with a factor: number, secret and recovery codes. The code of the present step is spent.
async fn set_up(db: &Database, accounts: &Accounts, name: &str) -> (AccountNumber, String, Vec<String>) {
    let number = register_as(accounts, &console(), name, Role::SuperAdministrator).await;
    let secret = accounts.begin_second_factor(number).await.unwrap().to_string();
    let code = code_at(&secret, db.clock.now()).unwrap();
    let confirmed = accounts.confirm_second_factor(&console(), number, code, session(name), Origin::default()).await;
    (number, secret, confirmed.unwrap())
}

fn now(db: &Database, secret: &str) -> String {
    code_at(secret, db.clock.now()).unwrap()
}

async fn a_code_signs_in_once(db: Database) {
    let accounts = db.accounts();
    let (number, secret, _) = set_up(&db, &accounts, "root").await;
    assert_eq!(owner(&accounts, &console(), "root").await, Some(number), "the confirmation signs in");
    let spent = now(&db, &secret);
    let again = accounts.sign_in(&console(), sign_in(number, &spent, "a")).await;
    assert_eq!(again, Err(AccountError::WrongAnswer), "a code that was seen is worth nothing");
    db.wait(60);
    let code = now(&db, &secret);
    // Of two at once with one code one gets in.
    let tries = (0..2).map(|index| {
        let (accounts, code) = (db.accounts(), code.clone());
        async move { accounts.sign_in(&console(), sign_in(number, &code, &format!("t{index}"))).await }
    });
    let outcomes = at_once(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(SignedIn::Fully)).count(), 1, "{outcomes:?}");
    let history = accounts.audit_of(number).await.unwrap();
    let actions: Vec<_> = history.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["signed in", "second factor set up", "registered"]);
}

async fn without_a_factor_only_setting_it_up_is_possible(db: Database) {
    let accounts = db.accounts();
    let number = register_as(&accounts, &console(), "root", Role::SuperAdministrator).await;
    assert_eq!(accounts.sign_in(&console(), sign_in(number, "123456", "a")).await, Ok(SignedIn::ToSetUp));
    assert_eq!(owner(&accounts, &console(), "a").await, None);
    assert_eq!(owner(&accounts, &console(), "setup a").await, Some(number));
    let secret = accounts.begin_second_factor(number).await.unwrap();
    assert_eq!(*accounts.begin_second_factor(number).await.unwrap(), *secret, "a reload shows the same");
    let confirm = |code: &str| {
        let (accounts, code) = (accounts.clone(), code.to_owned());
        async move { accounts.confirm_second_factor(&console(), number, code, session("b"), Origin::default()).await }
    };
    assert_eq!(confirm("000000").await, Err(AccountError::WrongAnswer));
    assert_eq!(accounts.second_factor(number).await, Ok(SecondFactor::Missing));
    assert_eq!(confirm(&now(&db, &secret)).await.unwrap().len(), 10);
    assert_eq!(accounts.second_factor(number).await, Ok(SecondFactor::Confirmed));
    assert_eq!(accounts.begin_second_factor(number).await.unwrap_err(), AccountError::Forbidden);
    accounts.forget_second_factor(&console(), Authority::Operator, number, Origin::default()).await.unwrap();
    assert_ne!(*accounts.begin_second_factor(number).await.unwrap(), *secret);
}

async fn wrong_codes_are_counted_over_replicas_and_a_right_password_does_not_forget_them(db: Database) {
    let (accounts, other) = (db.accounts(), db.accounts());
    let (number, secret, recovery) = set_up(&db, &accounts, "root").await;
    db.wait(60);
    for index in 0..10 {
        let replica = if index % 2 == 0 { &accounts } else { &other };
        let wrong = replica.sign_in(&console(), sign_in(number, "000000", "a")).await;
        assert_eq!(wrong, Err(AccountError::WrongAnswer), "{index}");
        log_in(replica, &console(), "root", PASSWORD).await.unwrap();
    }
    for code in [now(&db, &secret), recovery[0].clone()] {
        let refused = accounts.sign_in(&console(), sign_in(number, &code, "a")).await;
        assert_eq!(refused, Err(AccountError::Throttled));
    }
    let count = |outcome| {
        let logins = accounts.vitals().logins;
        logins
            .iter()
            .find(|(dialect, known, _)| (*dialect, *known) == (console().dialect, outcome))
            .map_or(0, |found| found.2)
    };
    assert_eq!((count(LoginOutcome::Wrong), count(LoginOutcome::Throttled)), (5, 2), "five of ten on this replica");
    let shown = accounts.dossier(number).await.unwrap().unwrap().failures;
    assert_eq!(shown.first().map(|(failures, _)| *failures), Some(10));
    accounts.forget_failures(&console(), Authority::Operator, number, Origin::default()).await.unwrap();
    let code = now(&db, &secret);
    assert_eq!(accounts.sign_in(&console(), sign_in(number, &code, "a")).await, Ok(SignedIn::Fully));
}

async fn recovery_codes_work_once_each(db: Database) {
    let accounts = db.accounts();
    let (number, _, recovery) = set_up(&db, &accounts, "root").await;
    let (other, _, _) = set_up(&db, &accounts, "other").await;
    let typed = format!(" {} {}", recovery[3][..4].to_lowercase(), &recovery[3][4..]);
    assert_eq!(accounts.sign_in(&console(), sign_in(other, &typed, "x")).await, Err(AccountError::WrongAnswer));
    assert_eq!(accounts.sign_in(&console(), sign_in(number, &typed, "a")).await, Ok(SignedIn::Fully));
    assert_eq!(accounts.sign_in(&console(), sign_in(number, &typed, "b")).await, Err(AccountError::WrongAnswer));
    let longer = format!("{}A", recovery[4]);
    assert_eq!(accounts.sign_in(&console(), sign_in(number, &longer, "b")).await, Err(AccountError::WrongAnswer));
}

async fn nobody_but_a_super_administrator_signs_in(db: Database) {
    let accounts = db.accounts();
    let (number, secret, _) = set_up(&db, &accounts, "root").await;
    register_as(&accounts, &console(), "second", Role::SuperAdministrator).await;
    let plain = register_as(&accounts, &console(), "helper", Role::Administrator).await;
    assert_eq!(accounts.sign_in(&console(), sign_in(plain, "", "a")).await, Err(AccountError::Forbidden));
    assert_eq!(accounts.begin_second_factor(plain).await.unwrap_err(), AccountError::Forbidden);
    db.wait(60);
    accounts.set_locked(&console(), Authority::Operator, number, true, Origin::default()).await.unwrap();
    let code = now(&db, &secret);
    let locked = accounts.sign_in(&console(), sign_in(number, &code, "a")).await;
    assert_eq!(locked, Err(AccountError::Locked { password_right: true }));
    accounts.delete(&console(), Authority::Operator, number, Origin::default()).await.unwrap();
    assert_eq!(accounts.second_factor(number).await, Ok(SecondFactor::Missing));
}

async fn a_secret_is_sealed_where_there_is_a_key(db: Database) {
    let (accounts, keyless) = (db.accounts(), db.accounts());
    accounts.set_sealing_key(SealingKey::new([7; 32]));
    let (number, secret, recovery) = set_up(&db, &accounts, "root").await;
    db.wait(60);
    let code = now(&db, &secret);
    let unopened = keyless.sign_in(&console(), sign_in(number, &code, "a")).await;
    assert_eq!(unopened, Err(AccountError::WrongAnswer), "what is stored is no secret without the key");
    assert_eq!(keyless.sign_in(&console(), sign_in(number, &recovery[0], "b")).await, Ok(SignedIn::Fully));
    assert_eq!(accounts.sign_in(&console(), sign_in(number, &code, "c")).await, Ok(SignedIn::Fully));
}
