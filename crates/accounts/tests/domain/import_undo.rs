//! Taking an import back where merges and numbers that others had before meet.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    a_merge_goes_though_its_account_stepped_aside_later,
    a_merged_account_shows_the_number_its_old_clients_know,
    whoever_stepped_aside_stays_so_while_the_number_is_taken,
    a_batch_ends_when_its_time_is_over,
}

const IMPORT: &str = "an import";

fn with_id(id: i64, username: &str) -> ImportedAccount {
    ImportedAccount { id: Some(id), ..imported(username) }
}

async fn apply(db: &Database, realm: &Realm, steps: Vec<(&str, ImportStep)>) {
    // What happened before the import is no change since.
    db.wait(1);
    assert_eq!(import_batch(&db.accounts(), realm, IMPORT, false, steps).await, Ok(true));
}

/// How many accounts each batch took back, and whom all of them left alone.
async fn undo(accounts: &Accounts, realm: &Realm, longest: Duration) -> (Vec<usize>, Vec<i64>) {
    let (mut undone, mut kept, mut after) = (Vec::new(), Vec::new(), Some(Vec::new()));
    while let Some(key) = after {
        let batch = accounts.undo_import_batch(realm, IMPORT, key, longest).await.unwrap();
        undone.push(batch.undone);
        kept.extend(batch.kept.iter().map(|kept| kept.account.0));
        after = batch.next;
    }
    (undone, kept)
}

async fn undo_all(accounts: &Accounts, realm: &Realm, expected: usize) {
    let (undone, kept) = undo(accounts, realm, Duration::MAX).await;
    assert_eq!((undone, kept), (vec![expected], vec![]));
    assert_eq!(accounts.finish_undo(realm, IMPORT).await, Ok(true), "nothing of the import is left");
}

async fn shown(accounts: &Accounts, realm: &Realm, account: AccountNumber) -> i64 {
    accounts.find(realm, account, "").await.unwrap().unwrap().id
}

async fn is_there(accounts: &Accounts, realm: &Realm, id: i64) -> Option<AccountNumber> {
    accounts.find_by_id(realm, id, "").await.unwrap().map(|member| member.account.number)
}

async fn a_merge_goes_though_its_account_stepped_aside_later(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let first = register(&accounts, &blind("frp"), "first").await;
    let merge = ImportStep::Merge { into: first, account: imported("first.old") };
    let create = ImportStep::Create(with_id(first.0, "taken"));
    apply(&db, &v1, vec![("merged", merge), ("created", create)]).await;
    assert_ne!(shown(&accounts, &v1, first).await, first.0);
    undo_all(&accounts, &v1, 2).await;
    assert_eq!(shown(&accounts, &v1, first).await, first.0);
    assert_eq!(accounts.find_by_name(&v1, "first.old", "").await.unwrap(), None);
    assert_eq!(accounts.count().await.unwrap(), 1);
}

async fn a_merged_account_shows_the_number_its_old_clients_know(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let first = register(&accounts, &blind("frp"), "first").await;
    // In the order of their keys the merge is taken back before the account that has the number, and after it.
    for (created, merged) in [("zz", "m"), ("c", "mm")] {
        let create = ImportStep::Create(with_id(first.0, "taken"));
        let merge = ImportStep::Merge { into: first, account: with_id(500, "first.old") };
        apply(&db, &v1, vec![(created, create), (merged, merge)]).await;
        assert_eq!(shown(&accounts, &v1, first).await, 500);
        assert_eq!(is_there(&accounts, &v1, 500).await, Some(first));
        let taken = is_there(&accounts, &v1, first.0).await.unwrap();
        assert_ne!(taken, first);
        assert_eq!(is_there(&accounts, &v1, taken.0 + 1).await, None, "the number nobody was told");
        let step = accounts.undo_import_batch(&v1, IMPORT, Vec::new(), Duration::ZERO).await.unwrap();
        assert_eq!(step.undone, 1);
        let (alone, whose) = (shown(&accounts, &v1, first).await, is_there(&accounts, &v1, first.0).await);
        match whose {
            Some(whose) if whose == taken => assert!(alone != first.0 && alone != 500, "it is still aside: {alone}"),
            _ => assert_eq!(alone, 500),
        }
        undo_all(&accounts, &v1, 1).await;
        assert_eq!(shown(&accounts, &v1, first).await, first.0);
        assert_eq!(is_there(&accounts, &v1, 500).await, None);
    }
}

async fn whoever_stepped_aside_stays_so_while_the_number_is_taken(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let first = register(&accounts, &blind("frp"), "first").await;
    apply(&db, &v1, vec![("created", ImportStep::Create(with_id(first.0, "taken")))]).await;
    let (aside, taken) = (shown(&accounts, &v1, first).await, is_there(&accounts, &v1, first.0).await.unwrap());
    accounts.set_locked(&v1, Authority::Operator, taken, true, Origin::default()).await.unwrap();
    assert_eq!(undo(&accounts, &v1, Duration::MAX).await, (vec![0], vec![taken.0]));
    assert_eq!(accounts.finish_undo(&v1, IMPORT).await, Ok(false));
    assert_eq!(shown(&accounts, &v1, first).await, aside, "the account that was kept has the number");
    accounts.delete(&v1, Authority::Operator, taken, Origin::default()).await.unwrap();
    undo(&accounts, &v1, Duration::MAX).await;
    assert_eq!(shown(&accounts, &v1, first).await, first.0);
}

async fn a_batch_ends_when_its_time_is_over(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    let mut steps = Vec::new();
    for (key, name) in [("1", "ann"), ("2", "bob"), ("3", "cat")] {
        let into = register(&accounts, &frp, name).await;
        steps.push((key, ImportStep::Merge { into, account: imported(&format!("{name}.old")) }));
    }
    steps.push(("4", ImportStep::Create(imported("dan"))));
    apply(&db, &v1, steps).await;
    let (undone, kept) = undo(&accounts, &v1, Duration::ZERO).await;
    assert!(undone.starts_with(&[1, 1, 1, 1]) && undone.iter().sum::<usize>() == 4, "{undone:?}");
    assert_eq!(kept, Vec::<i64>::new());
    assert_eq!(accounts.finish_undo(&v1, IMPORT).await, Ok(true));
}
