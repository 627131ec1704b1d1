//! Changes of several parts at once: all of them or none.

use std::sync::Arc;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    all_parts_change_together,
    none_changes_if_one_is_refused,
    an_address_stays_as_proven_as_it_was,
    a_look_alike_is_not_proven,
    administrators_keep_to_the_floor,
    facet_edits_at_once_lose_nothing,
}

fn writes(body: &'static str) -> FacetEdit {
    Arc::new(move |_| Ok(Some(body.to_owned())))
}

async fn all_parts_change_together(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let number = register(&accounts, &v1, "bob").await;
    let amendment = Amendment {
        username: Some("rob".into()),
        email: Some("rob@example.org".into()),
        role: None,
        display_name: Some(Some("Rob".into())),
        bio: Some(Some("Hi".into())),
        facet: Some(("v1", writes("{}"))),
    };
    accounts.amend_own(&v1, number, amendment, Origin::default()).await.unwrap();
    let member = accounts.find(&v1, number, "v1").await.unwrap().unwrap();
    assert_eq!((member.username.as_str(), member.facet.as_deref()), ("rob", Some("{}")));
    assert_eq!(member.account.display_name.as_deref(), Some("Rob"));
    assert_eq!((member.account.email.as_deref(), member.account.bio.as_deref()), (Some("rob@example.org"), Some("Hi")));
    accounts
        .amend_own(&v1, number, Amendment { bio: Some(None), ..Amendment::default() }, Origin::default())
        .await
        .unwrap();
    let member = accounts.find(&v1, number, "v1").await.unwrap().unwrap();
    assert_eq!((member.username.as_str(), member.account.bio), ("rob", None));
    let record = &accounts.audit_of(number).await.unwrap()[0];
    assert_eq!((record.action.as_str(), record.actor), ("profile changed", Some(number)));
}

async fn none_changes_if_one_is_refused(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let number = register(&accounts, &v1, "bob").await;
    let email = Some(NewEmail { address: "eve@example.org".into(), verified: true });
    accounts.register(&v1, Registration { email, ..registration("eve") }).await.unwrap();
    let before = accounts.find(&v1, number, "v1").await.unwrap();
    let changed = || Amendment {
        username: Some("rob".into()),
        email: Some("rob@example.org".into()),
        display_name: Some(Some("Rob".into())),
        bio: Some(Some("Hi".into())),
        facet: Some(("v1", writes("{}"))),
        role: None,
    };
    let refusing: FacetEdit = Arc::new(|_| Err(AccountError::WrongAnswer));
    for (amendment, error) in [
        (Amendment { username: Some("EVE".into()), ..changed() }, AccountError::NameTaken),
        (Amendment { email: Some("Eve@example.org".into()), ..changed() }, AccountError::EmailTaken),
        (Amendment { email: Some(String::new()), ..changed() }, AccountError::EmailTaken),
        (Amendment { bio: Some(Some("\0".into())), ..changed() }, AccountError::NotStorable),
        (Amendment { facet: Some(("v1", writes("\0"))), ..changed() }, AccountError::NotStorable),
        (Amendment { facet: Some(("v1", refusing)), ..changed() }, AccountError::WrongAnswer),
        (Amendment { role: Some(Role::Administrator), ..changed() }, AccountError::Forbidden),
    ] {
        assert_eq!(accounts.amend_own(&v1, number, amendment, Origin::default()).await, Err(error));
        assert_eq!(accounts.find(&v1, number, "v1").await.unwrap(), before);
    }
    let nobody = accounts.amend_own(&v1, AccountNumber(99), changed(), Origin::default()).await;
    assert_eq!(nobody, Err(AccountError::UnknownAccount));
    assert!(accounts.is_free_for(&v1, number, "BOB").await.unwrap());
    assert!(!accounts.is_free_for(&v1, number, "EVE").await.unwrap());
}

