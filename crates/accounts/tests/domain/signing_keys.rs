//! Signing keys: one for all replicas, rotated without a gap.

use std::collections::BTreeSet;
use std::time::Duration;

use dragoman_accounts::Origin;

use crate::support::*;

on_every_backend! {
    replicas_that_make_the_first_key_at_once_agree,
    a_rotation_keeps_the_old_key_for_a_while,
    rotations_at_once_leave_one_current_key,
    another_replica_learns_of_a_rotation,
    purposes_have_keys_of_their_own,
}

async fn replicas_that_make_the_first_key_at_once_agree(db: Database) {
    let makers = (0..8).map(|_| {
        let accounts = db.accounts();
        async move { accounts.signing_keys("proxy").await.unwrap().current.clone() }
    });
    let keys: BTreeSet<_> = at_once(makers).await.into_iter().collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys.first().unwrap().len(), 64);
    assert_eq!(db.accounts().list_signing_keys("proxy").await.unwrap().len(), 1);
}

async fn a_rotation_keeps_the_old_key_for_a_while(db: Database) {
    let accounts = db.accounts();
    let first = accounts.signing_keys("proxy").await.unwrap();
    assert_eq!(first.retired, [""; 0]);
    accounts.rotate_signing_keys("proxy", Duration::from_secs(100), Origin::default()).await.unwrap();
    let second = accounts.signing_keys("proxy").await.unwrap();
    assert_ne!(second.current, first.current);
    assert_eq!(second.retired, std::slice::from_ref(&first.current));
    db.wait(50);
    accounts.rotate_signing_keys("proxy", Duration::from_secs(100), Origin::default()).await.unwrap();
    let third = accounts.signing_keys("proxy").await.unwrap();
    assert_eq!(third.retired, [second.current.clone(), first.current.clone()]);
    db.wait(50);
    // A handle without a copy sees that the first is over.
    let seen = db.accounts().signing_keys("proxy").await.unwrap();
    assert_eq!(seen.retired, std::slice::from_ref(&second.current));
    db.wait(50);
    let last = db.accounts().signing_keys("proxy").await.unwrap();
    assert_eq!((last.current.clone(), last.retired.len()), (third.current.clone(), 0));
    assert_eq!(accounts.list_signing_keys("proxy").await.unwrap().len(), 3);
    assert_eq!(accounts.purge().await.unwrap(), 2);
    assert_eq!(accounts.list_signing_keys("proxy").await.unwrap().len(), 1);
    accounts.rotate_signing_keys("proxy", Duration::ZERO, Origin::default()).await.unwrap();
    assert_eq!(accounts.signing_keys("proxy").await.unwrap().retired, [""; 0]);
}

async fn rotations_at_once_leave_one_current_key(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let rotations = (0..6).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { accounts.rotate_signing_keys("proxy", Duration::from_secs(100), Origin::default()).await }
    });
    assert_eq!(at_once(rotations).await, vec![Ok(()); 6]);
    let keys = replicas[0].list_signing_keys("proxy").await.unwrap();
    assert_eq!(keys.len(), 6);
    assert_eq!(keys.iter().filter(|(_, end)| end.is_none()).count(), 1);
    assert_eq!(keys[0].1, None, "the current one first");
}

async fn another_replica_learns_of_a_rotation(db: Database) {
    let [here, there] = [db.accounts(), db.accounts()];
    let old = there.signing_keys("proxy").await.unwrap();
    here.rotate_signing_keys("proxy", Duration::from_secs(3_600), Origin::default()).await.unwrap();
    let new = here.signing_keys("proxy").await.unwrap();
    // Its copy may be a few seconds old; asked again for a signature it does not know, it looks, once a second.
    assert_eq!(there.signing_keys("proxy").await.unwrap(), old);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(there.signing_keys("proxy").await.unwrap(), old);
    assert_eq!(there.fresh_signing_keys("proxy").await.unwrap(), new);
    assert_eq!(there.signing_keys("proxy").await.unwrap(), new);
}

async fn purposes_have_keys_of_their_own(db: Database) {
    let accounts = db.accounts();
    let proxy = accounts.signing_keys("proxy").await.unwrap();
    let links = accounts.signing_keys("links").await.unwrap();
    assert_ne!(proxy.current, links.current);
    accounts.rotate_signing_keys("links", Duration::from_secs(5), Origin::default()).await.unwrap();
    assert_eq!(accounts.signing_keys("proxy").await.unwrap(), proxy);
    assert_eq!(db.accounts().signing_keys("proxy").await.unwrap(), proxy);
}
