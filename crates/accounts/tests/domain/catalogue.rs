//! The catalogue: read in pages, replaced as a whole.

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! { pages_are_complete_and_in_order, an_import_shows_at_once_or_not_at_all, what_cannot_be_stored_is_refused }

fn rows(numbers: impl IntoIterator<Item = i64>, body: &str) -> Vec<(i64, String)> {
    numbers.into_iter().map(|number| (number, format!("{body} {number}"))).collect()
}

fn texts(rows: Vec<(i64, String)>) -> Vec<String> {
    rows.into_iter().map(|(_, text)| text).collect()
}

async fn all(accounts: &Accounts, realm: &Realm) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), Some(0));
    while let Some(number) = after {
        let page = accounts.catalogue_page(realm, number).await.unwrap();
        assert!(page.rows.len() <= 1_000);
        all.extend(page.rows);
        after = page.next;
    }
    all
}

async fn pages_are_complete_and_in_order(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    assert_eq!(all(&accounts, &realm).await, [""; 0]);
    accounts.begin_catalogue_import(&realm).await.unwrap();
    // More at once than PostgreSQL takes in one statement.
    let odd = rows((1..=25_000).map(|number| number * 2 - 1), "address");
    let even = rows((1..=500).map(|number| number * 2), "address");
    accounts.stage_catalogue(&realm, odd.clone()).await.unwrap();
    accounts.stage_catalogue(&realm, even.clone()).await.unwrap();
    accounts.stage_catalogue(&realm, Vec::new()).await.unwrap();
    assert_eq!(accounts.finish_catalogue_import(&realm).await.unwrap(), 25_500);
    let mut expected = [odd, even].concat();
    expected.sort();
    assert_eq!(all(&accounts, &realm).await, texts(expected));
    assert_eq!(accounts.catalogue_count(&realm).await.unwrap(), 25_500);
    assert_eq!(accounts.clear_catalogue(&realm).await.unwrap(), 25_500);
    assert_eq!(all(&accounts, &realm).await, [""; 0]);
}

async fn an_import_shows_at_once_or_not_at_all(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let other = Realm { scope: "proxy-two".into(), ..proxy() };
    let import = async |realm: &Realm, rows: Vec<(i64, String)>| {
        accounts.begin_catalogue_import(realm).await.unwrap();
        accounts.stage_catalogue(realm, rows).await.unwrap();
        accounts.finish_catalogue_import(realm).await.unwrap();
    };
    import(&realm, rows(1..=3, "old")).await;
    import(&other, rows(1..=2, "other")).await;
    accounts.begin_catalogue_import(&realm).await.unwrap();
    accounts.stage_catalogue(&realm, rows(2..=5, "new")).await.unwrap();
    assert_eq!(all(&accounts, &realm).await, texts(rows(1..=3, "old")));
    assert_eq!(accounts.catalogue_count(&realm).await.unwrap(), 3);
    // Begun again: what an interrupted one left is gone.
    accounts.begin_catalogue_import(&realm).await.unwrap();
    accounts.stage_catalogue(&realm, rows(3..=4, "new")).await.unwrap();
    let twice = accounts.stage_catalogue(&realm, rows(4..=6, "twice")).await;
    assert!(twice.is_err(), "a number is staged once");
    let reader = accounts.clone();
    let watcher = tokio::spawn(async move {
        let mut seen = Vec::new();
        for _ in 0..50 {
            seen.push(reader.catalogue_page(&proxy(), 0).await.unwrap().rows);
        }
        seen
    });
    assert_eq!(accounts.finish_catalogue_import(&realm).await.unwrap(), 2);
    for seen in watcher.await.unwrap() {
        assert!(seen == texts(rows(1..=3, "old")) || seen == texts(rows(3..=4, "new")), "{seen:?}");
    }
    assert_eq!(all(&accounts, &realm).await, texts(rows(3..=4, "new")));
    assert_eq!(all(&accounts, &other).await, texts(rows(1..=2, "other")));
}

async fn what_cannot_be_stored_is_refused(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let staged = accounts.stage_catalogue(&realm, vec![(1, "a".into()), (2, "\0".into())]).await;
    assert_eq!(staged, Err(AccountError::NotStorable));
    assert_eq!(accounts.finish_catalogue_import(&realm).await.unwrap(), 0);
}