async fn an_address_stays_as_proven_as_it_was(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    let email = Some(NewEmail { address: "bob@example.org".into(), verified: true });
    let number = accounts.register(&v1, Registration { email, ..registration("bob") }).await.unwrap();
    let readdress = async |address: &str| {
        let amendment = Amendment { email: Some(address.into()), ..Amendment::default() };
        accounts.amend_own(&v1, number, amendment, Origin::default()).await.unwrap();
    };
    let leads = async |realm: &Realm, address: &str| {
        accounts.find_by_email(realm, address, "").await.unwrap().map(|member| member.account.number)
    };
    readdress("BOB@example.org").await;
    assert_eq!(leads(&frp, "bob@example.org").await, Some(number));
    readdress("other@example.org").await;
    assert_eq!(leads(&frp, "bob@example.org").await, None);
    assert_eq!(leads(&v1, "other@example.org").await, Some(number), "unproven, at home only");
    assert_eq!(leads(&frp, "other@example.org").await, None);
}

async fn administrators_keep_to_the_floor(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let root = register_as(&accounts, &v1, "root", Role::SuperAdministrator).await;
    let admin = register_as(&accounts, &v1, "admin", Role::Administrator).await;
    let user = register(&accounts, &v1, "user").await;
    let amend = async |actor, target, role| {
        let amendment = Amendment { role, bio: Some(Some("Hi".into())), ..Amendment::default() };
        accounts.amend(&v1, Authority::NotBelow(actor), target, amendment, Origin::default()).await
    };
    assert_eq!(amend(user, Some(user), None).await, Err(AccountError::Forbidden));
    assert_eq!(amend(admin, Some(root), None).await, Err(AccountError::Forbidden));
    assert_eq!(amend(admin, Some(user), Some(Role::SuperAdministrator)).await, Err(AccountError::Forbidden));
    assert_eq!(amend(root, Some(root), Some(Role::User)).await, Err(AccountError::LastSuperAdministrator));
    assert_eq!(amend(admin, None, None).await, Err(AccountError::UnknownAccount));
    assert_eq!(amend(admin, Some(user), Some(Role::Administrator)).await, Ok(()));
    assert_eq!(amend(root, Some(user), Some(Role::SuperAdministrator)).await, Ok(()));
    assert_eq!(amend(user, Some(root), Some(Role::User)).await, Ok(()));
    // A taken name is told even if nobody is meant.
    let taken = Amendment { username: Some("Root".into()), ..Amendment::default() };
    let told = accounts.amend(&v1, Authority::NotBelow(admin), None, taken, Origin::default()).await;
    assert_eq!(told, Err(AccountError::NameTaken));
}

async fn facet_edits_at_once_lose_nothing(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let number = register(&replicas[0], &blind("v1"), "bob").await;
    let add: FacetEdit = Arc::new(|present| {
        let count: u32 = present.map_or(0, |present| present.parse().unwrap());
        Ok(Some((count + 1).to_string()))
    });
    let edits = (0..20).map(|index| {
        let (accounts, add) = (replicas[index % 2].clone(), Arc::clone(&add));
        let amendment = Amendment { facet: Some(("v1", add)), ..Amendment::default() };
        async move { accounts.amend_own(&blind("v1"), number, amendment, Origin::default()).await }
    });
    assert_eq!(at_once(edits).await, vec![Ok(()); 20]);
    assert_eq!(replicas[0].facet(number, "v1").await.unwrap().as_deref(), Some("20"));
}

/// one-domain.md E9: who proved the one address has not proved the other, though both lead to one domain or look alike.
async fn a_look_alike_is_not_proven(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    for (name, proven, other, stays) in [
        ("one", "one@bücher.example", "ONE@bücher.example", true),
        ("two", "two@bücher.example", "two@xn--bcher-kva.example", false),
        ("three", "three@bücher.example", "three@BÜCHER.example", false),
        ("four", "four@grosse.example", "four@große.example", false),
    ] {
        let email = Some(NewEmail { address: proven.into(), verified: true });
        let number = accounts.register(&v1, Registration { email, ..registration(name) }).await.unwrap();
        let amendment = Amendment { email: Some(other.into()), ..Amendment::default() };
        accounts.amend(&v1, Authority::Operator, Some(number), amendment, Origin::default()).await.unwrap();
        // An unproven address counts at home only.
        let elsewhere = accounts.find_by_email(&frp, other, "").await.unwrap();
        assert_eq!(elsewhere.is_some(), stays, "{other}");
    }
}
