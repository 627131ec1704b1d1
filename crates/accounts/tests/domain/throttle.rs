//! Limits on failed attempts (one-domain.md P8): exact, shared by all replicas, and no tool to lock a user out for good.

use std::time::Duration;

use dragoman_accounts::clock::Clock;
use dragoman_accounts::*;
use dragoman_passwords::{Cost, Presented, Secret};

use crate::support::*;

on_every_backend! {
    a_hundred_wrong_guesses_at_once_are_limited_exactly,
    unknown_names_are_limited_alike,
    a_success_clears,
    right_passwords_at_once_are_not_refused,
    windows_end,
    a_network_is_limited_whatever_the_account,
    a_right_guess_behind_wrong_ones_gains_nothing,
    busy_is_not_counted,
    locked_and_right_is_not_counted,
    every_use_of_the_present_password_counts,
    nobody_locks_a_user_out_of_a_known_network,
    a_known_network_is_forgotten_in_time,
    a_limit_of_zero_is_none,
    an_outage_is_not_told_as_a_wrong_password,
    a_clock_set_back_prolongs_no_lockout,
    a_reached_limit_leaves_one_trace,
    an_attack_is_told_beneath_thousands_of_other_records,
    wrong_secrets_of_a_deployment_count_like_passwords,
    a_proof_counts_for_nothing_and_knows_the_limits,
}

const POLICY: ThrottlePolicy = ThrottlePolicy {
    per_account_and_network: 5,
    per_account: 20,
    per_network: 0,
    window: Duration::from_secs(900),
    slow_window: Duration::from_secs(3_600),
    codes_per_address: 10,
    code_window: Duration::from_secs(86_400),
    sliding: false,
    elsewhere: None,
};

fn limited(policy: ThrottlePolicy) -> Realm {
    Realm { throttle: Some(policy), ..blind("frp") }
}

async fn guess(
    accounts: &Accounts,
    realm: &Realm,
    network: &str,
    name: &str,
    password: &str,
) -> Result<(), AccountError> {
    accounts.log_in(realm, attempt_from(network, name, password)).await.map(|_| ())
}

const WRONG: Result<(), AccountError> = Err(AccountError::WrongPassword);
const THROTTLED: Result<(), AccountError> = Err(AccountError::Throttled);

async fn a_hundred_wrong_guesses_at_once_are_limited_exactly(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let realm = limited(POLICY);
    register(&replicas[0], &realm, "bob").await;
    let guesses = (0..100).map(|index| {
        let (accounts, realm) = (replicas[index % 2].clone(), realm.clone());
        async move { guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await }
    });
    let results = at_once(guesses).await;
    assert_eq!(results.iter().filter(|result| **result == WRONG).count(), 5, "{results:?}");
    assert_eq!(results.iter().filter(|result| **result == THROTTLED).count(), 95, "{results:?}");
    assert_eq!(guess(&replicas[0], &realm, "192.0.2.1", "bob", PASSWORD).await, THROTTLED);
    assert_eq!(guess(&replicas[1], &realm, "192.0.2.2", "bob", PASSWORD).await, Ok(()));
}

async fn unknown_names_are_limited_alike(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    register(&accounts, &realm, "bob").await;
    // A counter for each spelling would tell that there is no such account.
    for (index, name) in ["eve", "Eve", "EVE", "eve  ", "eVe"].into_iter().enumerate() {
        assert_eq!(
            guess(&accounts, &realm, "192.0.2.1", name, "x").await,
            Err(AccountError::UnknownAccount),
            "{index}"
        );
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "eve", "x").await, THROTTLED);
    for name in ["bob", "Bob", "BOB", "bob  ", "bOb"] {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", name, "x").await, WRONG);
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "x").await, THROTTLED);
}

async fn a_success_clears(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    register(&accounts, &realm, "bob").await;
    for _ in 0..8 {
        for _ in 0..4 {
            assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
        }
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, Ok(()));
    }
    // Right passwords alone never add up.
    for _ in 0..30 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, Ok(()));
    }
}

async fn right_passwords_at_once_are_not_refused(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(ThrottlePolicy { per_network: 7, ..POLICY }));
    register(&accounts, &realm, "bob").await;
    let logins = (0..40).map(|_| {
        let (accounts, realm) = (accounts.clone(), realm.clone());
        async move { guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await }
    });
    let results = at_once(logins).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

