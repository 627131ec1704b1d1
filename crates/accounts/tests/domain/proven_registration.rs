//! Registration with a code that is looked at last (frp 7), and what each refusal does to the code.

use std::{sync::Arc, time::Duration};

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    each_refusal_and_the_code,
    one_code_makes_one_account,
    a_name_registered_meanwhile_spends_the_code,
    first_logins_at_once_agree_on_the_facet,
    imported_siblings_are_told_apart_by_case,
}

const ADDRESS: &str = "bob@example.org";
const LIFE: Duration = Duration::from_secs(900);

async fn send(accounts: &Accounts, answer: &str) {
    let addressee = accounts.addressee(&blind("frp"), ADDRESS).await.unwrap();
    let policy = ChallengePolicy::lasting(LIFE).with_tries(5);
    let (purpose, binding, code) = ("registration", CodeBinding::Address, answer.to_owned());
    accounts.issue_code(&blind("frp"), NewCode { purpose, binding, addressee, code, policy }).await.unwrap();
}

async fn register_with(
    accounts: &Accounts,
    username: &str,
    email: &str,
    code: &str,
) -> Result<AccountNumber, AccountError> {
    let email = Some(NewEmail { address: email.to_owned(), verified: true });
    let answer = CodeAnswer {
        purpose: "registration",
        binding: CodeBinding::Address,
        address: ADDRESS.to_owned(),
        code: code.to_owned(),
        opens: Role::User,
        origin: Origin::default(),
    };
    accounts.register_proven(&blind("frp"), Registration { email, ..registration(username) }, answer).await
}

async fn each_refusal_and_the_code(db: Database) {
    let accounts = db.accounts();
    register(&accounts, &blind("frp"), "taken").await;
    let other = Some(NewEmail { address: "other@example.org".into(), verified: true });
    accounts.register(&blind("frp"), Registration { email: other, ..registration("other") }).await.unwrap();
    let gone = Err(AccountError::UnknownChallenge);
    assert_eq!(register_with(&accounts, "taken", ADDRESS, "1").await, gone);
    send(&accounts, "1").await;
    assert_eq!(register_with(&accounts, "TAKEN", ADDRESS, "1").await, Err(AccountError::NameTaken));
    assert_eq!(register_with(&accounts, "bob", ADDRESS, "1").await, gone);
    send(&accounts, "1").await;
    // Even the wrong one: whoever reads the mail shall not learn names by it without end.
    assert_eq!(register_with(&accounts, "bob", "OTHER@example.org", "2").await, Err(AccountError::EmailTaken));
    assert_eq!(register_with(&accounts, "bob", ADDRESS, "1").await, gone);
    send(&accounts, "1").await;
    db.wait(899);
    for _ in 0..4 {
        assert_eq!(register_with(&accounts, "bob", ADDRESS, "2").await, Err(AccountError::WrongAnswer));
    }
    db.wait(1);
    assert_eq!(register_with(&accounts, "taken", ADDRESS, "1").await, Err(AccountError::ExpiredChallenge));
    assert_eq!(register_with(&accounts, "bob", ADDRESS, "1").await, gone);
    send(&accounts, "1").await;
    for _ in 0..5 {
        assert_eq!(register_with(&accounts, "bob", ADDRESS, "2").await, Err(AccountError::WrongAnswer));
    }
    assert_eq!(register_with(&accounts, "bob", ADDRESS, "1").await, gone);
    send(&accounts, "1").await;
    let bob = register_with(&accounts, "bob", ADDRESS, "1").await.unwrap();
    assert_eq!(named(&accounts, &blind("frp"), "bob").await, Some(bob));
    assert_eq!(register_with(&accounts, "eve", ADDRESS, "1").await, gone);
}

async fn one_code_makes_one_account(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    send(&replicas[0], "1").await;
    let tries = (0..20).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { register_with(&accounts, &format!("user{index}"), &format!("u{index}@example.org"), "1").await }
    });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    let gone = Err(AccountError::UnknownChallenge);
    assert!(results.iter().all(|result| result.is_ok() || *result == gone), "{results:?}");
    assert_eq!(replicas[0].count().await.unwrap(), 1);
}

