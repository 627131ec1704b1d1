//! Making accounts: whose names collide, what can be stored, and who may make what.

use dragoman_accounts::*;
use dragoman_passwords::{Presented, Secret, md5};

use crate::support::*;

on_every_backend! {
    an_account_is_made_and_found,
    case_blind_realms_take_no_name_that_differs_in_case_only,
    exact_realms_do,
    an_exact_look_up_comes_before_a_folded_one,
    a_freed_folded_key_passes_to_the_lowest_sibling,
    names_are_compared_byte_for_byte,
    a_name_of_its_own_scope_shadows_the_one_that_counts_everywhere,
    realms_that_admit_their_own_only_share_nothing,
    what_no_database_can_store_is_refused,
    look_ups_take_any_text,
    of_twenty_at_once_one_wins,
    of_different_names_at_once_all_win,
    numbers_are_dense_and_never_reused,
    roles_need_an_authority,
    an_account_may_begin_with_a_digest,
    a_registration_begins_with_all_it_was_given,
}

async fn an_account_is_made_and_found(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let number = register(&accounts, &realm, "Alice").await;
    assert_eq!(number, AccountNumber(1));
    let member = accounts.find_by_name(&realm, "alice", "").await.unwrap().unwrap();
    assert_eq!((member.username.as_str(), member.id, member.account.number), ("Alice", 1, number));
    assert_eq!(member.account.role, Role::User);
    assert!(!member.account.locked);
    assert_eq!(accounts.count().await.unwrap(), 1);
    let record = &accounts.audit_of(number).await.unwrap()[0];
    assert_eq!((record.action.as_str(), record.dialect.as_str(), record.actor), ("registered", "frp", None));
}

async fn case_blind_realms_take_no_name_that_differs_in_case_only(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("proxy"));
    register(&accounts, &realm, "Straße").await;
    for taken in ["Straße", "straße", "STRASSE", "Strasse  "] {
        let result = accounts.register(&realm, registration(taken)).await;
        assert_eq!(result, Err(AccountError::NameTaken), "{taken}");
    }
    for free in ["Strase", " Straße", "Straße\t"] {
        register(&accounts, &realm, free).await;
    }
}

async fn exact_realms_do(db: Database) {
    let (accounts, medusa, frp) = (db.accounts(), exact("medusa"), blind("frp"));
    let small = register(&accounts, &medusa, "ann").await;
    let capital = register(&accounts, &medusa, "ANN").await;
    let padded = register(&accounts, &medusa, "ann ").await;
    assert_eq!(accounts.register(&medusa, registration("ann")).await, Err(AccountError::NameTaken));
    assert_eq!(accounts.register(&frp, registration("Ann")).await, Err(AccountError::NameTaken));
    for (name, number) in [("ann", Some(small)), ("ANN", Some(capital)), ("ann ", Some(padded)), ("Ann", None)] {
        assert_eq!(named(&accounts, &medusa, name).await, number, "{name:?}");
    }
}

async fn an_exact_look_up_comes_before_a_folded_one(db: Database) {
    let (accounts, medusa, frp) = (db.accounts(), exact("medusa"), blind("frp"));
    let small = register(&accounts, &medusa, "ann").await;
    let capital = register(&accounts, &medusa, "ANN").await;
    assert_eq!(named(&accounts, &frp, "ANN").await, Some(capital));
    assert_eq!(named(&accounts, &frp, "ann").await, Some(small));
    // The first comer holds what they have in common.
    assert_eq!(named(&accounts, &frp, "Ann").await, Some(small));
}

