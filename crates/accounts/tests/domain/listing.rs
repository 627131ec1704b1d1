//! Finding and listing accounts as a realm sees them.

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    pages_are_complete_and_in_order,
    a_page_holds_one_role,
    a_shadowed_account_is_not_listed,
    an_unlisted_account_is_not_found,
}

async fn ids(accounts: &Accounts, realm: &Realm, role: Role) -> Vec<i64> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = accounts.page_by_role(realm, role, after, "").await.unwrap();
        assert!(page.members.len() <= 1_000);
        ids.extend(page.members.iter().map(|member| member.account.number.0));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

async fn pages_are_complete_and_in_order(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    assert_eq!(ids(&accounts, &realm, Role::User).await, [0; 0]);
    for batch in 0..4 {
        let makers = (batch * 500..(batch + 1) * 500).map(|index| {
            let (accounts, realm) = (accounts.clone(), realm.clone());
            let quick = ImportedAccount { password: ImportedPassword::None, ..imported(&format!("user{index}")) };
            async move { accounts.import(&realm, quick).await.unwrap() }
        });
        at_once(makers).await;
    }
    assert_eq!(ids(&accounts, &realm, Role::User).await, (1..=2_000).collect::<Vec<_>>());
    accounts.delete(&realm, Authority::Operator, AccountNumber(1_000), Origin::default()).await.unwrap();
    let page = accounts.page_by_role(&realm, Role::User, None, "").await.unwrap();
    assert_eq!((page.members.len(), page.next), (1_000, Some(AccountNumber(1_001))));
    assert_eq!(ids(&accounts, &realm, Role::User).await.len(), 1_999);
    // A full last page is followed by an empty one.
    let last = accounts.page_by_role(&realm, Role::User, Some(AccountNumber(1_001)), "").await.unwrap();
    assert_eq!((last.members.len(), last.next), (999, None));
    // A name of the realm's own, so that every page asks for shadows.
    register(&accounts, &Realm { admits: Admission::Own, ..realm.clone() }, "own").await;
    assert_eq!(ids(&accounts, &realm, Role::User).await.len(), 2_000);
}

async fn a_page_holds_one_role(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let user = register(&accounts, &realm, "user").await;
    let admin = register_as(&accounts, &realm, "admin", Role::Administrator).await;
    let root = register_as(&accounts, &realm, "root", Role::SuperAdministrator).await;
    accounts.set_locked(&realm, Authority::Operator, user, true, Origin::default()).await.unwrap();
    assert_eq!(ids(&accounts, &realm, Role::User).await, [user.0]);
    assert_eq!(ids(&accounts, &realm, Role::Administrator).await, [admin.0]);
    assert_eq!(ids(&accounts, &realm, Role::SuperAdministrator).await, [root.0]);
    put_facet(&accounts, admin, "v1", "{}").await.unwrap();
    let page = accounts.page_by_role(&realm, Role::Administrator, None, "v1").await.unwrap();
    assert_eq!(page.members[0].facet.as_deref(), Some("{}"));
}

async fn a_shadowed_account_is_not_listed(db: Database) {
    let (accounts, frp, proxy, medusa) = (db.accounts(), blind("frp"), proxy(), exact("medusa"));
    let everywhere = register(&accounts, &frp, "bob").await;
    let other = register(&accounts, &frp, "eve").await;
    let in_proxy = accounts.import(&proxy, imported("BOB")).await.unwrap();
    let in_medusa = accounts.import(&medusa, imported("bob")).await.unwrap();
    assert_eq!(ids(&accounts, &frp, Role::User).await, [everywhere.0, other.0]);
    assert_eq!(ids(&accounts, &proxy, Role::User).await, [other.0, in_proxy.0]);
    assert_eq!(ids(&accounts, &medusa, Role::User).await, [other.0, in_medusa.0]);
    // Byte for byte: medusa's own `bob` does not hide a `Bob`.
    accounts.delete(&frp, Authority::Operator, everywhere, Origin::default()).await.unwrap();
    let capital = register(&accounts, &frp, "Bob").await;
    assert_eq!(ids(&accounts, &medusa, Role::User).await, [other.0, in_medusa.0, capital.0]);
    assert_eq!(ids(&accounts, &proxy, Role::User).await, [other.0, in_proxy.0]);
    // Whoever is listed is found by the name in the list, and is the one that is found.
    for realm in [&frp, &proxy, &medusa] {
        for member in accounts.page_by_role(realm, Role::User, None, "").await.unwrap().members {
            assert_eq!(named(&accounts, realm, &member.username).await, Some(member.account.number));
        }
    }
}

async fn an_unlisted_account_is_not_found(db: Database) {
    let (accounts, frp, v1) = (db.accounts(), blind("frp"), blind("v1"));
    register(&accounts, &frp, "bob").await;
    let scoped = accounts.import(&v1, imported("bob")).await.unwrap();
    assert_eq!(accounts.find(&frp, scoped, "").await.unwrap(), None);
    assert_eq!(accounts.find_by_id(&frp, scoped.0, "").await.unwrap(), None);
    assert!(accounts.find_by_id(&v1, scoped.0, "").await.unwrap().is_some());
    assert_eq!(accounts.find_by_id(&v1, 0, "").await.unwrap(), None);
    assert_eq!(accounts.find_by_id(&v1, i64::MIN, "").await.unwrap(), None);
}
