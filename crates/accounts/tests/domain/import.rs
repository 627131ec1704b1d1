//! Taking accounts over: numbers and names that clients know stay theirs.

use dragoman_accounts::clock::Timestamp;
use dragoman_accounts::*;
use dragoman_passwords::{Scheme, View};

use crate::support::*;

on_every_backend! {
    free_numbers_are_kept_and_the_counter_stays_above,
    taken_numbers_are_shown_in_their_own_realm,
    whoever_had_the_number_steps_aside,
    tokens_with_the_number_of_somebody_else_are_refused,
    two_deployments_with_the_same_names_and_numbers,
    a_name_twice_in_one_deployment_is_refused,
    an_import_run_twice_takes_nothing_over,
    numbers_that_cannot_be_kept_are_shown,
    an_address_has_one_holder,
    everything_comes_along,
    adopted_tokens_work,
    imports_and_registrations_at_once_get_different_numbers,
    what_cannot_be_stored_is_refused,
}

fn with_id(id: i64, username: &str) -> ImportedAccount {
    ImportedAccount { id: Some(id), ..imported(username) }
}

async fn by_id(accounts: &Accounts, realm: &Realm, id: i64) -> Option<String> {
    accounts.find_by_id(realm, id, "").await.unwrap().map(|member| {
        assert_eq!(member.id, id);
        member.username
    })
}

async fn free_numbers_are_kept_and_the_counter_stays_above(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    assert_eq!(accounts.import(&v1, with_id(500, "late")).await, Ok(AccountNumber(500)));
    assert_eq!(accounts.import(&v1, with_id(7, "early")).await, Ok(AccountNumber(7)));
    assert_eq!(register(&accounts, &v1, "new").await, AccountNumber(501));
    assert_eq!(accounts.import(&v1, imported("no number")).await, Ok(AccountNumber(502)));
    assert_eq!(accounts.import(&v1, with_id(503, "next")).await, Ok(AccountNumber(503)));
    assert_eq!(register(&accounts, &v1, "newer").await, AccountNumber(504));
    assert_eq!(by_id(&accounts, &v1, 7).await.as_deref(), Some("early"));
    // A kept number counts in every realm.
    assert_eq!(by_id(&accounts, &blind("frp"), 7).await.as_deref(), Some("early"));
    assert_eq!(accounts.count().await.unwrap(), 6);
}

async fn taken_numbers_are_shown_in_their_own_realm(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    let first = register(&accounts, &frp, "first").await;
    let taken = accounts.import(&v1, with_id(1, "taken")).await.unwrap();
    assert_ne!(taken, first);
    assert_eq!(by_id(&accounts, &v1, 1).await.as_deref(), Some("taken"));
    assert_eq!(by_id(&accounts, &frp, 1).await.as_deref(), Some("first"));
    assert_eq!(by_id(&accounts, &frp, taken.0).await.as_deref(), Some("taken"));
    assert_eq!(accounts.find(&v1, taken, "").await.unwrap().unwrap().id, 1);
    assert_eq!(log_in(&accounts, &v1, "taken", PASSWORD).await.unwrap().id, 1);
    // A dead account's number is as taken.
    accounts.delete(&frp, Authority::Operator, first, Origin::default()).await.unwrap();
    let other = accounts.import(&blind("proxy"), with_id(1, "other")).await.unwrap();
    assert!(other.0 > taken.0);
    assert_eq!(by_id(&accounts, &blind("proxy"), 1).await.as_deref(), Some("other"));
    assert_eq!(by_id(&accounts, &frp, 1).await, None);
}

async fn whoever_had_the_number_steps_aside(db: Database) {
    let (accounts, v1, frp) = (db.accounts(), blind("v1"), blind("frp"));
    let first = register(&accounts, &frp, "first").await;
    accounts.import(&v1, with_id(1, "taken")).await.unwrap();
    // Two accounts with one number in one list, and an administrator would hit the wrong one.
    let shown = accounts.find(&v1, first, "").await.unwrap().unwrap().id;
    assert_ne!(shown, 1);
    assert_eq!(by_id(&accounts, &v1, shown).await.as_deref(), Some("first"));
    let page = accounts.page_by_role(&v1, Role::User, None, "").await.unwrap();
    let mut ids: Vec<_> = page.members.iter().map(|member| member.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), page.members.len());
    assert!(register(&accounts, &v1, "new").await.0 > shown);
}

async fn tokens_with_the_number_of_somebody_else_are_refused(db: Database) {
    let (accounts, proxy) = (db.accounts(), blind("proxy"));
    let [silent, heard, deleted] = [
        register(&accounts, &proxy, "silent").await,
        register(&accounts, &proxy, "heard").await,
        register(&accounts, &proxy, "deleted").await,
    ];
    enter(&accounts, &proxy, "heard", "token").await;
    accounts.delete(&proxy, Authority::Operator, deleted, Origin::default()).await.unwrap();
    let begins = async |number: AccountNumber, name: &str| {
        let imported = accounts.import(&proxy, with_id(number.0, name)).await.unwrap();
        accounts.find(&proxy, imported, "").await.unwrap().unwrap().account.tokens_not_before
    };
    assert_eq!(begins(silent, "one").await, None, "nobody has a token with this number");
    let now = accounts.clock().now().seconds();
    assert_eq!(begins(heard, "two").await, Some(now + 1));
    assert_eq!(begins(deleted, "three").await, Some(now + 1));
    let free = AccountNumber(silent.0 + 1_000);
    assert_eq!(begins(free, "four").await, None);
}