async fn a_freed_folded_key_passes_to_the_lowest_sibling(db: Database) {
    let (accounts, medusa, frp) = (db.accounts(), exact("medusa"), blind("frp"));
    let [first, second, third, fourth] = {
        let mut numbers = Vec::new();
        for name in ["ann", "ANN", "Ann", "aNN"] {
            numbers.push(register(&accounts, &medusa, name).await);
        }
        numbers.try_into().unwrap()
    };
    accounts.delete(&medusa, Authority::Operator, first, Origin::default()).await.unwrap();
    assert_eq!(named(&accounts, &frp, "ann").await, Some(second));
    let rename = |number, name: &'static str| {
        accounts.rename(&medusa, Authority::Operator, number, name.into(), Origin::default())
    };
    rename(second, "bob").await.unwrap();
    assert_eq!(named(&accounts, &frp, "ann").await, Some(third));
    rename(third, "eve").await.unwrap();
    assert_eq!(named(&accounts, &frp, "ann").await, Some(fourth));
    rename(fourth, "kim").await.unwrap();
    assert_eq!(named(&accounts, &frp, "ann").await, None);
    register(&accounts, &frp, "Ann").await;
}

async fn names_are_compared_byte_for_byte(db: Database) {
    let (accounts, medusa) = (db.accounts(), exact("medusa"));
    // Pairs that one collation or another holds equal.
    let names = ["ss", "ß", "é", "e\u{301}", "", " ", "  ", "Ａ", "A", "a\u{200b}", "a", "🦀", "🦁", "ı", "i"];
    for name in names {
        register(&accounts, &medusa, name).await;
    }
    for name in names {
        let member = accounts.find_by_name(&medusa, name, "").await.unwrap().unwrap();
        assert_eq!(member.username, name);
    }
}

async fn a_name_of_its_own_scope_shadows_the_one_that_counts_everywhere(db: Database) {
    let (accounts, frp, proxy) = (db.accounts(), blind("frp"), proxy());
    let everywhere = register(&accounts, &frp, "bob").await;
    let scoped = accounts.import(&proxy, imported("Bob")).await.unwrap();
    assert_eq!(named(&accounts, &frp, "Bob").await, Some(everywhere));
    assert_eq!(named(&accounts, &proxy, "bob").await, Some(scoped));
    assert_eq!(accounts.register(&proxy, registration("BOB")).await, Err(AccountError::NameTaken));
    assert_eq!(accounts.register(&frp, registration("BOB")).await, Err(AccountError::NameTaken));
    // Nobody else sees the scoped one at all.
    assert_eq!(accounts.find(&frp, scoped, "").await.unwrap(), None);
    assert_eq!(log_in(&accounts, &proxy, "bob", PASSWORD).await.unwrap().account.number, scoped);
}

async fn realms_that_admit_their_own_only_share_nothing(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let own = Realm { admits: Admission::Own, ..blind("v1") };
    let everywhere = register(&accounts, &frp, "bob").await;
    assert_eq!(log_in(&accounts, &own, "bob", PASSWORD).await, Err(AccountError::UnknownAccount));
    let inside = register(&accounts, &own, "bob").await;
    assert_ne!(inside, everywhere);
    assert_eq!(log_in(&accounts, &own, "bob", PASSWORD).await.unwrap().account.number, inside);
    assert_eq!(log_in(&accounts, &frp, "bob", PASSWORD).await.unwrap().account.number, everywhere);
    let alone = register(&accounts, &own, "eve").await;
    assert_eq!(accounts.find(&frp, alone, "").await.unwrap(), None);
}

