//! Facets: made once by whoever is first, edited by many at once.

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! { first_logins_at_once_agree, a_login_makes_the_facet_it_lacks, written_and_read, edits_at_once_all_count }

async fn first_logins_at_once_agree(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let number = register(&replicas[0], &blind("frp"), "bob").await;
    let makers = (0..20).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { accounts.facet_or_insert(number, "frp", format!("key {index}")).await.unwrap() }
    });
    let bodies = at_once(makers).await;
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(replicas[0].facet(number, "frp").await.unwrap().as_ref(), Some(&bodies[0]));
}

async fn written_and_read(db: Database) {
    let accounts = db.accounts();
    let number = register(&accounts, &blind("frp"), "bob").await;
    assert_eq!(accounts.facet(number, "frp").await.unwrap(), None);
    for body in ["", "{}", "{}", "🦀 \u{1}\t'\"\\", &"x".repeat(70_000)] {
        put_facet(&accounts, number, "frp", body).await.unwrap();
        assert_eq!(accounts.facet(number, "frp").await.unwrap().as_deref(), Some(body));
    }
    assert_eq!(accounts.facet(number, "v1").await.unwrap(), None);
    assert_eq!(accounts.facet(AccountNumber(99), "frp").await.unwrap(), None);
    assert_eq!(put_facet(&accounts, AccountNumber(99), "frp", "x").await, Err(AccountError::UnknownAccount));
}

async fn edits_at_once_all_count(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let number = register(&replicas[0], &blind("frp"), "bob").await;
    let adders = (0..20).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move {
            let add = |present: Option<&str>| {
                let sum = present.map_or(0, |present| present.parse::<u32>().unwrap()) + 1;
                Ok(Some(sum.to_string()))
            };
            let amendment = Amendment { facet: Some(("frp", std::sync::Arc::new(add))), ..Amendment::default() };
            accounts.amend_own(&blind("frp"), number, amendment, Origin::default()).await.unwrap();
        }
    });
    at_once(adders).await;
    assert_eq!(replicas[1].facet(number, "frp").await.unwrap().as_deref(), Some("20"));
}

async fn a_login_makes_the_facet_it_lacks(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let number = register(&replicas[0], &blind("frp"), "bob").await;
    let logins =
        (0..12).map(|index| {
            let accounts = replicas[index % 2].clone();
            let attempt = LoginAttempt { facet: "frp", ..attempt("bob", PASSWORD) };
            async move {
                accounts.log_in_with_first_facet(&blind("frp"), attempt, format!("key {index}")).await.unwrap().facet
            }
        });
    let facets = at_once(logins).await;
    assert!(facets.iter().all(|facet| facet.is_some() && *facet == facets[0]), "{facets:?}");
    assert_eq!(replicas[0].facet(number, "frp").await.unwrap(), facets[0]);
    let wrong = LoginAttempt { facet: "v1", ..attempt("bob", "wrong") };
    let refused = replicas[0].log_in_with_first_facet(&blind("v1"), wrong, "x".into()).await;
    assert_eq!(refused, Err(AccountError::WrongPassword));
    assert_eq!(replicas[0].facet(number, "v1").await.unwrap(), None);
}
