//! Mailed codes: a wrong one costs a try, a right one is spent with what it entitles to.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    a_code_is_spent_with_the_registration,
    a_refused_registration_leaves_the_code,
    of_many_registrations_with_one_code_one_wins,
    a_code_logs_in_once,
    a_code_of_no_account_is_not_spent,
    a_code_dies_after_five_wrong_tries,
    a_code_goes_to_the_address_as_stored,
    a_look_alike_gets_no_code_of_another,
    a_code_dies_with_the_address_it_was_mailed_to,
    ten_wrong_codes_of_an_address_are_enough_for_a_day,
    wrong_codes_count_for_the_network,
    a_short_code_opens_no_administrator,
    what_an_attacker_gets_in_a_day,
    with_a_key_the_database_holds_no_code,
}

const HANDLE: &str = "bob@example.org";

async fn mail_code(accounts: &Accounts, realm: &Realm) {
    mail_code_to(accounts, realm, HANDLE).await;
}

/// Gives the address it is mailed to.
async fn mail_code_to(accounts: &Accounts, realm: &Realm, typed: &str) -> String {
    let addressee = accounts.addressee(realm, typed).await.unwrap();
    let mailed_to = addressee.address.clone();
    let policy = ChallengePolicy::lasting(Duration::from_secs(300)).with_tries(5);
    let (purpose, binding, code) = ("mail", CodeBinding::Holder, "1234".to_owned());
    accounts.issue_code(realm, NewCode { purpose, binding, addressee, code, policy }).await.unwrap();
    mailed_to
}

fn code(typed: &str) -> CodeAnswer {
    CodeAnswer {
        purpose: "mail",
        binding: CodeBinding::Holder,
        address: HANDLE.into(),
        code: typed.into(),
        opens: Role::User,
        origin: Origin::default(),
    }
}

fn code_for(address: &str, typed: &str) -> CodeAnswer {
    CodeAnswer { address: address.into(), ..code(typed) }
}

fn with_address(username: &str) -> Registration {
    Registration { email: Some(NewEmail { address: HANDLE.into(), verified: true }), ..registration(username) }
}

async fn a_code_is_spent_with_the_registration(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let register =
        async |name: &str, typed: &str| accounts.register_with_code(&v1, with_address(name), code(typed)).await;
    assert_eq!(register("bob", "1234").await, Err(AccountError::UnknownChallenge));
    mail_code(&accounts, &v1).await;
    assert_eq!(register("bob", "4321").await, Err(AccountError::WrongAnswer));
    assert_eq!(accounts.try_code(&v1, &code("1234")).await, Ok(()));
    assert!(register("bob", "1234").await.is_ok());
    assert_eq!(accounts.try_code(&v1, &code("1234")).await, Err(AccountError::UnknownChallenge));
    mail_code(&accounts, &v1).await;
    db.wait(300);
    let other = accounts.register_with_code(&v1, registration("eve"), code("1234")).await;
    assert_eq!(other, Err(AccountError::ExpiredChallenge));
}

async fn a_refused_registration_leaves_the_code(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    register(&accounts, &v1, "taken").await;
    mail_code(&accounts, &v1).await;
    for (refused, error) in [
        (registration("Taken"), AccountError::NameTaken),
        (registration("\0"), AccountError::NotStorable),
        (Registration { role: Role::Administrator, ..registration("eve") }, AccountError::Forbidden),
    ] {
        assert_eq!(accounts.register_with_code(&v1, refused, code("1234")).await, Err(error));
    }
    assert!(accounts.register_with_code(&v1, with_address("bob"), code("1234")).await.is_ok());
}

async fn of_many_registrations_with_one_code_one_wins(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    mail_code(&replicas[0], &blind("v1")).await;
    let tries =
        (0..20).map(|index| {
            let accounts = replicas[index % 2].clone();
            async move {
                accounts.register_with_code(&blind("v1"), registration(&format!("user{index}")), code("1234")).await
            }
        });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(
        results.iter().all(|result| result.is_ok() || *result == Err(AccountError::UnknownChallenge)),
        "{results:?}"
    );
    assert_eq!(replicas[0].count().await.unwrap(), 1);
}

