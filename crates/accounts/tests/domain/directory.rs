//! All accounts of a realm, leafed through and searched.

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! { pages_and_counts_are_exact, numbers_shown_are_the_order, accounts_are_found_by_what_is_shown }

async fn ids(accounts: &Accounts, realm: &Realm) -> Vec<i64> {
    let (mut ids, mut total) = (Vec::new(), 1);
    while i64::try_from(ids.len()).unwrap() < total {
        let page = accounts.directory_page(realm, i64::try_from(ids.len()).unwrap(), 3, "").await.unwrap();
        assert!(!page.members.is_empty() && page.members.len() <= 3, "{page:?}");
        total = page.total;
        ids.extend(page.members.iter().map(|member| member.id));
    }
    ids
}

async fn pages_and_counts_are_exact(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let empty = accounts.directory_page(&v1, 0, 10, "").await.unwrap();
    assert_eq!((empty.total, empty.members), (0, vec![]));
    for index in 1..=8 {
        register(&accounts, &v1, &format!("user{index}")).await;
    }
    for dead in [2, 8] {
        accounts.delete(&v1, Authority::Operator, AccountNumber(dead), Origin::default()).await.unwrap();
    }
    assert_eq!(ids(&accounts, &v1).await, [1, 3, 4, 5, 6, 7]);
    let past = accounts.directory_page(&v1, 6, 10, "").await.unwrap();
    assert_eq!((past.total, past.members), (6, vec![]));
    put_facet(&accounts, AccountNumber(3), "v1", "{}").await.unwrap();
    let page = accounts.directory_page(&v1, 1, 1, "v1").await.unwrap();
    assert_eq!((page.total, page.members[0].facet.as_deref()), (6, Some("{}")));
}

async fn numbers_shown_are_the_order(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    for name in ["a", "b", "c", "d"] {
        register(&accounts, &frp, name).await;
    }
    // v1's own 2 and 9: whoever had the 2 is shown by a number of his own there.
    for (id, name) in [(2, "two"), (9, "nine")] {
        accounts.import(&v1, ImportedAccount { id: Some(id), ..imported(name) }).await.unwrap();
    }
    let shown = ids(&accounts, &v1).await;
    assert_eq!(shown.len(), 6);
    assert!(shown.is_sorted() && shown.contains(&2) && shown.contains(&9), "{shown:?}");
    for id in shown {
        let member = accounts.find_by_id(&v1, id, "").await.unwrap().unwrap();
        assert_eq!(member.id, id);
    }
    // An account with a name in v1 only is none in frp.
    accounts.import(&v1, imported("a")).await.unwrap();
    assert_eq!(ids(&accounts, &v1).await.len(), 7);
    assert_eq!(ids(&accounts, &frp).await.len(), 6);
    let own = Realm { admits: Admission::Own, ..v1 };
    assert_eq!(ids(&accounts, &own).await.len(), 1);
}

async fn accounts_are_found_by_what_is_shown(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let email = Some(NewEmail { address: "Bob@example.org".into(), verified: true });
    let bob = accounts.register(&v1, Registration { email, ..registration("Bob") }).await.unwrap();
    let one = register(&accounts, &v1, "1").await;
    let search = async |text: &str| {
        let found = accounts.search_directory(&v1, text, "").await.unwrap();
        found.into_iter().map(|member| member.account.number).collect::<Vec<_>>()
    };
    assert_eq!(search("bob").await, [bob]);
    assert_eq!(search("BOB@example.org").await, [bob]);
    assert_eq!(search("1").await, [bob, one], "the number 1 and the name 1");
    assert_eq!(search("2").await, [one]);
    for nobody in ["", "bo", "+1", "1x", "99999999999999999999", "%", "\0"] {
        assert_eq!(search(nobody).await, [], "{nobody:?}");
    }
}
