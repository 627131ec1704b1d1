//! Accounts taken over one by one from a living old server, as their owners log in.

use std::time::Duration;

use dragoman_accounts::*;
use dragoman_passwords::Secret;

use crate::support::*;

on_every_backend! {
    a_proven_account_is_made_once_and_logs_in,
    of_first_logins_at_once_on_three_replicas_one_makes_it,
    what_an_import_left_without_a_password_is_completed,
    somebody_else_of_that_name_is_not_completed,
    what_was_deleted_here_does_not_come_back,
    a_number_that_somebody_got_meanwhile_is_shown,
    an_import_knows_what_was_taken_over,
    who_is_guessed_at_is_not_asked_about,
    a_refused_login_counts_once,
    a_server_that_still_decides_sets_the_password,
    days_are_counted,
    a_token_comes_along_where_no_password_is_kept,
    a_token_that_is_shown_again_goes_on,
    the_end_of_the_old_server_is_known_everywhere,
}

fn old(id: i64, username: &str) -> ProvenAccount {
    let account = ImportedAccount {
        id: Some(id),
        bio: Some("from there".to_owned()),
        facet: Some(("proxy", "{\"avatar\":\"a\"}".to_owned())),
        ..imported(username)
    };
    ProvenAccount { key: id.to_string(), account }
}

fn name(username: &str) -> LoginName {
    LoginName::Username(username.to_owned())
}

async fn holding(accounts: &Accounts, realm: &Realm, username: &str) -> Result<Holding, AccountError> {
    accounts.holding(realm, &name(username), &Origin::default()).await
}

async fn a_proven_account_is_made_once_and_logs_in(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    assert_eq!(holding(&accounts, &proxy, "ann").await, Ok(Holding::Nobody));
    assert_eq!(accounts.take_over_proven(&proxy, old(7, "ann")).await, Ok(Takeover::Created));
    assert_eq!(holding(&accounts, &proxy, "ANN").await, Ok(Holding::Here));
    let member = log_in(&accounts, &proxy, "Ann", PASSWORD).await.unwrap();
    assert_eq!((member.id, member.account.bio.as_deref()), (7, Some("from there")));
    assert_eq!(accounts.take_over_proven(&proxy, old(7, "ann")).await, Ok(Takeover::Held));
    assert_eq!(accounts.count().await, Ok(1));
    let history = accounts.audit_of(member.account.number).await.unwrap();
    assert!(history.iter().any(|record| record.action == "taken over from the old server"));
}

async fn of_first_logins_at_once_on_three_replicas_one_makes_it(db: Database) {
    let replicas = [db.accounts(), db.accounts(), db.accounts()];
    let (people, tries) = (10, 9);
    let logins = (0..people * tries).map(|at| {
        let accounts = replicas[at % replicas.len()].clone();
        async move {
            let username = format!("user{}", at / tries);
            let id = i64::try_from(at / tries).unwrap() + 100;
            let outcome = accounts.take_over_proven(&proxy(), old(id, &username)).await.unwrap();
            log_in(&accounts, &proxy(), &username, PASSWORD).await.map(|member| (outcome, member.id, id))
        }
    });
    let outcomes: Vec<_> = at_once(logins).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|(outcome, ..)| *outcome == Takeover::Created).count(), people);
    assert!(outcomes.iter().all(|(_, shown, id)| shown == id));
    assert_eq!(replicas[0].count().await, Ok(i64::try_from(people).unwrap()));
    let days = replicas[0].takeover_days(&proxy()).await.unwrap();
    assert_eq!(days.iter().map(|day| day.created).sum::<i64>(), 10);
}

async fn what_an_import_left_without_a_password_is_completed(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    let without = ImportedAccount { password: ImportedPassword::None, ..old(7, "ann").account };
    let number = accounts.import(&proxy, without).await.unwrap();
    assert_eq!(holding(&accounts, &proxy, "ann").await, Ok(Holding::WithoutPassword));
    assert_eq!(accounts.count_without_password().await, Ok(1));
    assert_eq!(log_in(&accounts, &proxy, "ann", PASSWORD).await, Err(AccountError::WrongPassword));
    assert_eq!(accounts.take_over_proven(&proxy, old(7, "ann")).await, Ok(Takeover::Completed));
    assert_eq!(log_in(&accounts, &proxy, "ann", PASSWORD).await.unwrap().account.number, number);
    assert_eq!((accounts.count().await, accounts.count_without_password().await), (Ok(1), Ok(0)));
}

