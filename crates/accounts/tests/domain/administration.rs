//! Who may do what to whom, and that somebody is always left who can undo it.

use dragoman_accounts::*;

use crate::support::*;
use Role::{Administrator, SuperAdministrator, User};

on_every_backend! {
    the_whole_role_matrix,
    nobody_gives_a_role_above_its_own,
    the_last_super_administrator_stays,
    of_two_opposite_deletes_one_is_refused,
    of_a_lock_and_a_demotion_at_once_one_is_refused,
    a_delete_frees_the_name_and_kills_all_that_was_there,
    what_is_dead_stays_dead,
    a_rename_takes_the_place_of_every_name_the_realm_sees,
    a_rename_is_refused_like_a_registration,
    a_profile_is_edited_in_parts,
    a_locked_actor_acts_on_nobody,
}

const ROLES: [Role; 3] = [User, Administrator, SuperAdministrator];

#[derive(Debug, Clone, Copy)]
enum Deed {
    Lock,
    Unlock,
    Delete,
    MakeUser,
    Rename,
    SetEmail,
}

async fn does(
    accounts: &Accounts,
    realm: &Realm,
    authority: Authority,
    deed: Deed,
    target: AccountNumber,
) -> Result<(), AccountError> {
    let origin = Origin::default();
    match deed {
        Deed::Lock => accounts.set_locked(realm, authority, target, true, origin).await,
        Deed::Unlock => accounts.set_locked(realm, authority, target, false, origin).await,
        Deed::Delete => accounts.delete(realm, authority, target, origin).await,
        Deed::MakeUser => accounts.set_role(realm, authority, target, User, origin).await,
        Deed::Rename => accounts.rename(realm, authority, target, format!("renamed{target}"), origin).await,
        Deed::SetEmail => {
            let address = Some(format!("{target}@example.org"));
            accounts.set_email(realm, authority, target, address, false, origin).await
        }
    }
}

const DEEDS: [Deed; 6] = [Deed::Lock, Deed::Unlock, Deed::Delete, Deed::MakeUser, Deed::Rename, Deed::SetEmail];

async fn the_whole_role_matrix(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let mut actors = Vec::new();
    for role in ROLES {
        actors.push((role, register_as(&accounts, &realm, &format!("{role:?}"), role).await));
    }
    let dead = register_as(&accounts, &realm, "dead", SuperAdministrator).await;
    accounts.delete(&realm, Authority::Operator, dead, Origin::default()).await.unwrap();
    for target_role in ROLES {
        for deed in DEEDS {
            let name = format!("{target_role:?} {deed:?}");
            let target = register_as(&accounts, &realm, &name, target_role).await;
            let mut refused =
                vec![Authority::Above(dead), Authority::NotBelow(dead), Authority::NotBelow(AccountNumber(9_999))];
            let mut allowed = Vec::new();
            for (role, actor) in &actors {
                let above = *role >= Administrator && *role > target_role;
                let floor = *role >= Administrator && *role >= target_role;
                if above { &mut allowed } else { &mut refused }.push(Authority::Above(*actor));
                if floor { &mut allowed } else { &mut refused }.push(Authority::NotBelow(*actor));
            }
            let before = accounts.find(&realm, target, "").await.unwrap();
            for authority in refused {
                let result = does(&accounts, &realm, authority, deed, target).await;
                assert_eq!(result, Err(AccountError::Forbidden), "{authority:?} {deed:?} {target_role:?}");
            }
            assert_eq!(accounts.find(&realm, target, "").await.unwrap(), before);
            assert_eq!(accounts.audit_of(target).await.unwrap().len(), 1);
            allowed.push(Authority::Operator);
            for (index, authority) in allowed.into_iter().enumerate() {
                // Each on an account of its own, because a deed changes it.
                let target = register_as(&accounts, &realm, &format!("{name} {index}"), target_role).await;
                let result = does(&accounts, &realm, authority, deed, target).await;
                assert_eq!(result, Ok(()), "{authority:?} {deed:?} {target_role:?}");
                let record = &accounts.audit_of(target).await.unwrap()[0];
                assert_eq!(record.actor, authority.actor());
                assert_ne!(record.action, "registered");
            }
        }
    }
    for deed in DEEDS {
        let result = does(&accounts, &realm, Authority::Operator, deed, AccountNumber(9_999)).await;
        assert_eq!(result, Err(AccountError::UnknownAccount));
    }
}