async fn enter_with_code(accounts: &Accounts, realm: &Realm, typed: &str, token: &str) -> Result<Member, AccountError> {
    accounts.log_in_with_code(realm, code(typed), session(token), ("v1", "first".into())).await
}

async fn a_code_logs_in_once(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let number = accounts.register(&v1, with_address("bob")).await.unwrap();
    mail_code(&accounts, &v1).await;
    assert_eq!(enter_with_code(&accounts, &v1, "0000", "a").await, Err(AccountError::WrongAnswer));
    let member = enter_with_code(&accounts, &v1, "1234", "a").await.unwrap();
    assert_eq!((member.account.number, member.facet.as_deref()), (number, Some("first")));
    assert_eq!(owner(&accounts, &v1, "a").await, Some(number));
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "b").await, Err(AccountError::UnknownChallenge));
    assert_eq!(owner(&accounts, &v1, "b").await, None);
    put_facet(&accounts, number, "v1", "second").await.unwrap();
    mail_code(&accounts, &v1).await;
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "b").await.unwrap().facet.as_deref(), Some("second"));
}

async fn a_code_of_no_account_is_not_spent(db: Database) {
    let (accounts, v1, medusa) = (db.accounts(), blind("v1"), exact("medusa"));
    // Somebody who merely claimed the address elsewhere is not meant (E2).
    let claimed =
        Registration { email: Some(NewEmail { address: HANDLE.into(), verified: false }), ..registration("eve") };
    accounts.register(&medusa, claimed).await.unwrap();
    mail_code(&accounts, &v1).await;
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, Err(AccountError::UnknownAccount));
    let number = accounts.register(&v1, with_address("bob")).await.unwrap();
    // It proved the address while that was nobody's; it does not open the account (E9).
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, Err(AccountError::UnknownChallenge));
    mail_code(&accounts, &v1).await;
    accounts.set_locked(&v1, Authority::Operator, number, true, Origin::default()).await.unwrap();
    let locked = Err(AccountError::Locked { password_right: true });
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, locked);
    accounts.set_locked(&v1, Authority::Operator, number, false, Origin::default()).await.unwrap();
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await.unwrap().account.number, number);
}

async fn a_code_dies_after_five_wrong_tries(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let v1 = blind("v1");
    replicas[0].register(&v1, with_address("bob")).await.unwrap();
    mail_code(&replicas[0], &v1).await;
    // All ways of trying it count together.
    let tries = (0..60).map(|index| {
        let (accounts, v1) = (replicas[index % 2].clone(), blind("v1"));
        async move {
            match index % 3 {
                0 => accounts.try_code(&v1, &code("0000")).await,
                1 => enter_with_code(&accounts, &v1, "0000", &index.to_string()).await.map(|_| ()),
                _ => {
                    let new = registration(&format!("user{index}"));
                    accounts.register_with_code(&v1, new, code("0000")).await.map(|_| ())
                }
            }
        }
    });
    let results = at_once(tries).await;
    assert_eq!(results.iter().filter(|result| **result == Err(AccountError::WrongAnswer)).count(), 5, "{results:?}");
    assert_eq!(
        results.iter().filter(|result| **result == Err(AccountError::UnknownChallenge)).count(),
        55,
        "{results:?}"
    );
    assert_eq!(enter_with_code(&replicas[0], &v1, "1234", "a").await, Err(AccountError::UnknownChallenge));
}

async fn a_code_goes_to_the_address_as_stored(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    accounts.register(&v1, with_address("bob")).await.unwrap();
    assert_eq!(mail_code_to(&accounts, &v1, "BOB@Example.org").await, HANDLE);
    assert_eq!(mail_code_to(&accounts, &v1, "Nobody@Example.org").await, "Nobody@Example.org");
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await.map(|_| ()), Ok(()), "it is one code");
}

