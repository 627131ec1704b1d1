//! Changing passwords, and which sessions that ends (one-domain.md R8).

use dragoman_accounts::*;
use dragoman_passwords::{Presented, Secret};

use crate::support::*;

on_every_backend! {
    the_present_password_is_needed,
    own_sessions_stay_and_all_others_end,
    own_sessions_end_but_one,
    own_sessions_end,
    proxy_keeps_its_own_tokens,
    the_operator_ends_everything,
    administrators_reset_those_they_may,
    a_reset_may_be_for_users_only,
    of_two_changes_at_once_one_wins,
    any_bytes_are_a_password,
    a_login_and_an_operators_reset_leave_no_old_session,
}

fn change(account: AccountNumber, proof: PasswordProof, own_sessions: OwnSessions) -> PasswordChange {
    PasswordChange { account, proof, new: Secret::from("new"), own_sessions, origin: Origin::default() }
}

fn present(password: &str) -> PasswordProof {
    PasswordProof::Present(Presented::plain(password))
}

async fn the_present_password_is_needed(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let number = register(&accounts, &realm, "bob").await;
    let result = accounts.change_password(&realm, change(number, present("wrong"), OwnSessions::Stay)).await;
    assert_eq!(result, Err(AccountError::WrongPassword));
    assert!(log_in(&accounts, &realm, "bob", PASSWORD).await.is_ok());
    accounts.change_password(&realm, change(number, present(PASSWORD), OwnSessions::Stay)).await.unwrap();
    assert!(log_in(&accounts, &realm, "bob", "new").await.is_ok());
    assert_eq!(log_in(&accounts, &realm, "bob", PASSWORD).await, Err(AccountError::WrongPassword));
    let unknown = change(AccountNumber(99), present(PASSWORD), OwnSessions::Stay);
    assert_eq!(accounts.change_password(&realm, unknown).await, Err(AccountError::UnknownAccount));
    let records = accounts.audit_of(number).await.unwrap();
    assert_eq!((records.len(), records[0].action.as_str(), records[0].actor), (2, "password changed", Some(number)));
}

/// bob with two sessions in frp and one each in php and medusa.
async fn with_sessions(accounts: &Accounts) -> AccountNumber {
    let number = register(accounts, &blind("frp"), "bob").await;
    enter(accounts, &blind("frp"), "bob", "frp1").await;
    enter(accounts, &blind("frp"), "bob", "frp2").await;
    enter(accounts, &exact("php"), "bob", "php1").await;
    enter(accounts, &exact("medusa"), "bob", "medusa1").await;
    number
}

async fn left(accounts: &Accounts) -> Vec<&'static str> {
    let mut left = Vec::new();
    for (realm, token) in
        [(blind("frp"), "frp1"), (blind("frp"), "frp2"), (exact("php"), "php1"), (exact("medusa"), "medusa1")]
    {
        if owner(accounts, &realm, token).await.is_some() {
            left.push(token);
        }
    }
    left
}

async fn tokens_not_before(accounts: &Accounts, number: AccountNumber) -> Option<i64> {
    accounts.find(&blind("frp"), number, "").await.unwrap().unwrap().account.tokens_not_before
}

async fn own_sessions_stay_and_all_others_end(db: Database) {
    let accounts = db.accounts();
    let number = with_sessions(&accounts).await;
    assert_eq!(left(&accounts).await, ["frp1", "frp2", "php1", "medusa1"]);
    accounts.change_password(&blind("frp"), change(number, present(PASSWORD), OwnSessions::Stay)).await.unwrap();
    assert_eq!(left(&accounts).await, ["frp1", "frp2"]);
    let next = clock::Clock::now(&*db.clock).seconds() + 1;
    assert_eq!(tokens_not_before(&accounts, number).await, Some(next));
}