async fn somebody_else_of_that_name_is_not_completed(db: Database) {
    let (accounts, proxy, frp) = (db.accounts(), proxy(), blind("frp"));
    let without = ImportedAccount { password: ImportedPassword::None, ..imported("ann") };
    accounts.import(&frp, without).await.unwrap();
    assert_eq!(accounts.take_over_proven(&proxy, old(7, "ann")).await, Ok(Takeover::Held));
    assert_eq!(log_in(&accounts, &frp, "ann", PASSWORD).await, Err(AccountError::WrongPassword));
}

async fn what_was_deleted_here_does_not_come_back(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    accounts.take_over_proven(&proxy, old(7, "ann")).await.unwrap();
    let number = named(&accounts, &proxy, "ann").await.unwrap();
    accounts.delete(&proxy, Authority::Operator, number, Origin::default()).await.unwrap();
    assert_eq!(accounts.take_over_proven(&proxy, old(7, "ann")).await, Err(AccountError::UnknownAccount));
    assert_eq!(accounts.count().await, Ok(0));
}

async fn a_number_that_somebody_got_meanwhile_is_shown(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    let facet = Some(("proxy", "{\"avatar\":\"b\"}".to_owned()));
    let born_here = accounts.register(&proxy, Registration { facet, ..registration("bob") }).await.unwrap();
    assert_eq!(accounts.take_over_proven(&proxy, old(born_here.0, "ann")).await, Ok(Takeover::Created));
    let ann = accounts.find_by_name(&proxy, "ann", "").await.unwrap().unwrap();
    let bob = accounts.find_by_name(&proxy, "bob", "").await.unwrap().unwrap();
    assert_eq!(ann.id, born_here.0);
    assert_ne!((bob.id, ann.account.number), (ann.id, born_here));
}

async fn an_import_knows_what_was_taken_over(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    accounts.take_over_proven(&proxy, old(7, "ann")).await.unwrap();
    let probe = Probe { key: "7".to_owned(), id: Some(7), username: "ann".to_owned(), email: None };
    let found = accounts.probe_import(&proxy, vec![probe]).await.unwrap();
    assert_eq!(found[0].imported, Some(("upstream proxy".to_owned(), AccountNumber(7))));
}

async fn who_is_guessed_at_is_not_asked_about(db: Database) {
    let policy = ThrottlePolicy { per_account_and_network: 2, ..ThrottlePolicy::default() };
    let (accounts, proxy) = (db.accounts(), Realm { throttle: Some(policy), ..proxy() });
    let origin = Origin { network: Some("192.0.2.1".to_owned()) };
    for _ in 0..2 {
        assert_eq!(accounts.holding(&proxy, &name("ann"), &origin).await, Ok(Holding::Nobody));
        let wrong = attempt_from("192.0.2.1", "ann", "wrong");
        assert_eq!(accounts.log_in(&proxy, wrong).await, Err(AccountError::UnknownAccount));
    }
    assert_eq!(accounts.holding(&proxy, &name("ann"), &origin).await, Err(AccountError::Throttled));
}

async fn a_refused_login_counts_once(db: Database) {
    let policy = ThrottlePolicy { per_account_and_network: 2, ..ThrottlePolicy::default() };
    let (accounts, proxy) = (db.accounts(), Realm { throttle: Some(policy), ..proxy() });
    let origin = Origin { network: Some("192.0.2.1".to_owned()) };
    accounts.take_over_proven(&proxy, old(7, "ann")).await.unwrap();
    let refused = async |who: &str| accounts.count_refused_login(&proxy, &name(who), &origin).await;
    assert_eq!(refused("ann").await, AccountError::WrongPassword);
    assert_eq!(refused("nobody").await, AccountError::UnknownAccount);
    assert_eq!(refused("ann").await, AccountError::WrongPassword);
    assert_eq!(refused("ann").await, AccountError::Throttled);
}

async fn a_server_that_still_decides_sets_the_password(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    accounts.take_over_proven(&proxy, old(7, "ann")).await.unwrap();
    accounts.adopt_password(&proxy, &name("ann"), Secret::from("changed there")).await.unwrap();
    assert_eq!(log_in(&accounts, &proxy, "ann", PASSWORD).await, Err(AccountError::WrongPassword));
    log_in(&accounts, &proxy, "ann", "changed there").await.unwrap();
    let nobody = accounts.adopt_password(&proxy, &name("nobody"), Secret::from("x")).await;
    assert_eq!(nobody, Err(AccountError::UnknownAccount));
}