async fn a_look_alike_gets_no_code_of_another(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    for (victim, evil) in [
        ("victim@mail.grosse.example", "victim@mail.große.example"),
        ("victim@σας.example", "victim@σασ.example"),
        ("strasse@x.example", "straße@x.example"),
    ] {
        let email = Some(NewEmail { address: victim.into(), verified: true });
        accounts.register(&v1, Registration { email, ..registration(victim) }).await.unwrap();
        assert_eq!(mail_code_to(&accounts, &v1, evil).await, evil);
        let login = async |address: &str| {
            accounts.log_in_with_code(&v1, code_for(address, "1234"), session(address), ("v1", String::new())).await
        };
        assert_eq!(login(victim).await, Err(AccountError::UnknownChallenge));
        assert_eq!(login(evil).await, Err(AccountError::UnknownAccount));
    }
}

async fn a_code_dies_with_the_address_it_was_mailed_to(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let bob = accounts.register(&v1, with_address("bob")).await.unwrap();
    let set = async |number, address: &str| {
        let address = Some(address.to_owned());
        accounts.set_email(&v1, Authority::Operator, number, address, true, Origin::default()).await.unwrap();
    };
    mail_code(&accounts, &v1).await;
    set(bob, "new@example.org").await;
    let eve = register(&accounts, &v1, "eve").await;
    set(eve, HANDLE).await;
    // The address is another's now: what was mailed for the one does not open the other.
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, Err(AccountError::UnknownChallenge));
    let moved =
        accounts.log_in_with_code(&v1, code_for("new@example.org", "1234"), session("b"), ("v1", String::new()));
    assert_eq!(moved.await, Err(AccountError::UnknownChallenge));
}

fn counting(policy: ThrottlePolicy) -> Realm {
    Realm { throttle: Some(policy), ..blind("v1") }
}

fn from(network: &str, answer: CodeAnswer) -> CodeAnswer {
    CodeAnswer { origin: Origin { network: Some(network.into()) }, ..answer }
}

async fn ten_wrong_codes_of_an_address_are_enough_for_a_day(db: Database) {
    let (accounts, v1) = (db.accounts(), counting(ThrottlePolicy::default()));
    let bob = accounts.register(&v1, with_address("bob")).await.unwrap();
    // Over two dialects, each network once, at fresh codes.
    let frp = Realm { dialect: "frp", scope: "frp".into(), ..v1.clone() };
    for index in 0..10 {
        let realm = if index % 2 == 0 { &v1 } else { &frp };
        mail_code(&accounts, realm).await;
        let guess = from(&format!("192.0.2.{index}"), code("0000"));
        assert_eq!(accounts.try_code(realm, &guess).await, Err(AccountError::WrongAnswer));
    }
    let right = from("198.51.100.7", code("1234"));
    for realm in [&v1, &frp] {
        mail_code(&accounts, realm).await;
        assert_eq!(accounts.try_code(realm, &right).await, Err(AccountError::WrongAnswer), "every code is wrong now");
    }
    let other = CodeAnswer { address: "other@example.org".into(), ..right.clone() };
    mail_code_to(&accounts, &v1, "other@example.org").await;
    assert_eq!(accounts.try_code(&v1, &other).await, Ok(()));
    db.wait(24 * 60 * 60);
    mail_code(&accounts, &v1).await;
    assert_eq!(accounts.try_code(&v1, &right).await, Ok(()), "a new day");
    for _ in 0..10 {
        mail_code(&accounts, &v1).await;
        assert_eq!(accounts.try_code(&v1, &code("0000")).await, Err(AccountError::WrongAnswer));
    }
    mail_code(&accounts, &v1).await;
    assert_eq!(accounts.try_code(&v1, &right).await, Err(AccountError::WrongAnswer));
    accounts.forget_failures(&v1, Authority::Operator, bob, Origin::default()).await.unwrap();
    assert_eq!(accounts.try_code(&v1, &right).await, Ok(()), "the operator forgives");
}

