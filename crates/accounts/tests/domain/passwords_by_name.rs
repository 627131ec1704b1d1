//! New passwords for accounts that are named, not logged in (medusa 3.4, 3.7).

use dragoman_accounts::*;
use dragoman_passwords::{Presented, Secret};

use crate::support::*;

on_every_backend! { a_change_needs_name_and_password, a_reset_needs_name_and_address, wrong_pairs_are_throttled_with_logins }

fn change(name: &str, present: &str) -> NamedPasswordChange {
    NamedPasswordChange {
        name: LoginName::Username(name.into()),
        presented: Presented::plain(present),
        new: Secret::from("new"),
        own_sessions: OwnSessions::Stay,
        origin: Origin { network: Some("192.0.2.1".into()) },
    }
}

fn reset(username: &str, email: &str) -> NamedPasswordReset {
    NamedPasswordReset {
        username: username.into(),
        email: email.into(),
        new: Secret::from("new"),
        own_sessions: OwnSessions::Stay,
        origin: Origin { network: Some("192.0.2.1".into()) },
    }
}

async fn a_change_needs_name_and_password(db: Database) {
    let (accounts, medusa) = (db.accounts(), exact("medusa"));
    let number = register(&accounts, &medusa, "bob").await;
    enter(&accounts, &medusa, "bob", "medusa1").await;
    enter(&accounts, &blind("frp"), "bob", "frp1").await;
    assert_eq!(
        accounts.change_password_by_name(&medusa, change("Bob", PASSWORD)).await,
        Err(AccountError::UnknownAccount)
    );
    assert_eq!(
        accounts.change_password_by_name(&medusa, change("bob", "wrong")).await,
        Err(AccountError::WrongPassword)
    );
    assert_eq!(accounts.change_password_by_name(&medusa, change("bob", PASSWORD)).await, Ok(number));
    assert!(log_in(&accounts, &medusa, "bob", "new").await.is_ok());
    assert_eq!(owner(&accounts, &medusa, "medusa1").await, Some(number));
    assert_eq!(owner(&accounts, &blind("frp"), "frp1").await, None);
    accounts.set_locked(&medusa, Authority::Operator, number, true, Origin::default()).await.unwrap();
    let locked = Err(AccountError::Locked { password_right: true });
    assert_eq!(accounts.change_password_by_name(&medusa, change("bob", "new")).await, locked);
}

async fn a_reset_needs_name_and_address(db: Database) {
    let (accounts, medusa) = (db.accounts(), exact("medusa"));
    let with = |address: &str| Some(NewEmail { address: address.into(), verified: false });
    let bob = Registration { email: with("bob@example.org"), ..registration("bob") };
    let bob = accounts.register(&medusa, bob).await.unwrap();
    accounts.register(&medusa, Registration { email: with(""), ..registration("empty") }).await.unwrap();
    register(&accounts, &medusa, "none").await;
    let admin = Registration {
        email: with("admin@example.org"),
        role: Role::Administrator,
        authority: Some(Authority::Operator),
        ..registration("admin")
    };
    accounts.register(&medusa, admin).await.unwrap();
    let unknown = Err(AccountError::UnknownAccount);
    for (name, address) in
        [("bob", "Bob@example.org"), ("Bob", "bob@example.org"), ("bob", ""), ("empty", ""), ("none", ""), ("eve", "")]
    {
        assert_eq!(accounts.reset_password_by_name(&medusa, reset(name, address)).await, unknown, "{name} {address}");
    }
    let forbidden = accounts.reset_password_by_name(&medusa, reset("admin", "admin@example.org")).await;
    assert_eq!(forbidden, Err(AccountError::Forbidden));
    assert_eq!(accounts.reset_password_by_name(&medusa, reset("bob", "bob@example.org")).await, Ok(bob));
    assert!(log_in(&accounts, &medusa, "bob", "new").await.is_ok());
    for name in ["empty", "none", "admin"] {
        assert!(log_in(&accounts, &medusa, name, PASSWORD).await.is_ok(), "{name}");
    }
}

async fn wrong_pairs_are_throttled_with_logins(db: Database) {
    let accounts = db.accounts();
    let limited = Realm { throttle: Some(ThrottlePolicy::default()), ..exact("medusa") };
    let with = Some(NewEmail { address: "bob@example.org".into(), verified: false });
    let number = accounts.register(&limited, Registration { email: with, ..registration("bob") }).await.unwrap();
    for _ in 0..10 {
        assert_eq!(accounts.reset_password_by_name(&limited, reset("bob", "bob@example.org")).await, Ok(number));
    }
    for _ in 0..3 {
        let wrong = accounts.reset_password_by_name(&limited, reset("bob", "guess")).await;
        assert_eq!(wrong, Err(AccountError::UnknownAccount));
        let wrong = accounts.change_password_by_name(&limited, change("bob", "guess")).await;
        assert!(wrong == Err(AccountError::WrongPassword) || wrong == Err(AccountError::Throttled), "{wrong:?}");
    }
    let throttled = Err(AccountError::Throttled);
    assert_eq!(accounts.reset_password_by_name(&limited, reset("bob", "bob@example.org")).await, throttled);
    assert_eq!(accounts.change_password_by_name(&limited, change("bob", "new")).await, throttled);
    let login = accounts.log_in(&limited, attempt_from("192.0.2.1", "bob", "new")).await.map(|_| number);
    assert_eq!(login, throttled);
    // The operator forgives.
    accounts.forget_failures(&limited, Authority::Operator, number, Origin::default()).await.unwrap();
    assert!(accounts.log_in(&limited, attempt_from("192.0.2.1", "bob", "new")).await.is_ok());
}