async fn nobody_gives_a_role_above_its_own(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let root = register_as(&accounts, &realm, "root", SuperAdministrator).await;
    let admin = register_as(&accounts, &realm, "admin", Administrator).await;
    let cases = [
        (Authority::Above(root), Administrator, true),
        (Authority::Above(root), SuperAdministrator, false),
        (Authority::NotBelow(root), SuperAdministrator, true),
        (Authority::Above(admin), Administrator, false),
        (Authority::NotBelow(admin), Administrator, true),
        (Authority::NotBelow(admin), SuperAdministrator, false),
        (Authority::Operator, SuperAdministrator, true),
    ];
    for (index, (authority, role, allowed)) in cases.into_iter().enumerate() {
        let target = register(&accounts, &realm, &format!("user{index}")).await;
        let result = accounts.set_role(&realm, authority, target, role, Origin::default()).await;
        assert_eq!(result.is_ok(), allowed, "{authority:?} {role:?}: {result:?}");
        let found = accounts.find(&realm, target, "").await.unwrap().unwrap().account.role;
        assert_eq!(found, if allowed { role } else { User });
    }
}

async fn the_last_super_administrator_stays(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    let root = register_as(&accounts, &realm, "root", SuperAdministrator).await;
    let other = register_as(&accounts, &realm, "other", SuperAdministrator).await;
    let last = Err(AccountError::LastSuperAdministrator);
    assert_eq!(does(&accounts, &realm, Authority::Operator, Deed::Lock, other).await, Ok(()));
    for deed in [Deed::Lock, Deed::Delete, Deed::MakeUser] {
        assert_eq!(does(&accounts, &realm, Authority::Operator, deed, root).await, last, "{deed:?}");
        assert_eq!(does(&accounts, &realm, Authority::NotBelow(root), deed, root).await, last, "{deed:?}");
    }
    for deed in [Deed::Rename, Deed::SetEmail, Deed::Unlock] {
        assert_eq!(does(&accounts, &realm, Authority::Operator, deed, root).await, Ok(()), "{deed:?}");
    }
    assert!(!accounts.find(&realm, root, "").await.unwrap().unwrap().account.locked);
    assert_eq!(does(&accounts, &realm, Authority::Operator, Deed::Unlock, other).await, Ok(()));
    assert_eq!(does(&accounts, &realm, Authority::NotBelow(other), Deed::Delete, root).await, Ok(()));
    assert_eq!(does(&accounts, &realm, Authority::Operator, Deed::Delete, other).await, last);
}

async fn of_two_opposite_deletes_one_is_refused(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let realm = proxy();
    let mut root = register_as(&replicas[0], &realm, "root", SuperAdministrator).await;
    for round in 0..10 {
        let other = register_as(&replicas[1], &realm, &format!("other{round}"), SuperAdministrator).await;
        let duel = [(0, root, other), (1, other, root)].map(|(replica, actor, target): (usize, _, _)| {
            let (accounts, realm) = (replicas[replica].clone(), realm.clone());
            async move { accounts.delete(&realm, Authority::NotBelow(actor), target, Origin::default()).await }
        });
        let results = at_once(duel).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        for error in results.iter().flat_map(|result| result.as_ref().err()) {
            assert!(matches!(error, AccountError::LastSuperAdministrator | AccountError::Forbidden), "{error:?}");
        }
        root = if results[0].is_ok() { root } else { other };
        assert!(replicas[0].find(&realm, root, "").await.unwrap().is_some());
    }
    assert_eq!(replicas[0].count().await.unwrap(), 1);
}

async fn of_a_lock_and_a_demotion_at_once_one_is_refused(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let realm = proxy();
    let one = register_as(&replicas[0], &realm, "one", SuperAdministrator).await;
    let two = register_as(&replicas[0], &realm, "two", SuperAdministrator).await;
    for _ in 0..10 {
        let both = [(0, Deed::Lock, one), (1, Deed::MakeUser, two)].map(|(replica, deed, target): (usize, _, _)| {
            let (accounts, realm) = (replicas[replica].clone(), realm.clone());
            async move { does(&accounts, &realm, Authority::Operator, deed, target).await }
        });
        let results = at_once(both).await;
        let refused = results.iter().filter(|result| **result == Err(AccountError::LastSuperAdministrator)).count();
        assert_eq!((refused, results.iter().filter(|result| result.is_ok()).count()), (1, 1), "{results:?}");
        let origin = Origin::default;
        replicas[0].set_locked(&realm, Authority::Operator, one, false, origin()).await.unwrap();
        replicas[0].set_role(&realm, Authority::Operator, two, SuperAdministrator, origin()).await.unwrap();
    }
}

