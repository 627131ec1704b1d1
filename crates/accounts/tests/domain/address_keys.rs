//! The keys of addresses that an older version made are made anew, and whoever turns out to have one address is told.

use dragoman_accounts::folding::fold;
use dragoman_accounts::*;
use sha2::{Digest, Sha256};

use crate::support::*;

on_every_backend! {
    look_alikes_part_company,
    spellings_of_one_domain_meet_and_nobody_is_merged,
    replicas_that_start_together_agree,
}

/// SHA-256 over length-prefixed parts, as the keys of version 1 were.
fn old_key(purpose: &str, value: &str) -> String {
    let mut hash = Sha256::new();
    for part in [purpose.as_bytes(), b"", &1i16.to_be_bytes(), value.as_bytes()] {
        hash.update(u64::try_from(part.len()).unwrap().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Stores an address as version 1 did, without the folded key if somebody else held it.
async fn as_version_1(db: &Database, address: &str, holds: bool) {
    let folded = fold(address);
    let binary = |hex: String| if db.is_postgres() { format!("'\\x{hex}'::bytea") } else { format!("X'{hex}'") };
    let key = if holds { binary(old_key("folded", &folded)) } else { "NULL".to_owned() };
    let group = binary(old_key("group", &folded));
    db.execute(&format!(
        "UPDATE identities SET folded_key = {key}, folded_group = {group}, fold_version = 1 WHERE kind = 1 AND value = '{address}'"
    ))
    .await;
    db.execute("UPDATE counters SET value = 1 WHERE name = 'address_keys'").await;
}

async fn with_address(accounts: &Accounts, name: &str, address: &str) -> AccountNumber {
    let email = Some(NewEmail { address: address.to_owned(), verified: true });
    accounts.register(&exact("php"), Registration { email, ..registration(name) }).await.unwrap()
}

async fn holder(accounts: &Accounts, address: &str) -> Option<AccountNumber> {
    accounts.find_by_email(&blind("v1"), address, "").await.unwrap().map(|member| member.account.number)
}

async fn look_alikes_part_company(db: Database) {
    let accounts = db.accounts();
    let victim = with_address(&accounts, "victim", "Victim@mail.grosse.example").await;
    let other = with_address(&accounts, "other", "victim@mail.große.example").await;
    as_version_1(&db, "victim@mail.große.example", false).await;
    as_version_1(&db, "Victim@mail.grosse.example", true).await;
    accounts.migrate().await.unwrap();
    assert_eq!(holder(&accounts, "victim@MAIL.grosse.example").await, Some(victim));
    assert_eq!(holder(&accounts, "VICTIM@mail.große.example").await, Some(other), "it has a key of its own now");
    assert_eq!(holder(&accounts, "victim@mail.xn--groe-xna.example").await, Some(other));
    // Once and for all.
    as_version_1(&db, "victim@mail.große.example", false).await;
    db.execute("UPDATE counters SET value = 2 WHERE name = 'address_keys'").await;
    accounts.migrate().await.unwrap();
    assert_eq!(holder(&accounts, "VICTIM@mail.große.example").await, None);
}

async fn spellings_of_one_domain_meet_and_nobody_is_merged(db: Database) {
    let accounts = db.accounts();
    let first = with_address(&accounts, "first", "bob@bücher.example").await;
    let second = with_address(&accounts, "second", "bob@xn--bcher-kva.example").await;
    // Whatever the order in which they are looked at.
    for (one, other) in
        [("bob@bücher.example", "bob@xn--bcher-kva.example"), ("bob@xn--bcher-kva.example", "bob@bücher.example")]
    {
        as_version_1(&db, one, false).await;
        as_version_1(&db, other, true).await;
        as_version_1(&db, one, true).await;
        accounts.migrate().await.unwrap();
        assert_eq!(holder(&accounts, "BOB@bücher.example").await, Some(first), "the lower number");
        assert_eq!(holder(&accounts, "bob@bücher.example").await, Some(first));
        assert_eq!(holder(&accounts, "bob@xn--bcher-kva.example").await, Some(second), "by its own bytes");
    }
    assert_eq!(accounts.count().await.unwrap(), 2);
}

async fn replicas_that_start_together_agree(db: Database) {
    let accounts = db.accounts();
    let mut numbers = Vec::new();
    for index in 0..450 {
        numbers.push(with_address(&accounts, &format!("user{index}"), &format!("User{index}@σας.example")).await);
    }
    for index in 0..450 {
        as_version_1(&db, &format!("User{index}@σας.example"), true).await;
    }
    let starts = (0..3).map(|_| {
        let accounts = db.accounts();
        async move { accounts.migrate().await.unwrap() }
    });
    at_once(starts).await;
    for index in [0, 199, 200, 449] {
        assert_eq!(holder(&accounts, &format!("user{index}@ΣΑΣ.example")).await, None, "Σ is σ, not ς");
        assert_eq!(holder(&accounts, &format!("user{index}@σας.example")).await, Some(numbers[index]));
    }
}