async fn own_sessions_end_but_one(db: Database) {
    let accounts = db.accounts();
    let number = with_sessions(&accounts).await;
    let but = OwnSessions::EndExcept("frp2".into());
    accounts.change_password(&blind("frp"), change(number, present(PASSWORD), but)).await.unwrap();
    assert_eq!(left(&accounts).await, ["frp2"]);
    // A session is kept with all its tokens.
    let two = ["access", "refresh"].map(|purpose| NewToken::new(purpose, format!("frp-{purpose}"), None));
    let both = NewSession { tokens: two.to_vec(), ..session("") };
    let attempt = LoginAttempt { session: Some(both), ..attempt("bob", "new") };
    accounts.log_in(&blind("frp"), attempt).await.unwrap();
    let but = OwnSessions::EndExcept("frp-refresh".into());
    accounts.change_password(&blind("frp"), change(number, present("new"), but)).await.unwrap();
    assert_eq!(left(&accounts).await, [""; 0]);
    assert_eq!(owner(&accounts, &blind("frp"), "frp-access").await, Some(number));
    // A token of nobody keeps nothing.
    let but = OwnSessions::EndExcept("unknown".into());
    accounts.change_password(&blind("frp"), change(number, present("new"), but)).await.unwrap();
    assert_eq!(owner(&accounts, &blind("frp"), "frp-access").await, None);
}

async fn own_sessions_end(db: Database) {
    let accounts = db.accounts();
    let number = with_sessions(&accounts).await;
    accounts.change_password(&blind("frp"), change(number, present(PASSWORD), OwnSessions::End)).await.unwrap();
    assert_eq!(left(&accounts).await, [""; 0]);
    assert!(tokens_not_before(&accounts, number).await.is_some());
}

async fn proxy_keeps_its_own_tokens(db: Database) {
    let accounts = db.accounts();
    let number = with_sessions(&accounts).await;
    accounts.change_password(&proxy(), change(number, present(PASSWORD), OwnSessions::Stay)).await.unwrap();
    assert_eq!(left(&accounts).await, [""; 0]);
    assert_eq!(tokens_not_before(&accounts, number).await, None);
    accounts.change_password(&proxy(), change(number, present("new"), OwnSessions::End)).await.unwrap();
    assert!(tokens_not_before(&accounts, number).await.is_some());
}

async fn the_operator_ends_everything(db: Database) {
    let accounts = db.accounts();
    let number = with_sessions(&accounts).await;
    accounts.set_password(&blind("frp"), number, Secret::from("new"), Origin::default()).await.unwrap();
    assert_eq!(left(&accounts).await, [""; 0]);
    let first = tokens_not_before(&accounts, number).await.unwrap();
    db.wait(10);
    let member = log_in(&accounts, &blind("frp"), "bob", "new").await.unwrap();
    assert_eq!(member.account.tokens_not_before, Some(first));
    let end = async |number| accounts.end_sessions_of(&proxy(), Authority::Operator, number, Origin::default()).await;
    end(number).await.unwrap();
    assert_eq!(tokens_not_before(&accounts, number).await, Some(first + 10));
    let nobody = AccountNumber(99);
    assert_eq!(end(nobody).await, Err(AccountError::UnknownAccount));
    let set = accounts.set_password(&proxy(), nobody, Secret::from("x"), Origin::default()).await;
    assert_eq!(set, Err(AccountError::UnknownAccount));
}

async fn administrators_reset_those_they_may(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let root = register_as(&accounts, &realm, "root", Role::SuperAdministrator).await;
    let admin = register_as(&accounts, &realm, "admin", Role::Administrator).await;
    let user = register(&accounts, &realm, "user").await;
    let reset = async |actor, target| {
        let proof = PasswordProof::Authority(Authority::Above(actor));
        accounts.change_password(&realm, change(target, proof, OwnSessions::Stay)).await
    };
    assert_eq!(reset(user, admin).await, Err(AccountError::Forbidden));
    assert_eq!(reset(admin, root).await, Err(AccountError::Forbidden));
    assert_eq!(reset(admin, admin).await, Err(AccountError::Forbidden));
    assert_eq!(reset(admin, user).await, Ok(()));
    assert_eq!(reset(root, admin).await, Ok(()));
    assert_eq!(reset(root, AccountNumber(99)).await, Err(AccountError::UnknownAccount));
    assert_eq!(accounts.audit_of(user).await.unwrap()[0].actor, Some(admin));
    assert!(log_in(&accounts, &realm, "admin", "new").await.is_ok());
    assert!(log_in(&accounts, &realm, "root", PASSWORD).await.is_ok());
}