async fn a_delete_frees_the_name_and_kills_all_that_was_there(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    let new = Registration {
        email: Some(NewEmail { address: "bob@example.org".into(), verified: true }),
        facet: Some(("v1", "{}".into())),
        ..registration("bob")
    };
    let number = accounts.register(&realm, new).await.unwrap();
    enter(&accounts, &realm, "bob", "v1token").await;
    enter(&accounts, &exact("medusa"), "bob", "medusatoken").await;
    let permit = Challenge {
        purpose: "permit",
        handle: "h".into(),
        answer: "a".into(),
        account: Some(number),
        policy: ChallengePolicy::lasting(std::time::Duration::from_secs(60)),
    };
    accounts.issue_challenge(&realm, permit).await.unwrap();
    accounts.delete(&realm, Authority::Operator, number, Origin::default()).await.unwrap();

    assert_eq!(log_in(&accounts, &realm, "bob", PASSWORD).await, Err(AccountError::UnknownAccount));
    assert_eq!(owner(&accounts, &realm, "v1token").await, None);
    assert_eq!(owner(&accounts, &exact("medusa"), "medusatoken").await, None);
    assert_eq!(accounts.facet(number, "v1").await.unwrap(), None);
    assert_eq!(accounts.find_by_email(&realm, "bob@example.org", "").await.unwrap(), None);
    let answered = accounts.answer_challenge(&realm, "permit", "h", |_| true).await;
    assert_eq!(answered, Err(AccountError::UnknownChallenge));
    assert_eq!(accounts.count().await.unwrap(), 0);
    // What happened stays on record.
    let actions: Vec<_> = accounts.audit_of(number).await.unwrap().into_iter().map(|record| record.action).collect();
    assert_eq!(actions, ["deleted", "registered"]);

    let again = Registration {
        email: Some(NewEmail { address: "BOB@example.org".into(), verified: true }),
        ..registration("BOB")
    };
    let heir = accounts.register(&realm, again).await.unwrap();
    assert_eq!(heir.0, number.0 + 1);
    assert_eq!(owner(&accounts, &realm, "v1token").await, None);
    assert_eq!(accounts.facet(heir, "v1").await.unwrap(), None);
}

async fn what_is_dead_stays_dead(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    let number = register(&accounts, &realm, "bob").await;
    accounts.delete(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
    let unknown = Err(AccountError::UnknownAccount);
    for deed in DEEDS {
        assert_eq!(does(&accounts, &realm, Authority::Operator, deed, number).await, unknown, "{deed:?}");
    }
    assert_eq!(put_facet(&accounts, number, "v1", "{}").await, unknown);
    assert_eq!(accounts.facet_or_insert(number, "v1", "{}".into()).await, Err(AccountError::UnknownAccount));
    assert_eq!(accounts.amend_own(&realm, number, Amendment::default(), Origin::default()).await, unknown);
    assert_eq!(accounts.set_password(&realm, number, "x".into(), Origin::default()).await, unknown);
    assert_eq!(accounts.count().await.unwrap(), 0);
}

async fn a_rename_takes_the_place_of_every_name_the_realm_sees(db: Database) {
    let (accounts, v1, proxy) = (db.accounts(), blind("v1"), proxy());
    let rename = async |realm: &Realm, number, name: &str| {
        accounts.rename(realm, Authority::Operator, number, name.to_owned(), Origin::default()).await
    };
    let bob = register(&accounts, &v1, "bob").await;
    assert_eq!(rename(&v1, bob, "rob").await, Ok(()));
    assert_eq!(named(&accounts, &v1, "bob").await, None);
    assert_eq!(named(&accounts, &proxy, "rob").await, Some(bob));
    assert_eq!(rename(&v1, bob, "ROB").await, Ok(()), "its own name in another case");
    assert_eq!(rename(&v1, bob, "ROB").await, Ok(()), "its own name");
    register(&accounts, &v1, "bob").await;

    // One that proxy knows by a name of its own.
    let scoped = accounts.import(&proxy, imported("bob")).await.unwrap();
    assert_eq!(accounts.find(&v1, scoped, "").await.unwrap(), None);
    assert_eq!(rename(&v1, scoped, "robert").await, Ok(()));
    assert_eq!(named(&accounts, &v1, "robert").await, Some(scoped));
    // There it goes by its own name, and only by that one (N9).
    assert_eq!(accounts.find(&proxy, scoped, "").await.unwrap().unwrap().username, "bob");
    assert_eq!(named(&accounts, &proxy, "bob").await, Some(scoped));
    assert_eq!(named(&accounts, &proxy, "robert").await, None);
    // Renamed there, it has one name everywhere, and is listed once.
    assert_eq!(rename(&proxy, scoped, "bobby").await, Ok(()));
    for realm in [&v1, &proxy] {
        assert_eq!(named(&accounts, realm, "bobby").await, Some(scoped));
        assert_eq!(named(&accounts, realm, "robert").await, None);
        let page = accounts.page_by_role(realm, User, None, "").await.unwrap();
        assert_eq!(page.members.iter().filter(|member| member.account.number == scoped).count(), 1);
    }
}

async fn a_rename_is_refused_like_a_registration(db: Database) {
    let (accounts, frp, medusa) = (db.accounts(), blind("frp"), exact("medusa"));
    let bob = register(&accounts, &frp, "bob").await;
    register(&accounts, &frp, "Eve").await;
    let rename = async |realm: &Realm, name: &str| {
        accounts.rename(realm, Authority::Operator, bob, name.to_owned(), Origin::default()).await
    };
    assert_eq!(rename(&frp, "eve").await, Err(AccountError::NameTaken));
    assert_eq!(rename(&frp, "Eve").await, Err(AccountError::NameTaken));
    assert_eq!(rename(&medusa, "Eve").await, Err(AccountError::NameTaken));
    // The refusal undid everything.
    assert_eq!(named(&accounts, &frp, "BOB").await, Some(bob));
    assert_eq!(rename(&medusa, "eve").await, Ok(()));
    assert_eq!(named(&accounts, &medusa, "eve").await, Some(bob));
    let names = (0..10).map(|index| {
        let (accounts, frp) = (accounts.clone(), frp.clone());
        async move {
            let number = register(&accounts, &frp, &format!("user{index}")).await;
            accounts.rename(&frp, Authority::Operator, number, "Prize".into(), Origin::default()).await
        }
    });
    let results = at_once(names).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| result.is_ok() || *result == Err(AccountError::NameTaken)), "{results:?}");
}

