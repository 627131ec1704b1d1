//! Many accounts at once: what others have already is found out by a look or by the database's own keys, with the same end.

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    whoever_is_met_keeps_what_is_theirs,
    a_name_of_the_scope_is_not_hidden_by_one_that_counts_everywhere,
}

fn create(id: i64, username: &str) -> ImportStep {
    ImportStep::Create(ImportedAccount { id: Some(id), ..imported(username) })
}

async fn whoever_is_met_keeps_what_is_theirs(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let bob = register(&accounts, &frp, "bob").await;
    for (is_known, scope, free) in [(true, "v1", 901), (false, "medusa", 950)] {
        let (realm, name) = (blind(scope), format!("new in {scope}"));
        let steps = vec![("1", create(free, &name)), ("2", create(bob.0, "Bob"))];
        assert_eq!(import_batch(&accounts, &realm, scope, is_known, steps).await, Ok(true));
        let here = accounts.find_by_name(&realm, "bob", "").await.unwrap().unwrap();
        assert_eq!((here.id, &*here.username), (bob.0, "Bob"));
        assert_ne!(here.account.number, bob);
        assert_eq!(accounts.find_by_name(&frp, "bob", "").await.unwrap().unwrap().account.number, bob);
        assert_eq!(accounts.find_by_name(&frp, &name, "").await.unwrap().unwrap().account.number.0, free);
    }
}

async fn a_name_of_the_scope_is_not_hidden_by_one_that_counts_everywhere(db: Database) {
    let (accounts, frp, v1) = (db.accounts(), blind("frp"), blind("v1"));
    let bob = register(&accounts, &frp, "bob").await;
    assert_eq!(import_batch(&accounts, &v1, "first", false, vec![("1", create(901, "bob"))]).await, Ok(true));
    // Now it is free everywhere, but not here.
    accounts.delete(&frp, Authority::Operator, bob, Origin::default()).await.unwrap();
    for (import, is_known) in [("known", true), ("unknown", false)] {
        let steps = vec![("2", create(902, "ann")), ("3", create(903, "BOB"))];
        assert_eq!(import_batch(&accounts, &v1, import, is_known, steps).await, Err(AccountError::NameTaken));
        assert_eq!(accounts.find_by_name(&v1, "ann", "").await, Ok(None), "nothing of a refused batch is stored");
    }
}