async fn a_reset_may_be_for_users_only(db: Database) {
    let (accounts, medusa) = (db.accounts(), exact("medusa"));
    let admin = register_as(&accounts, &medusa, "admin", Role::Administrator).await;
    let user = register(&accounts, &medusa, "user").await;
    let reset = async |highest, target| {
        accounts.change_password(&medusa, change(target, PasswordProof::Reset { highest }, OwnSessions::Stay)).await
    };
    assert_eq!(reset(Role::User, user).await, Ok(()));
    assert_eq!(reset(Role::User, admin).await, Err(AccountError::Forbidden));
    assert!(log_in(&accounts, &medusa, "admin", PASSWORD).await.is_ok());
    assert_eq!(reset(Role::SuperAdministrator, admin).await, Ok(()));
    assert!(log_in(&accounts, &medusa, "admin", "new").await.is_ok());
    assert_eq!(reset(Role::User, AccountNumber(99)).await, Err(AccountError::UnknownAccount));
}

async fn of_two_changes_at_once_one_wins(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let number = register(&accounts, &realm, "bob").await;
    let changes = (0..6).map(|index| {
        let (accounts, realm) = (accounts.clone(), realm.clone());
        let new = format!("new{index}");
        async move {
            let change = PasswordChange {
                new: Secret::from(new.clone()),
                ..change(number, present(PASSWORD), OwnSessions::End)
            };
            accounts.change_password(&realm, change).await.map(|()| new)
        }
    });
    let results = at_once(changes).await;
    let won: Vec<_> = results.iter().flatten().collect();
    assert_eq!(won.len(), 1, "{results:?}");
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(|error| *error == AccountError::WrongPassword));
    assert!(log_in(&accounts, &realm, "bob", won[0]).await.is_ok());
}

async fn any_bytes_are_a_password(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    let number = register(&accounts, &realm, "bob").await;
    let mut present = Presented::plain(PASSWORD);
    let long = vec![b'x'; 100_000];
    let mut almost = long.clone();
    *almost.last_mut().unwrap() = b'y';
    for new in [Vec::new(), vec![0, 255, 0], long] {
        let new_password = PasswordChange {
            new: Secret::new(new.clone()),
            ..change(number, PasswordProof::Present(present), OwnSessions::Stay)
        };
        accounts.change_password(&realm, new_password).await.unwrap();
        present = Presented::plain(new);
    }
    let check = |presented| accounts.verify_password(&realm, number, presented, Origin::default());
    assert_eq!(check(Presented::plain(almost)).await, Err(AccountError::WrongPassword));
    assert_eq!(check(present).await, Ok(()));
}

async fn a_login_and_an_operators_reset_leave_no_old_session(db: Database) {
    let (accounts, realm, replica) = (db.accounts(), blind("frp"), db.accounts());
    let number = register(&accounts, &realm, "bob").await;
    let mut password = PASSWORD.to_owned();
    for round in 0..15 {
        let new = format!("new{round}");
        let logins = (0..4).map(|index| {
            let attempt =
                LoginAttempt { session: Some(session(&format!("{round}-{index}"))), ..attempt("bob", &password) };
            let (accounts, realm) = (accounts.clone(), realm.clone());
            tokio::spawn(async move { accounts.log_in(&realm, attempt).await })
        });
        let logins: Vec<_> = logins.collect();
        replica.set_password(&realm, number, Secret::from(new.clone()), Origin::default()).await.unwrap();
        for login in logins {
            let result = login.await.unwrap();
            assert!(result.is_ok() || result == Err(AccountError::WrongPassword), "{result:?}");
        }
        assert_eq!(accounts.sessions_of(number).await.unwrap(), vec![], "round {round}");
        password = new;
    }
}