async fn wrong_codes_count_for_the_network(db: Database) {
    let (accounts, v1) = (db.accounts(), counting(ThrottlePolicy { per_network: 3, ..ThrottlePolicy::default() }));
    let guess = async |network: &str, address: &str, typed: &str| {
        mail_code_to(&accounts, &v1, address).await;
        accounts.try_code(&v1, &from(network, code_for(address, typed))).await
    };
    for address in ["a@x.test", "b@x.test", "c@x.test"] {
        assert_eq!(guess("2001:db8:1:1::/64", address, "0000").await, Err(AccountError::WrongAnswer));
    }
    assert_eq!(guess("2001:db8:1:1::/64", "d@x.test", "1234").await, Err(AccountError::Throttled));
    // Passwords and codes are counted together, and the /48 counts its /64s with a higher limit.
    let login =
        LoginAttempt { origin: Origin { network: Some("2001:db8:1:1::/64".into()) }, ..attempt("bob", PASSWORD) };
    assert_eq!(accounts.log_in(&v1, login).await, Err(AccountError::Throttled));
    assert_eq!(guess("2001:db8:1:2::/64", "d@x.test", "1234").await, Ok(()));
    for index in 0..15 {
        for address in ["a@x.test", "b@x.test", "c@x.test"] {
            let (network, address) = (format!("2001:db8:1:{}::/64", index + 10), format!("{index}{address}"));
            assert_eq!(guess(&network, &address, "0000").await, Err(AccountError::WrongAnswer));
        }
    }
    assert_eq!(guess("2001:db8:1:2::/64", "e@x.test", "1234").await, Err(AccountError::Throttled), "the whole /48");
    assert_eq!(guess("2001:db8:2:2::/64", "e@x.test", "1234").await, Ok(()));
}

async fn a_short_code_opens_no_administrator(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let root = accounts.register(&v1, with_address("root")).await.unwrap();
    accounts.set_role(&v1, Authority::Operator, root, Role::SuperAdministrator, Origin::default()).await.unwrap();
    mail_code(&accounts, &v1).await;
    let change = |opens| PasswordChange {
        account: root,
        proof: PasswordProof::Code { answer: CodeAnswer { opens, ..code("1234") }, permit: None },
        new: dragoman_passwords::Secret::from("new password"),
        own_sessions: OwnSessions::Stay,
        origin: Origin::default(),
    };
    assert_eq!(enter_with_code(&accounts, &v1, "1234", "a").await, Err(AccountError::UnknownAccount));
    assert_eq!(accounts.change_password(&v1, change(Role::User)).await, Err(AccountError::Forbidden));
    assert_eq!(accounts.change_password(&v1, change(Role::Administrator)).await, Err(AccountError::Forbidden));
    assert_eq!(accounts.change_password(&v1, change(Role::SuperAdministrator)).await, Ok(()));
}

/// The table of docs/security.md: every network guesses at one address, each at a fresh code, as fast as it is let.
async fn what_an_attacker_gets_in_a_day(db: Database) {
    let (accounts, v1) = (db.accounts(), counting(ThrottlePolicy::default()));
    accounts.register(&v1, with_address("bob")).await.unwrap();
    let mut looked_at = 0;
    for network in 0..60 {
        mail_code(&accounts, &v1).await;
        for _ in 0..5 {
            // Whether a guess is looked at shows in a right one: a wrong one is wrong in any case.
            let right = from(&format!("198.51.100.{network}"), code("1234"));
            looked_at += i32::from(accounts.try_code(&v1, &right).await.is_ok());
            let wrong = from(&format!("198.51.100.{network}"), code("0000"));
            let _ = accounts.try_code(&v1, &wrong).await;
        }
        db.wait(24 * 60 * 60 / 60 - 1);
    }
    assert_eq!(looked_at, 10, "one in a thousand a day for four digits, with any number of networks");
}

/// The third row of the table in docs/security.md; on one engine, since it is the policy that is simulated.
#[tokio::test]
async fn ten_thousand_networks_get_no_more_of_one_address() {
    crate::support::run(dragoman_store::Backend::Sqlite, play_ten_thousand_networks).await;
}