async fn windows_end(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    register(&accounts, &realm, "bob").await;
    for _ in 0..5 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
        db.wait(100);
    }
    db.wait(399);
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, THROTTLED);
    db.wait(1);
    // Refused attempts did not lengthen it, and the new window counts from one.
    for _ in 0..5 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, THROTTLED);
    db.wait(900);
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, Ok(()));
}

async fn a_network_is_limited_whatever_the_account(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(ThrottlePolicy { per_network: 7, ..POLICY }));
    for name in ["ann", "bob", "eve"] {
        register(&accounts, &realm, name).await;
    }
    for name in ["ann", "bob", "nobody", "ann", "bob", "no one"] {
        assert_ne!(guess(&accounts, &realm, "192.0.2.1", name, "wrong").await, THROTTLED);
    }
    // A success gives back its own attempt only.
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "eve", PASSWORD).await, Ok(()));
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "eve", "wrong").await, WRONG);
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "eve", PASSWORD).await, THROTTLED);
    assert_eq!(guess(&accounts, &realm, "192.0.2.2", "eve", PASSWORD).await, Ok(()));
}

/// Guesses sent all at once, so that none is refused before its password is looked at: what counts is how they are settled.
async fn a_right_guess_behind_wrong_ones_gains_nothing(db: Database) {
    let realm = limited(POLICY);
    let slow = db.accounts_with(|config| {
        config.bcrypt_cost = Cost::new(12).unwrap();
        config.hashing_threads = 1;
    });
    let free = register(&slow, &realm, "free").await;
    let locked = register(&slow, &realm, "locked").await;
    slow.set_locked(&realm, Authority::Operator, locked, true, Origin::default()).await.unwrap();
    // Every reader has its connection before it matters.
    at_once((0..32).map(|_| {
        let accounts = slow.clone();
        async move { accounts.count().await.unwrap() }
    }))
    .await;
    for name in ["free", "locked"] {
        let wrong = (0..9).map(|_| {
            let (accounts, realm) = (slow.clone(), realm.clone());
            tokio::spawn(async move { guess(&accounts, &realm, "192.0.2.1", name, "wrong").await })
        });
        let wrong: Vec<_> = wrong.collect();
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(guess(&slow, &realm, "192.0.2.1", name, PASSWORD).await, THROTTLED, "{name}");
        let mut throttled = 0;
        for guess in wrong {
            throttled += usize::from(guess.await.unwrap() == THROTTLED);
        }
        assert_eq!(throttled, 4, "{name}");
    }
    assert_eq!(slow.sessions_of(free).await.unwrap(), vec![]);
}

async fn busy_is_not_counted(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(ThrottlePolicy { per_account_and_network: 20, ..POLICY }));
    let narrow = db.accounts_with(|config| {
        config.bcrypt_cost = Cost::new(12).unwrap();
        config.hashing_threads = 1;
        config.hashing_queue = 1;
    });
    // Dear to check.
    register(&narrow, &realm, "bob").await;
    let storm = (0..12).map(|_| {
        let (accounts, realm) = (narrow.clone(), realm.clone());
        async move { guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await }
    });
    let results = at_once(storm).await;
    let wrong = results.iter().filter(|result| **result == WRONG).count();
    assert!(results.iter().all(|result| *result == WRONG || *result == Err(AccountError::Busy)), "{results:?}");
    assert!(wrong <= 6, "most must have met a full queue: {results:?}");
    for guessed in wrong..20 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG, "{guessed}");
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, THROTTLED);
}

async fn locked_and_right_is_not_counted(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    let number = register(&accounts, &realm, "bob").await;
    accounts.set_locked(&realm, Authority::Operator, number, true, Origin::default()).await.unwrap();
    for _ in 0..10 {
        let locked = Err(AccountError::Locked { password_right: true });
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, locked);
    }
    for _ in 0..5 {
        let locked = Err(AccountError::Locked { password_right: false });
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, locked);
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, THROTTLED);
}