async fn two_deployments_with_the_same_names_and_numbers(db: Database) {
    let (accounts, v1, medusa, frp) = (db.accounts(), blind("v1"), exact("medusa"), blind("frp"));
    for (id, name) in [(1, "root"), (2, "bob"), (3, "ann")] {
        accounts.import(&medusa, with_id(id, name)).await.unwrap();
    }
    for (id, name) in [(1, "bob"), (2, "Root"), (3, "eve")] {
        accounts.import(&v1, with_id(id, name)).await.unwrap();
    }
    let shown = async |realm: &Realm, name: &str| {
        accounts.find_by_name(realm, name, "").await.unwrap().map(|member| (member.id, member.account.number.0))
    };
    assert_eq!(shown(&medusa, "bob").await, Some((2, 2)));
    assert_eq!(shown(&medusa, "root").await, Some((1, 1)));
    assert_eq!(shown(&v1, "bob").await.unwrap().0, 1);
    assert_eq!(shown(&v1, "root").await.unwrap().0, 2);
    assert_ne!(shown(&v1, "bob").await.unwrap().1, 2);
    for realm in [&v1, &medusa] {
        for id in 1..=3 {
            let member = accounts.find_by_id(realm, id, "").await.unwrap().unwrap();
            assert_eq!(shown(realm, &member.username).await, Some((id, member.account.number.0)));
        }
    }
    // Everybody else sees who came first; names without a namesake count everywhere.
    assert_eq!(shown(&frp, "bob").await, Some((2, 2)));
    assert!(shown(&frp, "eve").await.is_some());
    assert!(shown(&v1, "ann").await.is_some());
    assert_eq!(log_in(&accounts, &v1, "BOB", PASSWORD).await.unwrap().id, 1);
    assert_eq!(log_in(&accounts, &medusa, "bob", PASSWORD).await.unwrap().id, 2);
}

async fn a_name_twice_in_one_deployment_is_refused(db: Database) {
    let (accounts, v1, medusa) = (db.accounts(), blind("v1"), exact("medusa"));
    accounts.import(&medusa, imported("bob")).await.unwrap();
    // The exact realm's own pair is fine.
    accounts.import(&medusa, imported("BOB")).await.unwrap();
    accounts.import(&v1, with_id(70, "bob")).await.unwrap();
    for twice in [with_id(71, "bob"), with_id(70, "eve"), with_id(72, "Bob")] {
        let name = twice.username.clone();
        assert_eq!(accounts.import(&v1, twice).await.is_ok(), name == "eve", "{name}");
    }
    let before = accounts.count().await.unwrap();
    assert_eq!(
        accounts.import(&v1, with_id(70, "kim")).await,
        Err(AccountError::NameTaken),
        "the number 70 is used twice"
    );
    assert_eq!(accounts.count().await.unwrap(), before);
    // Free everywhere again, but the realm's own name would still hide it.
    let first = named(&accounts, &medusa, "bob").await.unwrap();
    let second = named(&accounts, &medusa, "BOB").await.unwrap();
    for number in [first, second] {
        accounts.delete(&medusa, Authority::Operator, number, Origin::default()).await.unwrap();
    }
    assert_eq!(accounts.import(&v1, imported("bob")).await, Err(AccountError::NameTaken));
}

async fn an_import_run_twice_takes_nothing_over(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let old = |id, name: &str| ImportedAccount { facet: Some(("v1", "{}".into())), ..with_id(id, name) };
    register(&accounts, &blind("frp"), "first").await;
    let kept = accounts.import(&v1, old(7, "bob")).await.unwrap();
    let shown = accounts.import(&v1, old(1, "eve")).await.unwrap();
    for number in [kept, shown] {
        accounts.rename(&v1, Authority::Operator, number, format!("renamed{number}"), Origin::default()).await.unwrap();
    }
    for (id, name) in [(7, "bob"), (1, "eve")] {
        assert_eq!(accounts.import(&v1, old(id, name)).await, Err(AccountError::NameTaken), "{name}");
    }
    assert_eq!(by_id(&accounts, &v1, 7).await, Some(format!("renamed{kept}")));
    assert_eq!(by_id(&accounts, &v1, 1).await, Some(format!("renamed{shown}")));
}

async fn numbers_that_cannot_be_kept_are_shown(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    for (index, id) in [0, -5, i64::MAX, i64::MIN, 1 << 53].into_iter().enumerate() {
        let number = accounts.import(&v1, with_id(id, &format!("user{index}"))).await.unwrap();
        assert!((1..100).contains(&number.0), "{number}");
        assert_eq!(by_id(&accounts, &v1, id).await, Some(format!("user{index}")));
    }
    assert!(register(&accounts, &v1, "new").await.0 < 100);
    assert_eq!(by_id(&accounts, &v1, 42).await, None);
}

