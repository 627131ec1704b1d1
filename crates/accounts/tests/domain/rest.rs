//! Weak verifiers of an import: sealed, wrapped, opened at a login.

use dragoman_accounts::*;
use dragoman_passwords::{
    AtRest, Caller, Origin as Writer, Presented, Scheme, SealingKey, Standing, View, from_md5_column, md5, self_md5,
    user_md5,
};

use crate::support::*;

on_every_backend! {
    sealed_accounts_log_in_at_once_and_in_every_form,
    a_lost_key_is_an_outage_and_never_a_wrong_password,
    wrapping_goes_on_where_it_stopped_and_leaves_changed_passwords_alone,
    every_account_is_seen_when_the_dearest_are_looked_for,
}

const PASSWORD: &str = "ruby Sapphire 7";

fn key(byte: u8) -> SealingKey {
    SealingKey::new([byte; 32])
}

async fn import(accounts: &Accounts, realm: &Realm, name: &str, views: Vec<(View, Scheme)>) -> AccountNumber {
    let account = ImportedAccount { password: ImportedPassword::Verifiers(views), ..imported(name) };
    accounts.import(realm, account).await.unwrap()
}

fn php_views(name: &str) -> Vec<(View, Scheme)> {
    from_md5_column(&md5(PASSWORD.as_bytes()), Some(name)).unwrap()
}

fn md5_view() -> Vec<(View, Scheme)> {
    vec![(View::Plain, Scheme::read(Writer::Md5, &md5(PASSWORD.as_bytes())).unwrap())]
}

async fn rests(accounts: &Accounts) -> Vec<(AtRest, u64)> {
    accounts.passwords_at_rest().await.unwrap().into_iter().collect()
}

async fn sealed_accounts_log_in_at_once_and_in_every_form(db: Database) {
    let (accounts, php) = (db.accounts(), exact("php"));
    accounts.set_sealing_key(key(1));
    accounts.set_digest_views(&php, &[View::UserMd5, View::SelfMd5, View::Md5]);
    let php_login = async |name: &str, presented: Presented| {
        let attempt = LoginAttempt { presented, ..attempt(name, "") };
        accounts.log_in(&php, attempt).await.map(|member| member.username)
    };
    let digest = |text: String| Presented::digest(&text).unwrap();
    for state in ["sealed", "wrapped"] {
        import(&accounts, &php, state, php_views(state)).await;
        import(&accounts, &php, &format!("{state} medusa"), md5_view()).await;
        if state == "wrapped" {
            let done = accounts.wrap_sealed(AccountNumber(0), 100, &Caller::new(Standing::Background, None)).await;
            assert_eq!(done, Ok(Wrapped { accounts: 3, next: None }));
            assert_eq!(rests(&accounts).await, [(AtRest::Wrapped, 3), (AtRest::Native, 1)]);
        } else {
            assert_eq!(rests(&accounts).await, [(AtRest::Sealed, 2)]);
        }
        for wrong in [Presented::plain("wrong"), digest(md5(b"wrong")), digest(self_md5(PASSWORD.as_bytes()))] {
            assert_eq!(php_login(state, wrong).await, Err(AccountError::WrongPassword), "{state}");
        }
        for right in [digest(md5(PASSWORD.as_bytes())), digest(user_md5(state, PASSWORD.as_bytes()))] {
            assert_eq!(php_login(state, right).await, Ok(state.to_owned()), "{state}");
        }
        // The plain text upgrades it: from now on every digest logs in.
        assert_eq!(php_login(state, Presented::plain(PASSWORD)).await, Ok(state.to_owned()));
        assert_eq!(php_login(state, digest(self_md5(PASSWORD.as_bytes()))).await, Ok(state.to_owned()));
        let medusa = format!("{state} medusa");
        assert_eq!(php_login(&medusa, Presented::plain("wrong")).await, Err(AccountError::WrongPassword));
        if state == "wrapped" {
            assert_eq!(php_login(&medusa, Presented::plain(PASSWORD)).await, Ok(medusa));
        }
    }
    assert_eq!(rests(&accounts).await.last().map(|(rest, _)| *rest), Some(AtRest::Native));
}

async fn a_lost_key_is_an_outage_and_never_a_wrong_password(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    accounts.set_sealing_key(key(1));
    import(&accounts, &realm, "bob", md5_view()).await;
    let other = db.accounts();
    for password in [PASSWORD, "wrong"] {
        assert_eq!(log_in(&other, &realm, "bob", password).await, Err(AccountError::Unavailable));
    }
    assert_eq!(log_in(&other, &realm, "nobody", "wrong").await, Err(AccountError::UnknownAccount));
    other.set_sealing_key(key(2));
    assert_eq!(log_in(&other, &realm, "bob", PASSWORD).await, Err(AccountError::Unavailable));
    let caller = Caller::new(Standing::Background, None);
    assert_eq!(other.wrap_sealed(AccountNumber(0), 10, &caller).await, Err(AccountError::Unavailable));
    assert_eq!(rests(&other).await, [(AtRest::Sealed, 1)]);
    assert!(log_in(&accounts, &realm, "bob", PASSWORD).await.is_ok());
}

async fn wrapping_goes_on_where_it_stopped_and_leaves_changed_passwords_alone(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    accounts.set_sealing_key(key(1));
    let strong = Scheme::read(Writer::Php, "$2y$10$eCW5.2lFhthqgoo1uhGT4eKA8E0Mb4Vum2BDnnrqFLQx/DqKPHmVi").unwrap();
    import(&accounts, &realm, "strong", vec![(View::Plain, strong)]).await;
    for number in 0..5 {
        import(&accounts, &realm, &format!("user{number}"), md5_view()).await;
    }
    assert!(log_in(&accounts, &realm, "user4", PASSWORD).await.is_ok());
    let caller = Caller::new(Standing::Background, None);
    let (mut after, mut wrapped, mut calls) = (Some(AccountNumber(0)), 0, 0);
    while let Some(number) = after {
        let done = accounts.wrap_sealed(number, 2, &caller).await.unwrap();
        (after, wrapped, calls) = (done.next, wrapped + done.accounts, calls + 1);
    }
    assert_eq!((wrapped, calls), (4, 2));
    assert_eq!(rests(&accounts).await, [(AtRest::Wrapped, 4), (AtRest::Foreign, 1), (AtRest::Native, 1)]);
    for number in 0..5 {
        assert!(log_in(&accounts, &realm, &format!("user{number}"), PASSWORD).await.is_ok());
    }
    assert!(log_in(&accounts, &realm, "strong", "Frp-test-0001").await.is_ok());
}

async fn every_account_is_seen_when_the_dearest_are_looked_for(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    accounts.set_sealing_key(key(1));
    import(&accounts, &realm, "bob", php_views("bob")).await;
    assert_eq!(accounts.measure_dearest().await, Ok(()));
    assert_eq!(log_in(&accounts, &realm, "bob", "wrong").await, Err(AccountError::WrongPassword));
}