async fn every_use_of_the_present_password_counts(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    let number = register(&accounts, &realm, "bob").await;
    let origin = || Origin { network: Some("192.0.2.1".into()) };
    let verify =
        async |password: &str| accounts.verify_password(&realm, number, Presented::plain(password), origin()).await;
    let change = async |present: &str, new: &str| {
        let change = PasswordChange {
            account: number,
            proof: PasswordProof::Present(Presented::plain(present)),
            new: Secret::from(new),
            own_sessions: OwnSessions::Stay,
            origin: origin(),
        };
        accounts.change_password(&realm, change).await
    };
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
    assert_eq!(verify("wrong").await, WRONG);
    assert_eq!(change("wrong", "new").await, WRONG);
    assert_eq!(change(PASSWORD, "new").await, Ok(()));
    for _ in 0..3 {
        assert_eq!(verify("wrong").await, WRONG);
    }
    for _ in 0..2 {
        assert_eq!(change("wrong", "newer").await, WRONG);
    }
    assert_eq!(verify("new").await, THROTTLED);
    assert_eq!(change("new", "newer").await, THROTTLED);
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "new").await, THROTTLED);
}

/// Uses up the account's own limit from as many networks as it takes.
async fn attack(accounts: &Accounts, realm: &Realm) {
    for network in 0.. {
        for _ in 0..4 {
            match guess(accounts, realm, &format!("198.51.100.{network}"), "bob", "wrong").await {
                WRONG => {}
                result => return assert_eq!(result, THROTTLED),
            }
        }
    }
}

async fn nobody_locks_a_user_out_of_a_known_network(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    register(&accounts, &realm, "bob").await;
    register(&accounts, &realm, "eve").await;
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, Ok(()));
    assert_eq!(guess(&accounts, &realm, "cafe", "eve", PASSWORD).await, Ok(()));
    attack(&accounts, &realm).await;
    // Another account's login does not make a network known for this one.
    assert_eq!(guess(&accounts, &realm, "cafe", "bob", PASSWORD).await, THROTTLED);
    // At home the limit of the network holds as ever, and a typing error is no harm.
    assert_eq!(guess(&accounts, &realm, "home", "bob", "wrong").await, WRONG);
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, Ok(()));
    attack(&accounts, &realm).await;
    for _ in 0..5 {
        assert_eq!(guess(&accounts, &realm, "home", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, THROTTLED);
}

async fn a_known_network_is_forgotten_in_time(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    register(&accounts, &realm, "bob").await;
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, Ok(()));
    let day = 24 * 60 * 60;
    db.wait(89 * day);
    accounts.purge().await.unwrap();
    attack(&accounts, &realm).await;
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, Ok(()));
    // Each login lengthens it.
    db.wait(89 * day);
    attack(&accounts, &realm).await;
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, Ok(()));
    db.wait(90 * day);
    attack(&accounts, &realm).await;
    assert_eq!(guess(&accounts, &realm, "home", "bob", PASSWORD).await, THROTTLED);
}

async fn a_limit_of_zero_is_none(db: Database) {
    let (accounts, realm) =
        (db.accounts(), limited(ThrottlePolicy { per_account_and_network: 0, per_account: 0, ..POLICY }));
    register(&accounts, &realm, "bob").await;
    for _ in 0..30 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, Ok(()));
    // Without a network only the account's own limit counts.
    let slow = limited(POLICY);
    for _ in 0..20 {
        assert_eq!(log_in(&accounts, &slow, "bob", "wrong").await, Err(AccountError::WrongPassword));
    }
    assert_eq!(log_in(&accounts, &slow, "bob", PASSWORD).await, Err(AccountError::Throttled));
}

async fn an_outage_is_not_told_as_a_wrong_password(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    register(&accounts, &realm, "bob").await;
    let away = db.accounts();
    away.close().await;
    for _ in 0..10 {
        assert_eq!(guess(&away, &realm, "192.0.2.1", "bob", PASSWORD).await, Err(AccountError::Unavailable));
        assert_eq!(guess(&away, &blind("frp"), "192.0.2.1", "bob", PASSWORD).await, Err(AccountError::Unavailable));
    }
    assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", PASSWORD).await, Ok(()));
}