async fn an_address_has_one_holder(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let email = |address: &str| Some(NewEmail { address: address.into(), verified: true });
    let with = |name: &str, address: &str| ImportedAccount { email: email(address), ..imported(name) };
    let one = accounts.import(&frp, with("one", "A@example.org")).await.unwrap();
    let two = accounts.import(&frp, with("two", "a@example.org")).await.unwrap();
    let three = accounts.import(&frp, with("three", "a@example.org")).await.unwrap();
    for number in [one, two, three] {
        let shown = accounts.find(&frp, number, "").await.unwrap().unwrap().account.email;
        assert!(shown.is_some_and(|shown| shown.eq_ignore_ascii_case("a@example.org")));
    }
    // The second holder of one deployment lacks it as an identity, and the first does not notice him.
    assert_eq!(by_email(&accounts, &frp, "a@EXAMPLE.org").await, Some(one));
    // Another deployment has a holder of its own.
    let other = accounts.import(&blind("v1"), with("other", "a@example.org")).await.unwrap();
    assert_eq!(by_email(&accounts, &blind("v1"), "A@example.org").await, Some(other));
    assert_eq!(by_email(&accounts, &frp, "A@example.org").await, Some(one));
    assert_eq!(by_email(&accounts, &blind("proxy"), "A@example.org").await, Some(one));
    // With the account go all its identities.
    accounts.delete(&frp, Authority::Operator, one, Origin::default()).await.unwrap();
    // But for the one whose address letter case told apart.
    assert_eq!(by_email(&accounts, &frp, "a@example.org").await, Some(two));
    assert_eq!(by_email(&accounts, &blind("proxy"), "a@example.org").await, None);
    assert_eq!(by_email(&accounts, &blind("v1"), "a@example.org").await, Some(other));
}

async fn by_email(accounts: &Accounts, realm: &Realm, address: &str) -> Option<AccountNumber> {
    accounts.find_by_email(realm, address, "").await.unwrap().map(|member| member.account.number)
}

async fn everything_comes_along(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("php"));
    let old = ImportedAccount {
        uuid: Some("old-uuid".into()),
        role: Role::Administrator,
        locked: true,
        display_name: Some("Bob".into()),
        bio: Some("Hi".into()),
        created_at: Some(Timestamp::from_seconds(1_234_567_890)),
        facet: Some(("php", "{}".into())),
        ..imported("bob")
    };
    let number = accounts.import(&realm, old).await.unwrap();
    let member = accounts.find(&realm, number, "php").await.unwrap().unwrap();
    let account = Account {
        number,
        uuid: "old-uuid".into(),
        role: Role::Administrator,
        locked: true,
        display_name: Some("Bob".into()),
        bio: Some("Hi".into()),
        email: None,
        created_at: Some(Timestamp::from_seconds(1_234_567_890)),
        tokens_not_before: None,
    };
    assert_eq!(member, Member { account, id: number.0, username: "bob".into(), facet: Some("{}".into()) });
    let unknown = accounts.import(&realm, imported("eve")).await.unwrap();
    assert_eq!(accounts.find(&realm, unknown, "").await.unwrap().unwrap().account.created_at, None);
}

async fn adopted_tokens_work(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    let old = ImportedAccount { session: Some(session("0123456789abcdef")), ..imported("bob") };
    let number = accounts.import(&realm, old).await.unwrap();
    assert_eq!(owner(&accounts, &realm, "0123456789abcdef").await, Some(number));
}

async fn imports_and_registrations_at_once_get_different_numbers(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let makers = (0..30_usize).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move {
            let name = format!("user{index}");
            match index % 3 {
                0 => accounts.import(&blind("v1"), with_id(i64::try_from(index).unwrap() + 1, &name)).await.unwrap(),
                _ => register(&accounts, &blind("frp"), &name).await,
            }
        }
    });
    let mut numbers: Vec<_> = at_once(makers).await;
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 30);
    assert_eq!(replicas[0].count().await.unwrap(), 30);
}

async fn what_cannot_be_stored_is_refused(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    for refused in [
        imported("\0"),
        imported(&"x".repeat(5_000)),
        ImportedAccount { uuid: Some("x".repeat(65)), ..imported("bob") },
        ImportedAccount { bio: Some("\0".into()), ..imported("bob") },
    ] {
        assert_eq!(accounts.import(&realm, refused).await, Err(AccountError::NotStorable));
    }
    let scheme = Scheme::parse("{plain}secret").unwrap();
    let fine =
        ImportedAccount { password: ImportedPassword::Verifiers(vec![(View::Plain, scheme)]), ..imported("bob") };
    accounts.import(&realm, fine).await.unwrap();
    assert!(log_in(&accounts, &realm, "bob", "secret").await.is_ok());
}
