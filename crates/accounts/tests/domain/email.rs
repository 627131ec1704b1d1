//! Addresses: the one shown, the one that logs in, and whose it is (one-domain.md E1 to E4).

use dragoman_accounts::*;
use dragoman_passwords::Presented;

use crate::support::*;

on_every_backend! {
    a_proven_address_counts_everywhere,
    an_unproven_one_blocks_only_at_home,
    a_password_login_finds_the_only_unproven_one,
    an_absent_address_matches_nothing,
    setting_an_address_replaces_the_old_one,
    two_with_one_address_at_once,
    addresses_are_not_names,
    what_nobody_could_be_mailed_at_is_refused,
}

fn with_email(username: &str, address: &str, verified: bool) -> Registration {
    Registration { email: Some(NewEmail { address: address.into(), verified }), ..registration(username) }
}

async fn log_in_by(accounts: &Accounts, realm: &Realm, address: &str) -> Result<AccountNumber, AccountError> {
    let attempt = LoginAttempt {
        name: LoginName::Email(address.to_owned()),
        presented: Presented::plain(PASSWORD),
        ..attempt("", "")
    };
    accounts.log_in(realm, attempt).await.map(|member| member.account.number)
}

async fn holder(accounts: &Accounts, realm: &Realm, address: &str) -> Option<AccountNumber> {
    accounts.find_by_email(realm, address, "").await.unwrap().map(|member| member.account.number)
}

async fn a_proven_address_counts_everywhere(db: Database) {
    let (accounts, v1, frp, medusa) = (db.accounts(), blind("v1"), blind("frp"), exact("medusa"));
    let bob = accounts.register(&v1, with_email("bob", "Bob@example.org", true)).await.unwrap();
    assert_eq!(log_in_by(&accounts, &frp, "bob@EXAMPLE.org").await, Ok(bob));
    assert_eq!(log_in_by(&accounts, &medusa, "Bob@example.org").await, Ok(bob));
    assert_eq!(log_in_by(&accounts, &medusa, "bob@example.org").await, Err(AccountError::UnknownAccount));
    let taken = Err(AccountError::EmailTaken);
    assert_eq!(accounts.register(&frp, with_email("eve", "BOB@example.org", true)).await, taken);
    assert_eq!(accounts.register(&frp, with_email("eve", "BOB@example.org", false)).await, taken);
    // The refusal left nothing, not even the name.
    assert_eq!(named(&accounts, &frp, "eve").await, None);
    assert_eq!(accounts.count().await.unwrap(), 1);
}

async fn an_unproven_one_blocks_only_at_home(db: Database) {
    let (accounts, v1, medusa) = (db.accounts(), blind("v1"), exact("medusa"));
    let squatter = accounts.register(&medusa, with_email("squatter", "bob@example.org", false)).await.unwrap();
    let home = accounts.register(&medusa, with_email("other", "bob@example.org", false)).await;
    assert_eq!(home, Err(AccountError::EmailTaken));
    // The owner proves it elsewhere, and it is his from then on.
    let bob = accounts.register(&v1, with_email("bob", "bob@example.org", true)).await.unwrap();
    assert_eq!(holder(&accounts, &v1, "bob@example.org").await, Some(bob));
    assert_eq!(log_in_by(&accounts, &v1, "bob@example.org").await, Ok(bob));
    // Codes and resets never go by an address that somebody else merely claimed.
    assert_eq!(holder(&accounts, &medusa, "bob@example.org").await, Some(squatter));
    assert_eq!(
        accounts.find(&v1, squatter, "").await.unwrap().unwrap().account.email.as_deref(),
        Some("bob@example.org")
    );
}

async fn a_password_login_finds_the_only_unproven_one(db: Database) {
    let (accounts, v1, medusa, php) = (db.accounts(), blind("v1"), exact("medusa"), exact("php"));
    let bob = accounts.register(&medusa, with_email("bob", "bob@example.org", false)).await.unwrap();
    assert_eq!(log_in_by(&accounts, &v1, "BOB@example.org").await, Ok(bob));
    assert_eq!(log_in_by(&accounts, &php, "bob@example.org").await, Ok(bob));
    assert_eq!(log_in_by(&accounts, &php, "BOB@example.org").await, Err(AccountError::UnknownAccount));
    let own = Realm { admits: Admission::Own, ..blind("v1") };
    assert_eq!(log_in_by(&accounts, &own, "bob@example.org").await, Err(AccountError::UnknownAccount));
    assert_eq!(holder(&accounts, &v1, "bob@example.org").await, None);
    // A second one elsewhere, and nobody knows who is meant.
    let eve = accounts.register(&php, with_email("eve", "bob@example.org", false)).await.unwrap();
    assert_eq!(log_in_by(&accounts, &v1, "bob@example.org").await, Err(AccountError::UnknownAccount));
    assert_eq!(log_in_by(&accounts, &php, "bob@example.org").await, Ok(eve));
    assert_eq!(log_in_by(&accounts, &medusa, "bob@example.org").await, Ok(bob));
}