async fn what_no_database_can_store_is_refused(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    let email = |address: String| Some(NewEmail { address, verified: false });
    let text = |length: usize| "é".repeat(length / 2);
    register(&accounts, &realm, &text(4 * 1024)).await;
    for refused in [
        registration("a\0b"),
        registration(&text(4 * 1024 + 2)),
        Registration { email: email("a\0@b".into()), ..registration("one") },
        Registration { email: email("x".repeat(5_000)), ..registration("one") },
        Registration { display_name: Some("\0".into()), ..registration("one") },
        Registration { display_name: Some(text(64 * 1024 + 2)), ..registration("one") },
        Registration { bio: Some("x\0".into()), ..registration("one") },
        Registration { bio: Some(text(64 * 1024 + 2)), ..registration("one") },
        Registration { facet: Some(("medusa", "\0".into())), ..registration("one") },
        Registration { facet: Some(("medusa", "x".repeat(2_000_000))), ..registration("one") },
    ] {
        assert_eq!(accounts.register(&realm, refused).await, Err(AccountError::NotStorable));
    }
    let largest = Registration {
        email: email(text(4 * 1024)),
        display_name: Some(text(64 * 1024)),
        bio: Some(text(64 * 1024)),
        facet: Some(("medusa", text(1024 * 1024))),
        ..registration("one")
    };
    let number = accounts.register(&realm, largest).await.unwrap();
    let member = accounts.find(&realm, number, "medusa").await.unwrap().unwrap();
    assert_eq!(member.facet.unwrap().len(), 1024 * 1024);
    assert_eq!(member.account.bio.unwrap().len(), 64 * 1024);
    let rename = accounts.rename(&realm, Authority::Operator, number, "\0".into(), Origin::default()).await;
    assert_eq!(rename, Err(AccountError::NotStorable));
    let address =
        accounts.set_email(&realm, Authority::Operator, number, Some("\0".into()), true, Origin::default()).await;
    assert_eq!(address, Err(AccountError::NotStorable));
    for edit in [
        Amendment { bio: Some(Some("\0".into())), ..Amendment::default() },
        Amendment { display_name: Some(Some("\0".into())), ..Amendment::default() },
    ] {
        let edited = accounts.amend_own(&realm, number, edit, Origin::default()).await;
        assert_eq!(edited, Err(AccountError::NotStorable));
    }
    assert_eq!(put_facet(&accounts, number, "medusa", "\0").await, Err(AccountError::NotStorable));
}

async fn look_ups_take_any_text(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("proxy"));
    register(&accounts, &realm, "ann").await;
    for name in ["ann\0", "\0", "", &"x".repeat(1_000_000), "' OR 1=1 --", "\u{10ffff}", "%", "_nn"] {
        assert_eq!(named(&accounts, &realm, name).await, None);
        assert_eq!(accounts.find_by_email(&realm, name, "").await.unwrap(), None);
        assert_eq!(log_in(&accounts, &realm, name, PASSWORD).await, Err(AccountError::UnknownAccount));
        assert_eq!(owner(&accounts, &realm, name).await, None);
    }
    // In a password U+0000 is a byte like any other.
    let odd = Registration { password: NewPassword::Plain(Secret::from("a\0b")), ..registration("bob") };
    accounts.register(&realm, odd).await.unwrap();
    assert!(log_in(&accounts, &realm, "bob", "a\0b").await.is_ok());
    assert_eq!(log_in(&accounts, &realm, "bob", "a").await, Err(AccountError::WrongPassword));
}

async fn of_twenty_at_once_one_wins(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let tries = (0..20).map(|index| {
        let accounts = replicas[index % 2].clone();
        let name = if index % 3 == 0 { "Carol" } else { "carol" };
        async move { accounts.register(&blind("frp"), registration(name)).await }
    });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| **result == Err(AccountError::NameTaken)).count(), 19, "{results:?}");
    assert_eq!(replicas[0].count().await.unwrap(), 1);
    // The losers left no gap.
    assert_eq!(register(&replicas[1], &blind("frp"), "dave").await, AccountNumber(2));
}

async fn of_different_names_at_once_all_win(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let tries = (0..40).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { accounts.register(&blind("frp"), registration(&format!("user{index}"))).await.unwrap().0 }
    });
    let mut numbers = at_once(tries).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    assert_eq!(replicas[0].count().await.unwrap(), 40);
}

async fn numbers_are_dense_and_never_reused(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("v1"));
    let first = register(&accounts, &realm, "one").await;
    let last = register(&accounts, &realm, "two").await;
    accounts.delete(&realm, Authority::Operator, last, Origin::default()).await.unwrap();
    assert_eq!(accounts.register(&realm, registration("one")).await, Err(AccountError::NameTaken));
    let next = register(&accounts, &realm, "two").await;
    assert_eq!((first.0, last.0, next.0), (1, 2, 3));
    assert_eq!(accounts.find(&realm, last, "").await.unwrap(), None);
    assert_eq!(accounts.find_by_id(&realm, 2, "").await.unwrap(), None);
    assert_eq!(accounts.count().await.unwrap(), 2);
}