async fn a_profile_is_edited_in_parts(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    let number = register(&accounts, &realm, "bob").await;
    let edit = async |edit| accounts.amend_own(&realm, number, edit, Origin::at("192.0.2.1")).await.unwrap();
    let both =
        Amendment { display_name: Some(Some("Bob".into())), bio: Some(Some("Hi".into())), ..Amendment::default() };
    edit(both).await;
    put_facet(&accounts, number, "medusa", "x").await.unwrap();
    edit(Amendment { bio: Some(None), ..Amendment::default() }).await;
    let member = accounts.find(&realm, number, "medusa").await.unwrap().unwrap();
    assert_eq!(
        (member.account.display_name.as_deref(), member.account.bio, member.facet.as_deref()),
        (Some("Bob"), None, Some("x"))
    );
}

/// one-domain.md R12.
async fn a_locked_actor_acts_on_nobody(db: Database) {
    let (accounts, realm) = (db.accounts(), proxy());
    register_as(&accounts, &realm, "root", SuperAdministrator).await;
    let actor = register_as(&accounts, &realm, "actor", SuperAdministrator).await;
    let lock = async |locked| {
        accounts.set_locked(&realm, Authority::Operator, actor, locked, Origin::default()).await.unwrap();
    };
    lock(true).await;
    for authority in [Authority::Above(actor), Authority::NotBelow(actor)] {
        for (index, deed) in DEEDS.into_iter().enumerate() {
            let name = format!("{authority:?} {index}");
            let target = register(&accounts, &realm, &name).await;
            assert_eq!(
                does(&accounts, &realm, authority, deed, target).await,
                Err(AccountError::Forbidden),
                "{deed:?}"
            );
            let amendment = Amendment { bio: Some(None), ..Amendment::default() };
            let amended = accounts.amend(&realm, authority, Some(target), amendment, Origin::default()).await;
            assert_eq!(amended, Err(AccountError::Forbidden));
            let change = PasswordChange {
                account: target,
                proof: PasswordProof::Authority(authority),
                new: dragoman_passwords::Secret::from("new"),
                own_sessions: OwnSessions::Stay,
                origin: Origin::default(),
            };
            assert_eq!(accounts.change_password(&realm, change).await, Err(AccountError::Forbidden));
            let made = Registration { authority: Some(authority), ..registration(&format!("made {name}")) };
            assert_eq!(accounts.register(&realm, made).await, Err(AccountError::Forbidden));
        }
    }
    lock(false).await;
    let target = register(&accounts, &realm, "target").await;
    assert_eq!(does(&accounts, &realm, Authority::Above(actor), Deed::Lock, target).await, Ok(()));
}