async fn a_clock_set_back_prolongs_no_lockout(db: Database) {
    let accounts = db.accounts();
    for (name, sliding) in [("bob", false), ("eve", true)] {
        let realm = limited(ThrottlePolicy { sliding, ..POLICY });
        register(&accounts, &realm, name).await;
        for _ in 0..5 {
            assert_eq!(guess(&accounts, &realm, "192.0.2.1", name, "wrong").await, WRONG);
        }
        let now = db.clock.now();
        // Two replicas' clocks may be a little apart: that ends nothing.
        db.clock.set(now.minus(Duration::from_secs(120)));
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", name, PASSWORD).await, THROTTLED, "{name}");
        db.clock.set(now.minus(Duration::from_secs(86_400)));
        // Nor is it an invitation: what is counted from now on counts.
        for _ in 0..5 {
            assert_eq!(guess(&accounts, &realm, "192.0.2.1", name, "wrong").await, WRONG, "{name}");
        }
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", name, PASSWORD).await, THROTTLED, "{name}");
        db.wait(900);
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", name, PASSWORD).await, Ok(()), "{name}");
        db.clock.set(now);
    }
}

async fn a_reached_limit_leaves_one_trace(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    let bob = register(&accounts, &realm, "bob").await;
    let traces = || async {
        let history = accounts.audit_of(bob).await.unwrap();
        history.into_iter().filter(|record| record.action == "limit of failed attempts reached").collect::<Vec<_>>()
    };
    for _ in 0..4 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
    }
    assert!(traces().await.is_empty());
    for _ in 0..10 {
        assert!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await.is_err());
    }
    let left = traces().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].network.as_deref(), Some("192.0.2.1"));
}

async fn an_attack_is_told_beneath_thousands_of_other_records(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    let bob = register(&accounts, &realm, "bob").await;
    attack(&accounts, &realm).await;
    let record = format!("({}, 'locked', 'v1')", accounts.clock().now().millis());
    db.execute(&format!("INSERT INTO audit (at, action, dialect) VALUES {}", vec![record; 2_100].join(", "))).await;
    let attacks = accounts.attacks(Duration::from_secs(3_600)).await.unwrap();
    let told: Vec<_> = attacks.iter().map(|attack| (attack.account, attack.name.as_deref())).collect();
    assert_eq!(told, [(bob, Some("bob"))]);
    db.wait(3_601);
    assert_eq!(accounts.attacks(Duration::from_secs(3_600)).await, Ok(Vec::new()));
}

async fn wrong_secrets_of_a_deployment_count_like_passwords(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    let weigh = |network: &str, is_right: bool| {
        let (accounts, realm, origin) = (accounts.clone(), realm.clone(), Origin { network: Some(network.to_owned()) });
        async move { accounts.weigh_secret(&realm, "registration", is_right, &origin).await.unwrap() }
    };
    assert!(weigh("192.0.2.1", true).await);
    for _ in 0..5 {
        assert!(!weigh("192.0.2.1", false).await);
    }
    assert!(!weigh("192.0.2.1", true).await, "a sixth guess is looked at");
    assert!(weigh("192.0.2.2", true).await, "strangers shut nobody else out");
}

async fn a_proof_counts_for_nothing_and_knows_the_limits(db: Database) {
    let (accounts, realm) = (db.accounts(), limited(POLICY));
    let number = register(&accounts, &realm, "bob").await;
    let origin = Origin { network: Some("192.0.2.1".to_owned()) };
    let name = LoginName::Username("bob".to_owned());
    let proves = |password: &str| accounts.proves(&realm, &name, Presented::plain(password), &origin);
    for _ in 0..10 {
        assert_eq!(proves("wrong").await, Ok(None));
    }
    assert_eq!(proves(PASSWORD).await, Ok(Some(number)));
    let nobody = LoginName::Username("nobody".to_owned());
    assert_eq!(accounts.proves(&realm, &nobody, Presented::plain(PASSWORD), &origin).await, Ok(None));
    for _ in 0..5 {
        assert_eq!(guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await, WRONG);
    }
    assert_eq!(proves(PASSWORD).await, Err(AccountError::Throttled));
    db.wait(901);
    // A right one forgives nothing either.
    guess(&accounts, &realm, "192.0.2.1", "bob", "wrong").await.unwrap_err();
    assert_eq!(proves(PASSWORD).await, Ok(Some(number)));
    accounts.set_locked(&realm, Authority::Operator, number, true, Origin::default()).await.unwrap();
    assert_eq!(proves(PASSWORD).await, Ok(None));
}