async fn an_absent_address_matches_nothing(db: Database) {
    let (accounts, v1, medusa) = (db.accounts(), blind("v1"), exact("medusa"));
    register(&accounts, &medusa, "none").await;
    accounts.register(&medusa, with_email("empty", "", false)).await.unwrap();
    accounts.register(&medusa, with_email("too", "", false)).await.unwrap();
    let proven = accounts.register(&v1, with_email("proven", "", true)).await.unwrap();
    assert_eq!(accounts.find(&v1, proven, "").await.unwrap().unwrap().account.email.as_deref(), Some(""));
    for realm in [&v1, &medusa] {
        assert_eq!(holder(&accounts, realm, "").await, None);
        assert_eq!(log_in_by(&accounts, realm, "").await, Err(AccountError::UnknownAccount));
        // A name is no address.
        assert_eq!(log_in_by(&accounts, realm, "none").await, Err(AccountError::UnknownAccount));
    }
}

async fn setting_an_address_replaces_the_old_one(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    let bob = accounts.register(&v1, with_email("bob", "old@example.org", true)).await.unwrap();
    let eve = register(&accounts, &frp, "eve").await;
    let set = async |number, address: Option<&str>, verified| {
        accounts
            .set_email(&v1, Authority::Operator, number, address.map(str::to_owned), verified, Origin::default())
            .await
    };
    assert_eq!(set(eve, Some("OLD@example.org"), true).await, Err(AccountError::EmailTaken));
    assert_eq!(set(bob, Some("new@example.org"), false).await, Ok(()));
    assert_eq!(set(bob, Some("NEW@example.org"), true).await, Ok(()), "its own in another case, now proven");
    assert_eq!(set(eve, Some("old@example.org"), true).await, Ok(()));
    assert_eq!(holder(&accounts, &frp, "new@example.org").await, Some(bob));
    assert_eq!(holder(&accounts, &frp, "old@example.org").await, Some(eve));
    assert_eq!(set(bob, None, true).await, Ok(()));
    assert_eq!(holder(&accounts, &frp, "new@example.org").await, None);
    assert_eq!(accounts.find(&v1, bob, "").await.unwrap().unwrap().account.email, None);
    accounts.delete(&v1, Authority::Operator, eve, Origin::default()).await.unwrap();
    assert_eq!(set(bob, Some("old@example.org"), true).await, Ok(()));
}

async fn two_with_one_address_at_once(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let tries =
        (0..12).map(|index| {
            let accounts = replicas[index % 2].clone();
            async move {
                accounts.register(&blind("v1"), with_email(&format!("user{index}"), "bob@example.org", true)).await
            }
        });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| result.is_ok() || *result == Err(AccountError::EmailTaken)), "{results:?}");
}

async fn addresses_are_not_names(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    let grosse = accounts.register(&v1, with_email("one", "bob@grosse.example", true)).await.unwrap();
    let eszett = accounts.register(&v1, with_email("two", "bob@große.example", true)).await.unwrap();
    assert_eq!(holder(&accounts, &frp, "BOB@GROSSE.example").await, Some(grosse));
    assert_eq!(holder(&accounts, &frp, "BOB@große.example").await, Some(eszett));
    assert_eq!(holder(&accounts, &frp, "bob@xn--groe-xna.example").await, Some(eszett), "the same domain");
    let taken = accounts.register(&v1, with_email("three", "bob@XN--GROE-xna.example", true)).await;
    assert_eq!(taken, Err(AccountError::EmailTaken));
    assert_eq!(log_in_by(&accounts, &v1, "bob@grosse.example").await, Ok(grosse));
}

async fn what_nobody_could_be_mailed_at_is_refused(db: Database) {
    let (accounts, v1, medusa) = (db.accounts(), blind("v1"), exact("medusa"));
    let bob = register(&accounts, &v1, "bob").await;
    for address in ["a\u{200b}@b.example", "\u{202e}a@b.example", "a@xn--zz--zz.example", "a@b\u{ad}.example"] {
        for realm in [&v1, &medusa] {
            let refused = accounts.register(realm, with_email("eve", address, false)).await;
            assert_eq!(refused, Err(AccountError::NotStorable), "{address:?}");
        }
        let set =
            accounts.set_email(&v1, Authority::Operator, bob, Some(address.into()), true, Origin::default()).await;
        assert_eq!(set, Err(AccountError::NotStorable), "{address:?}");
        let amendment = Amendment { email: Some(address.into()), ..Amendment::default() };
        let amended = accounts.amend_own(&v1, bob, amendment, Origin::default()).await;
        assert_eq!(amended, Err(AccountError::NotStorable), "{address:?}");
        // An import shows it as it was, and it opens nothing.
        let name = format!("imported {address}");
        let email = Some(NewEmail { address: address.into(), verified: true });
        accounts.import(&v1, ImportedAccount { email, ..imported(&name) }).await.unwrap();
        assert_eq!(holder(&accounts, &v1, address).await, None);
    }
    // Any other text still is an address in medusa.
    accounts.register(&medusa, with_email("eve", "no address", false)).await.unwrap();
}