async fn a_token_comes_along_where_no_password_is_kept(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    let shown = |token: &str| {
        let ProvenAccount { key, account } = old(7, "ann");
        let account = ImportedAccount { password: ImportedPassword::None, session: Some(session(token)), ..account };
        ProvenAccount { key, account }
    };
    assert_eq!(accounts.take_over_proven(&proxy, shown("one")).await, Ok(Takeover::Created));
    assert_eq!(accounts.take_over_proven(&proxy, shown("two")).await, Ok(Takeover::Joined));
    let ann = named(&accounts, &proxy, "ann").await;
    assert_eq!((owner(&accounts, &proxy, "one").await, owner(&accounts, &proxy, "two").await), (ann, ann));
    assert_eq!(accounts.take_over_proven(&proxy, old(7, "ann")).await, Ok(Takeover::Completed));
    assert_eq!(accounts.take_over_proven(&proxy, shown("three")).await, Ok(Takeover::Held));
    assert_eq!(owner(&accounts, &proxy, "three").await, None);
}

async fn a_token_that_is_shown_again_goes_on(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    let shown = || {
        let life = Some(Duration::from_secs(60));
        let tokens = vec![NewToken::new("tests", "one".to_owned(), life)];
        let session = NewSession { tokens, limit: SessionLimit::None, replaces: None };
        let ProvenAccount { key, account } = old(7, "ann");
        let account = ImportedAccount { password: ImportedPassword::None, session: Some(session), ..account };
        ProvenAccount { key, account }
    };
    let taken = at_once((0..4).map(|_| {
        let (accounts, proxy, shown) = (accounts.clone(), proxy.clone(), shown());
        async move { accounts.take_over_proven(&proxy, shown).await }
    }))
    .await;
    let made = taken.iter().filter(|taken| **taken == Ok(Takeover::Created)).count();
    assert!(made == 1 && taken.iter().all(Result::is_ok), "{taken:?}");
    let ann = named(&accounts, &proxy, "ann").await;
    assert_eq!(owner(&accounts, &proxy, "one").await, ann);
    db.wait(61);
    assert_eq!(owner(&accounts, &proxy, "one").await, None);
    assert_eq!(accounts.take_over_proven(&proxy, shown()).await, Ok(Takeover::Joined));
    assert_eq!(owner(&accounts, &proxy, "one").await, ann);
}

async fn days_are_counted(db: Database) {
    let (accounts, proxy) = (db.accounts(), proxy());
    accounts.take_over_proven(&proxy, old(7, "ann")).await.unwrap();
    accounts.take_over_proven(&proxy, old(8, "bob")).await.unwrap();
    accounts.count_upstream_refusal(&proxy).await.unwrap();
    db.wait(24 * 60 * 60);
    accounts.take_over_proven(&proxy, old(9, "eve")).await.unwrap();
    let other = Realm { scope: "proxy-b".into(), ..proxy.clone() };
    accounts.count_upstream_refusal(&other).await.unwrap();
    let days = accounts.takeover_days(&proxy).await.unwrap();
    let counts: Vec<_> = days.iter().map(|day| (day.created, day.completed, day.refused)).collect();
    assert_eq!(counts, [(2, 0, 1), (1, 0, 0)]);
    assert!(days[0].day < days[1].day);
    assert_eq!(accounts.takeover_days(&other).await.unwrap()[0].refused, 1);
}

async fn the_end_of_the_old_server_is_known_everywhere(db: Database) {
    let (one, other, proxy) = (db.accounts(), db.accounts(), proxy());
    assert_eq!(other.is_taken_over(&proxy).await, Ok(false));
    for taken_over in [true, true, false, true] {
        one.set_taken_over(&proxy, taken_over, Origin::default()).await.unwrap();
        assert_eq!(other.is_taken_over(&proxy).await, Ok(taken_over));
    }
    let elsewhere = Realm { scope: "proxy-b".into(), ..proxy.clone() };
    assert_eq!(other.is_taken_over(&elsewhere).await, Ok(false));
    assert_eq!(other.takeover_days(&proxy).await, Ok(Vec::new()));
}