async fn roles_need_an_authority(db: Database) {
    use Role::{Administrator, SuperAdministrator, User};
    let (accounts, realm) = (db.accounts(), proxy());
    let root = register_as(&accounts, &realm, "root", SuperAdministrator).await;
    let admin = register_as(&accounts, &realm, "admin", Administrator).await;
    let user = register(&accounts, &realm, "user").await;
    let above = |number| Some(Authority::Above(number));
    let floor = |number| Some(Authority::NotBelow(number));
    let cases = [
        (None, User, true),
        (None, Administrator, false),
        (None, SuperAdministrator, false),
        (above(root), Administrator, true),
        (above(root), SuperAdministrator, false),
        (above(admin), User, true),
        (above(admin), Administrator, false),
        (above(user), User, false),
        (floor(root), SuperAdministrator, true),
        (floor(admin), Administrator, true),
        (floor(admin), SuperAdministrator, false),
        (floor(user), User, false),
        (above(AccountNumber(99)), User, false),
    ];
    for (index, (authority, role, allowed)) in cases.into_iter().enumerate() {
        let new = Registration { authority, role, ..registration(&format!("new{index}")) };
        let result = accounts.register(&realm, new).await;
        match allowed {
            true => assert!(result.is_ok(), "{authority:?} {role:?}: {result:?}"),
            false => assert_eq!(result, Err(AccountError::Forbidden), "{authority:?} {role:?}"),
        }
    }
}

async fn an_account_may_begin_with_a_digest(db: Database) {
    let (accounts, php) = (db.accounts(), exact("php"));
    let digest = md5(b"secret");
    let new = Registration { password: NewPassword::Digest(digest.clone()), ..registration("bob") };
    accounts.register(&php, new).await.unwrap();
    let by_digest = LoginAttempt { presented: Presented::digest(&digest).unwrap(), ..attempt("bob", "") };
    assert!(accounts.log_in(&php, by_digest).await.is_ok());
    assert!(log_in(&accounts, &php, "bob", "secret").await.is_ok());
    assert_eq!(log_in(&accounts, &php, "bob", "Secret").await, Err(AccountError::WrongPassword));
    let bad = Registration { password: NewPassword::Digest("nonsense".into()), ..registration("eve") };
    assert_eq!(accounts.register(&php, bad).await, Err(AccountError::NotStorable));
}

async fn a_registration_begins_with_all_it_was_given(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    let new = Registration {
        display_name: Some("Bob the Builder 🦀".into()),
        bio: Some(String::new()),
        email: Some(NewEmail { address: "Bob@example.org".into(), verified: true }),
        facet: Some(("v1", r#"{"auditor":true}"#.into())),
        origin: Origin { network: Some("192.0.2.1".into()) },
        ..registration("bob")
    };
    let number = accounts.register(&realm, new).await.unwrap();
    let member = accounts.find_by_name(&realm, "bob", "v1").await.unwrap().unwrap();
    assert_eq!(member.facet.as_deref(), Some(r#"{"auditor":true}"#));
    assert_eq!(member.account.display_name.as_deref(), Some("Bob the Builder 🦀"));
    assert_eq!(member.account.bio.as_deref(), Some(""));
    assert_eq!(member.account.email.as_deref(), Some("Bob@example.org"));
    assert_eq!(member.account.created_at, Some(clock::Clock::now(&*db.clock)));
    assert_eq!(member.account.uuid.len(), 36);
    assert_eq!(accounts.audit_of(number).await.unwrap()[0].network.as_deref(), Some("192.0.2.1"));
    // One facet at a time, and only what was asked for.
    assert_eq!(accounts.find(&realm, number, "").await.unwrap().unwrap().facet, None);
    assert_eq!(accounts.find(&realm, number, "php").await.unwrap().unwrap().facet, None);
}
