//! Mailed codes: a wrong one costs a try, a right one is spent with what it entitles to.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    a_code_is_spent_with_the_registration,
    a_refused_registration_leaves_the_code,
    of_many_registrations_with_one_code_one_wins,
    a_code_logs_in_once,
    a_code_of_no_account_is_not_spent,
    a_code_dies_after_five_wrong_tries,
}

const HANDLE: &str = "bob@example.org";

async fn mail_code(accounts: &Accounts, realm: &Realm) {
    let challenge = Challenge {
        purpose: "mail",
        handle: HANDLE.into(),
        answer: "1234".into(),
        account: None,
        policy: ChallengePolicy::lasting(Duration::from_secs(300)).with_tries(5),
    };
    accounts.issue_challenge(realm, challenge).await.unwrap();
}

fn code(typed: &str) -> CodeAnswer {
    CodeAnswer { purpose: "mail", handle: HANDLE.into(), code: typed.into() }
}

fn with_address(username: &str) -> Registration {
    Registration { email: Some(NewEmail { address: HANDLE.into(), verified: true }), ..registration(username) }
}

async fn a_code_is_spent_with_the_registration(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let register =
        async |name: &str, typed: &str| accounts.register_with_code(&v1, with_address(name), code(typed)).await;
    assert_eq!(register("bob", "1234").await, Err(AccountError::UnknownChallenge));
    mail_code(&accounts, &v1).await;
    assert_eq!(register("bob", "4321").await, Err(AccountError::WrongAnswer));
    assert_eq!(accounts.try_code(&v1, &code("1234")).await, Ok(()));
    assert!(register("bob", "1234").await.is_ok());
    assert_eq!(accounts.try_code(&v1, &code("1234")).await, Err(AccountError::UnknownChallenge));
    mail_code(&accounts, &v1).await;
    db.wait(300);
    let other = accounts.register_with_code(&v1, registration("eve"), code("1234")).await;
    assert_eq!(other, Err(AccountError::ExpiredChallenge));
}

async fn a_refused_registration_leaves_the_code(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    register(&accounts, &v1, "taken").await;
    mail_code(&accounts, &v1).await;
    for (refused, error) in [
        (registration("Taken"), AccountError::NameTaken),
        (registration("\0"), AccountError::NotStorable),
        (Registration { role: Role::Administrator, ..registration("eve") }, AccountError::Forbidden),
    ] {
        assert_eq!(accounts.register_with_code(&v1, refused, code("1234")).await, Err(error));
    }
    assert!(accounts.register_with_code(&v1, with_address("bob"), code("1234")).await.is_ok());
}

async fn of_many_registrations_with_one_code_one_wins(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    mail_code(&replicas[0], &blind("v1")).await;
    let tries =
        (0..20).map(|index| {
            let accounts = replicas[index % 2].clone();
            async move {
                accounts.register_with_code(&blind("v1"), registration(&format!("user{index}")), code("1234")).await
            }
        });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(
        results.iter().all(|result| result.is_ok() || *result == Err(AccountError::UnknownChallenge)),
        "{results:?}"
    );
    assert_eq!(replicas[0].count().await.unwrap(), 1);
}

async fn enter_with_code(accounts: &Accounts, realm: &Realm, typed: &str, token: &str) -> Result<Member, AccountError> {
    let name = LoginName::Email(HANDLE.into());
    accounts.log_in_with_code(realm, name, code(typed), session(token), ("v1", "first".into())).await
}

async fn a_code_logs_in_once(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let number = accounts.register(&v1, with_address("bob")).await.unwrap();
    mail_code(&accounts, &v1).await;
    assert_eq!(enter_with_code(&accounts, &v1, "0000", "a").await, Err(AccountError::WrongAnswer));
    let member = enter_with_code(&accounts, &v1, "1234", "a").await.unwrap();
    assert_eq!((member.account.number, member.facet.as_deref()), (number, Some("first")));
    assert_eq!(owner(&accounts, &v1, "a").await, Some(number));
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "b").await, Err(AccountError::UnknownChallenge));
    assert_eq!(owner(&accounts, &v1, "b").await, None);
    put_facet(&accounts, number, "v1", "second").await.unwrap();
    mail_code(&accounts, &v1).await;
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "b").await.unwrap().facet.as_deref(), Some("second"));
}

async fn a_code_of_no_account_is_not_spent(db: Database) {
    let (accounts, v1, medusa) = (db.accounts(), blind("v1"), exact("medusa"));
    // Somebody who merely claimed the address elsewhere is not meant (E2).
    let claimed =
        Registration { email: Some(NewEmail { address: HANDLE.into(), verified: false }), ..registration("eve") };
    accounts.register(&medusa, claimed).await.unwrap();
    mail_code(&accounts, &v1).await;
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, Err(AccountError::UnknownAccount));
    let number = accounts.register(&v1, with_address("bob")).await.unwrap();
    accounts.set_locked(&v1, Authority::Operator, number, true, Origin::default()).await.unwrap();
    let locked = Err(AccountError::Locked { password_right: true });
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, locked);
    accounts.set_locked(&v1, Authority::Operator, number, false, Origin::default()).await.unwrap();
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await.unwrap().account.number, number);
}

async fn a_code_dies_after_five_wrong_tries(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let v1 = blind("v1");
    replicas[0].register(&v1, with_address("bob")).await.unwrap();
    mail_code(&replicas[0], &v1).await;
    // All ways of trying it count together.
    let tries = (0..60).map(|index| {
        let (accounts, v1) = (replicas[index % 2].clone(), blind("v1"));
        async move {
            match index % 3 {
                0 => accounts.try_code(&v1, &code("0000")).await,
                1 => enter_with_code(&accounts, &v1, "0000", &index.to_string()).await.map(|_| ()),
                _ => {
                    let new = registration(&format!("user{index}"));
                    accounts.register_with_code(&v1, new, code("0000")).await.map(|_| ())
                }
            }
        }
    });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| **result == Err(AccountError::WrongAnswer)).count(), 5, "{results:?}");
    assert_eq!(
        results.iter().filter(|result| **result == Err(AccountError::UnknownChallenge)).count(),
        55,
        "{results:?}"
    );
    assert_eq!(enter_with_code(&replicas[0], &v1, "1234", "a").await, Err(AccountError::UnknownChallenge));
}