async fn play_ten_thousand_networks(db: Database) {
    let (accounts, v1) = (db.accounts(), counting(ThrottlePolicy::default()));
    accounts.register(&v1, with_address("bob")).await.unwrap();
    let mut looked_at = 0;
    for network in 0..10_000 {
        // A code lives for five minutes.
        if network % 30 == 0 || looked_at < 10 {
            mail_code(&accounts, &v1).await;
        }
        let network = format!("10.{}.{}.1", network / 256, network % 256);
        let is_looked_at = accounts.try_code(&v1, &from(&network, code("1234"))).await.is_ok();
        if is_looked_at {
            looked_at += 1;
            let _ = accounts.try_code(&v1, &from(&network, code("0000"))).await;
        }
        db.wait(8);
    }
    assert_eq!(looked_at, 10);
}

/// The other columns of that table: networks do not share what they may, so that any number of them gets so many times as much.
#[tokio::test]
async fn each_network_guesses_at_all_addresses_as_often_as_it_may_cause_mails() {
    crate::support::run(dragoman_store::Backend::Sqlite, play_networks_at_all_addresses).await;
}

async fn play_networks_at_all_addresses(db: Database) {
    let (accounts, v1) = (db.accounts(), counting(ThrottlePolicy::default()));
    let networks = ["198.51.100.1", "203.0.113.1"];
    let mut looked_at = [0, 0];
    // A mail a minute, so that its guesses stay below the network's own counter.
    for minute in 0..24 * 60 {
        for (network, looked_at) in networks.iter().zip(&mut looked_at) {
            let origin = Origin { network: Some((*network).into()) };
            // The defaults of `mail.per_network_hour` and `mail.per_network_day`.
            let mut mails = Allowance::of_network("mails in an hour", &origin, 60, Duration::from_secs(60 * 60));
            mails.extend(Allowance::of_network("mails in a day", &origin, 300, Duration::from_secs(24 * 60 * 60)));
            if !accounts.use_shared_allowances(&mails).await.unwrap() {
                continue;
            }
            let address = format!("somebody{minute}@{network}.example");
            mail_code_to(&accounts, &v1, &address).await;
            for _ in 0..6 {
                let guess = |typed| from(network, code_for(&address, typed));
                *looked_at += i32::from(accounts.try_code(&v1, &guess("1234")).await.is_ok());
                let _ = accounts.try_code(&v1, &guess("0000")).await;
            }
        }
        db.wait(60);
    }
    assert_eq!(looked_at, [1_500, 1_500], "five guesses at each of 300 addresses");
}

async fn with_a_key_the_database_holds_no_code(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    let key = dragoman_passwords::SealingKey::new([7; 32]);
    accounts.set_sealing_key(key.clone());
    accounts.register(&v1, with_address("bob")).await.unwrap();
    mail_code(&accounts, &v1).await;
    let addressee = accounts.addressee(&v1, HANDLE).await.unwrap();
    let (stored, _) =
        accounts.peek_challenge(&v1, "mail", &addressee.handle(CodeBinding::Holder)).await.unwrap().unwrap();
    assert_eq!(stored, key.digest("1234"));
    assert!(!stored.contains("1234"), "{stored}");
    // What is stored is no answer.
    assert_eq!(accounts.try_code(&v1, &code(&stored)).await, Err(AccountError::WrongAnswer));
    assert!(enter_with_code(&accounts, &v1, "1234", "a").await.is_ok());
    let captcha = Challenge {
        purpose: "captcha",
        handle: "key".into(),
        answer: "abc".into(),
        account: None,
        policy: ChallengePolicy::lasting(Duration::from_secs(60)),
    };
    accounts.issue_secret(&v1, captcha).await.unwrap();
    assert_eq!(accounts.answer_secret(&v1, "captcha", "key", "abd").await, Err(AccountError::WrongAnswer));
    assert_eq!(accounts.answer_secret(&v1, "captcha", "key", "abc").await, Ok(()));
}
