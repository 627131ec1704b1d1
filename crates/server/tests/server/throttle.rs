//! An operator forgives an account its failed logins.

use dragoman_accounts::{AccountError, Authority, LoginAttempt, LoginName, Origin, Realm, ThrottlePolicy};
use dragoman_passwords::{Presented, Secret};
use dragoman_server::operator::realm;

use crate::fake::{PASSWORD, register, serve};

fn attempt(password: &str, network: &str) -> LoginAttempt {
    LoginAttempt {
        name: LoginName::Username("bob".to_owned()),
        presented: Presented::Plain(Secret::from(password)),
        session: None,
        facet: "",
        origin: Origin { network: Some(network.to_owned()) },
    }
}

#[tokio::test]
async fn forgotten_failures_count_no_more_from_any_network() {
    let server = serve("").await;
    let accounts = server.running.accounts();
    let number = register(accounts, "bob").await;
    let throttle = ThrottlePolicy { per_account_and_network: 1, per_account: 2, ..ThrottlePolicy::default() };
    let realm = Realm { throttle: Some(throttle), ..realm() };
    let log_in = |password, network| accounts.log_in(&realm, attempt(password, network));
    for network in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(log_in("wrong", network).await, Err(AccountError::WrongPassword));
        assert_eq!(log_in(PASSWORD, network).await, Err(AccountError::Throttled));
    }
    assert_eq!(log_in(PASSWORD, "192.0.2.3").await, Err(AccountError::Throttled));
    accounts.forget_failures(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
    for network in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(log_in(PASSWORD, network).await.map(|member| member.account.number), Ok(number));
    }
    server.running.stop().await;
}