async fn a_name_registered_meanwhile_spends_the_code(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    for round in 0..5 {
        send(&replicas[0], "1").await;
        let name = format!("user{round}");
        let (one, other) = (replicas[0].clone(), replicas[1].clone());
        let (with_code, without) = (name.clone(), name.clone());
        let address = format!("u{round}@example.org");
        let proven = tokio::spawn(async move { register_with(&one, &with_code, &address, "1").await });
        let plain = tokio::spawn(async move { other.register(&blind("proxy"), registration(&without)).await });
        let results = [proven.await.unwrap(), plain.await.unwrap()];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert!(results.contains(&Err(AccountError::NameTaken)), "{results:?}");
        let again = register_with(&replicas[0], "late", "late@example.org", "1").await;
        assert_eq!(again, Err(AccountError::UnknownChallenge), "spent either way");
    }
}

async fn first_logins_at_once_agree_on_the_facet(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let bob = register(&replicas[0], &blind("frp"), "bob").await;
    let logins = async || {
        let logins = (0..12).map(|index| {
            let accounts = replicas[index % 2].clone();
            let edit: FacetEdit =
                Arc::new(move |present| Ok(present.is_none_or(str::is_empty).then(|| format!("key {index}"))));
            let attempt = LoginAttempt { facet: "frp", ..attempt("bob", PASSWORD) };
            async move { accounts.log_in_with_facet_edit(&blind("frp"), attempt, edit).await.unwrap().facet.unwrap() }
        });
        let mut keys = at_once(logins).await;
        keys.dedup();
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(replicas[0].facet(bob, "frp").await.unwrap().as_ref(), keys.first());
    };
    logins().await;
    put_facet(&replicas[1], bob, "frp", "").await.unwrap();
    logins().await;
    let refused: FacetEdit = Arc::new(|_| Err(AccountError::Internal));
    let attempt = LoginAttempt { facet: "frp", session: Some(session("t")), ..attempt("bob", PASSWORD) };
    let result = replicas[0].log_in_with_facet_edit(&blind("frp"), attempt, refused).await;
    assert_eq!(result, Err(AccountError::Internal));
    assert_eq!(owner(&replicas[0], &blind("frp"), "t").await, None, "all or nothing");
}

async fn imported_siblings_are_told_apart_by_case(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let sibling = |name: &str, address: &str| ImportedAccount {
        email: Some(NewEmail { address: address.to_owned(), verified: true }),
        facet: Some(("frp", "{}".to_owned())),
        ..imported(name)
    };
    let first = accounts.import(&frp, sibling("Alice", "Shared@example.org")).await.unwrap();
    let second = accounts.import(&frp, sibling("alice", "shared@example.org")).await.unwrap();
    let third = accounts.import(&frp, sibling("carol", "shared@example.org")).await.unwrap();
    assert_eq!(accounts.import(&frp, sibling("alice", "x@example.org")).await, Err(AccountError::NameTaken));
    for (name, number) in [("Alice", first), ("alice", second), ("ALICE", first), ("carol", third)] {
        assert_eq!(named(&accounts, &frp, name).await, Some(number), "{name}");
    }
    let holder = async |address: &str| {
        accounts.find_by_email(&frp, address, "").await.unwrap().map(|member| member.account.number)
    };
    assert_eq!(holder("Shared@example.org").await, Some(first));
    assert_eq!(holder("shared@example.org").await, Some(second));
    assert_eq!(holder("SHARED@example.org").await, Some(first));
    // Another deployment's is nobody's sibling: it keeps its name in its own scope.
    let foreign = ImportedAccount { facet: Some(("v1", "{}".to_owned())), ..imported("alice") };
    let other = accounts.import(&blind("v1"), foreign).await.unwrap();
    assert_eq!(named(&accounts, &blind("v1"), "ALICE").await, Some(other));
    assert_eq!(named(&accounts, &frp, "alice").await, Some(second));
}
