//! Token sessions: limits, families, lives, idle clocks, renewal.

use std::time::Duration;

use dragoman_accounts::clock::Clock;
use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    a_token_leads_to_its_account_in_its_own_mount_only,
    one_session_ends_the_older,
    a_trimmed_account_keeps_the_newest,
    limits_count_within_a_mount,
    limits_hold_for_logins_at_once,
    tokens_of_a_session_die_together,
    an_expired_token_is_remembered_for_a_while,
    an_idle_clock_is_restarted_every_thirty_seconds,
    a_refresh_ends_no_earlier_access_token,
    a_renewal_and_an_end_of_all_sessions_leave_none,
    a_visit_becomes_a_login_with_another_id,
    own_sessions_end_in_their_mount_only,
    the_operator_sees_sessions,
    tokens_can_be_made_to_expire,
    two_equal_tokens_are_never_two_sessions,
    a_clock_set_back_prolongs_no_session,
}

const MINUTE: Duration = Duration::from_secs(60);

async fn enter_with(accounts: &Accounts, realm: &Realm, token: &str, limit: SessionLimit) {
    let session = NewSession { limit, ..session(token) };
    let attempt = LoginAttempt { session: Some(session), ..attempt("bob", PASSWORD) };
    accounts.log_in(realm, attempt).await.unwrap();
}

async fn alive<'a>(accounts: &Accounts, realm: &Realm, tokens: &[&'a str]) -> Vec<&'a str> {
    let mut alive = Vec::new();
    for token in tokens {
        if owner(accounts, realm, token).await.is_some() {
            alive.push(*token);
        }
    }
    alive
}

async fn a_token_leads_to_its_account_in_its_own_mount_only(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let other_mount = Realm { scope: "frp-two".into(), ..frp.clone() };
    let number = register(&accounts, &frp, "bob").await;
    enter(&accounts, &frp, "bob", "token").await;
    put_facet(&accounts, number, "frp", "plan").await.unwrap();
    let session = accounts.resolve_token(&frp, "token", "frp").await.unwrap().unwrap();
    assert_eq!((session.purpose.as_str(), session.expired), ("access", false));
    let member = session.member.unwrap();
    assert_eq!((member.account.number, member.facet.as_deref()), (number, Some("plan")));
    for (realm, token) in
        [(&frp, "Token"), (&frp, "token "), (&frp, ""), (&other_mount, "token"), (&exact("php"), "token")]
    {
        assert_eq!(accounts.resolve_token(realm, token, "").await.unwrap(), None, "{token:?}");
        assert!(!accounts.end_session(realm, token).await.unwrap(), "{token:?}");
    }
    assert_eq!(owner(&accounts, &frp, "token").await, Some(number));
    assert!(accounts.end_session(&frp, "token").await.unwrap());
    assert!(!accounts.end_session(&frp, "token").await.unwrap());
    assert_eq!(owner(&accounts, &frp, "token").await, None);
}

async fn one_session_ends_the_older(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("medusa"));
    register(&accounts, &realm, "bob").await;
    for token in ["a", "b", "c"] {
        enter_with(&accounts, &realm, token, SessionLimit::One).await;
        db.wait(1);
    }
    assert_eq!(alive(&accounts, &realm, &["a", "b", "c"]).await, ["c"]);
}

async fn a_trimmed_account_keeps_the_newest(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    register(&accounts, &realm, "bob").await;
    let tokens = ["a", "b", "c", "d", "e", "f"];
    // v1: when three are found, all but the newest end before the new one begins.
    let expected: [&[&str]; 6] = [&["a"], &["a", "b"], &["a", "b", "c"], &["c", "d"], &["c", "d", "e"], &["e", "f"]];
    for (token, expected) in tokens.into_iter().zip(expected) {
        enter_with(&accounts, &realm, token, SessionLimit::Trim { live: 3, kept: 1 }).await;
        assert_eq!(alive(&accounts, &realm, &tokens).await, expected);
        db.wait(1);
    }
}

async fn limits_count_within_a_mount(db: Database) {
    let (accounts, medusa) = (db.accounts(), exact("medusa"));
    let second = Realm { scope: "medusa-two".into(), ..medusa.clone() };
    register(&accounts, &medusa, "bob").await;
    register(&accounts, &medusa, "eve").await;
    enter(&accounts, &medusa, "eve", "eves").await;
    enter_with(&accounts, &medusa, "a", SessionLimit::One).await;
    enter_with(&accounts, &second, "b", SessionLimit::One).await;
    enter_with(&accounts, &exact("php"), "c", SessionLimit::One).await;
    assert!(owner(&accounts, &medusa, "a").await.is_some());
    assert!(owner(&accounts, &second, "b").await.is_some());
    assert!(owner(&accounts, &exact("php"), "c").await.is_some());
    assert!(owner(&accounts, &medusa, "eves").await.is_some());
    // A session that is over takes no place.
    let short = NewSession { tokens: vec![NewToken::new("access", "d".into(), Some(MINUTE))], ..session("") };
    let short = LoginAttempt { session: Some(short), ..attempt("bob", PASSWORD) };
    accounts.log_in(&second, short).await.unwrap();
    db.wait(60);
    enter_with(&accounts, &second, "e", SessionLimit::Trim { live: 2, kept: 0 }).await;
    assert_eq!(alive(&accounts, &second, &["b", "d", "e"]).await, ["b", "e"]);
}

async fn limits_hold_for_logins_at_once(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    let realm = exact("medusa");
    let number = register(&replicas[0], &realm, "bob").await;
    let logins = (0..20).map(|index| {
        let (accounts, realm) = (replicas[index % 2].clone(), realm.clone());
        async move { enter_with(&accounts, &realm, &format!("token{index}"), SessionLimit::One).await }
    });
    at_once(logins).await;
    assert_eq!(replicas[0].sessions_of(number).await.unwrap().len(), 1);
}

/// v1's pair: five minutes and fourteen days, an expired access token known as long as the refresh token may live.
fn pair(name: &str) -> NewSession {
    let days = Duration::from_secs(14 * 24 * 3_600);
    let access = NewToken { remembered: days, ..NewToken::new("access", format!("{name}-access"), Some(5 * MINUTE)) };
    let refresh = NewToken::new("refresh", format!("{name}-refresh"), Some(days));
    NewSession { tokens: vec![access, refresh], limit: SessionLimit::Trim { live: 3, kept: 1 }, replaces: None }
}

async fn enter_pair(accounts: &Accounts, name: &str) {
    let attempt = LoginAttempt { session: Some(pair(name)), ..attempt("bob", PASSWORD) };
    accounts.log_in(&blind("v1"), attempt).await.unwrap();
}

async fn tokens_of_a_session_die_together(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    register(&accounts, &realm, "bob").await;
    for name in ["a", "b", "c"] {
        enter_pair(&accounts, name).await;
        db.wait(1);
    }
    assert!(accounts.end_session(&realm, "b-access").await.unwrap());
    let all = ["a-access", "a-refresh", "b-access", "b-refresh", "c-access", "c-refresh", "d-access"];
    assert_eq!(alive(&accounts, &realm, &all).await, ["a-access", "a-refresh", "c-access", "c-refresh"]);
    // A pair counts once; one whose access token is over still counts.
    db.wait(300);
    enter_pair(&accounts, "d").await;
    assert_eq!(alive(&accounts, &realm, &all).await, ["a-refresh", "c-refresh", "d-access"]);
    db.wait(1);
    enter_pair(&accounts, "e").await;
    assert_eq!(alive(&accounts, &realm, &all).await, ["d-access"]);
}

async fn an_expired_token_is_remembered_for_a_while(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    register(&accounts, &realm, "bob").await;
    let token =
        NewToken { remembered: Duration::from_millis(2_000), ..NewToken::new("access", "t".into(), Some(MINUTE)) };
    let attempt =
        LoginAttempt { session: Some(NewSession { tokens: vec![token], ..session("") }), ..attempt("bob", PASSWORD) };
    accounts.log_in(&realm, attempt).await.unwrap();
    let state = async || accounts.resolve_token(&realm, "t", "").await.unwrap().map(|session| session.expired);
    db.clock.advance(Duration::from_millis(59_999));
    assert_eq!(state().await, Some(false));
    db.clock.advance(Duration::from_millis(1));
    assert_eq!(state().await, Some(true));
    db.clock.advance(Duration::from_millis(1_999));
    assert_eq!(state().await, Some(true));
    accounts.purge().await.unwrap();
    assert_eq!(state().await, Some(true));
    db.clock.advance(Duration::from_millis(1));
    assert_eq!(state().await, None);
    assert_eq!(accounts.purge().await.unwrap(), 1);
}

async fn an_idle_clock_is_restarted_every_thirty_seconds(db: Database) {
    let (accounts, php) = (db.accounts(), exact("php"));
    register(&accounts, &php, "bob").await;
    let idle = 24 * MINUTE;
    let begin = async |token: &str| {
        let tokens = vec![NewToken::new("session", token.to_owned(), Some(idle))];
        let attempt = LoginAttempt { session: Some(NewSession { tokens, ..session("") }), ..attempt("bob", PASSWORD) };
        accounts.log_in(&php, attempt).await.unwrap();
    };
    let is_alive = async |token: &str| owner(&accounts, &php, token).await.is_some();
    begin("early").await;
    db.wait(29);
    accounts.resolve_idle_token(&php, "early", idle, "").await.unwrap();
    db.wait(24 * 60 - 30);
    assert!(is_alive("early").await);
    db.wait(1);
    assert!(!is_alive("early").await, "a touch after 29 seconds is not written");

    begin("late").await;
    for _ in 0..5 {
        db.wait(23 * 60);
        accounts.resolve_idle_token(&php, "late", idle, "").await.unwrap();
        assert!(is_alive("late").await);
    }
    db.wait(24 * 60);
    assert!(!is_alive("late").await);
    // What is over is not brought back.
    accounts.resolve_idle_token(&php, "late", idle, "").await.unwrap();
    assert!(!is_alive("late").await);
    accounts.resolve_idle_token(&php, "unknown", idle, "").await.unwrap();
    assert!(!is_alive("unknown").await);

    // A short clock is restarted more often.
    begin("short").await;
    db.wait(20);
    accounts.resolve_idle_token(&php, "short", MINUTE, "").await.unwrap();
    db.wait(59);
    assert!(is_alive("short").await);
    db.wait(1);
    assert!(!is_alive("short").await, "a minute after the latest touch");
}

async fn a_refresh_ends_no_earlier_access_token(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    let number = register(&accounts, &realm, "bob").await;
    enter_pair(&accounts, "a").await;
    db.wait(100);
    let fresh = NewToken { remembered: MINUTE, ..NewToken::new("access", "a-access-2".into(), Some(5 * MINUTE)) };
    accounts.renew_token(&realm, "a-refresh", fresh, 8).await.unwrap();
    assert_eq!(owner(&accounts, &realm, "a-access").await, Some(number));
    assert_eq!(owner(&accounts, &realm, "a-access-2").await, Some(number));
    assert_eq!(owner(&accounts, &realm, "a-refresh").await, Some(number));
    db.wait(200);
    let old = accounts.resolve_token(&realm, "a-access", "").await.unwrap().unwrap();
    assert!(old.expired, "it has its own end");
    db.wait(99);
    assert_eq!(owner(&accounts, &realm, "a-access-2").await, Some(number));
    db.wait(1);
    assert_eq!(owner(&accounts, &realm, "a-access-2").await, None);
    let fresh = || NewToken::new("access", "x".into(), None);
    assert_eq!(accounts.renew_token(&realm, "unknown", fresh(), 8).await, Err(AccountError::UnknownAccount));
    assert_eq!(accounts.renew_token(&blind("frp"), "a-refresh", fresh(), 8).await, Err(AccountError::UnknownAccount));
    // Each session keeps so many of them.
    for index in 0..5 {
        db.wait(1);
        let fresh = NewToken::new("access", format!("kept-{index}"), Some(5 * MINUTE));
        accounts.renew_token(&realm, "a-refresh", fresh, 3).await.unwrap();
    }
    let names = ["kept-0", "kept-1", "kept-2", "kept-3", "kept-4"];
    assert_eq!(alive(&accounts, &realm, &names).await, ["kept-2", "kept-3", "kept-4"]);
    assert_eq!(accounts.resolve_token(&realm, "a-access-2", "").await.unwrap(), None);
    // The new token belongs to the session: it ends with it.
    accounts.renew_token(&realm, "a-refresh", fresh(), 8).await.unwrap();
    assert!(accounts.end_session(&realm, "x").await.unwrap());
    assert_eq!(owner(&accounts, &realm, "a-refresh").await, None);
}

async fn a_renewal_and_an_end_of_all_sessions_leave_none(db: Database) {
    let (accounts, realm, replica) = (db.accounts(), blind("v1"), db.accounts());
    let number = register(&accounts, &realm, "bob").await;
    for round in 0..15 {
        enter_pair(&accounts, &format!("{round}")).await;
        let renewals = (0..4).map(|index| {
            let (accounts, realm) = (accounts.clone(), realm.clone());
            let fresh = NewToken::new("access", format!("{round}-fresh-{index}"), None);
            tokio::spawn(async move { accounts.renew_token(&realm, &format!("{round}-refresh"), fresh, 8).await })
        });
        let renewals: Vec<_> = renewals.collect();
        replica.end_sessions_of(&realm, Authority::Operator, number, Origin::default()).await.unwrap();
        for renewal in renewals {
            let result = renewal.await.unwrap();
            assert!(result.is_ok() || result == Err(AccountError::UnknownAccount), "{result:?}");
        }
        assert_eq!(accounts.sessions_of(number).await.unwrap(), vec![], "round {round}");
    }
}

async fn a_visit_becomes_a_login_with_another_id(db: Database) {
    let (accounts, php) = (db.accounts(), exact("php"));
    let number = register(&accounts, &php, "bob").await;
    accounts.begin_visit(&php, session("visit")).await.unwrap();
    let visit = accounts.resolve_token(&php, "visit", "").await.unwrap().unwrap();
    assert_eq!(visit.member, None);
    let begin = async |new: &str, old: &str| {
        let session =
            NewSession { replaces: Some(old.into()), limit: SessionLimit::Trim { live: 2, kept: 0 }, ..session(new) };
        accounts.log_in(&php, LoginAttempt { session: Some(session), ..attempt("bob", PASSWORD) }).await.unwrap();
    };
    begin("one", "visit").await;
    assert_eq!(accounts.resolve_token(&php, "visit", "").await.unwrap(), None);
    assert_eq!(owner(&accounts, &php, "one").await, Some(number));
    begin("two", "unknown").await;
    // The replaced one makes room for the new one: the other stays.
    begin("three", "two").await;
    assert_eq!(alive(&accounts, &php, &["one", "two", "three"]).await, ["one", "three"]);
}

async fn own_sessions_end_in_their_mount_only(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let number = register(&accounts, &frp, "bob").await;
    enter(&accounts, &frp, "bob", "a").await;
    enter(&accounts, &frp, "bob", "b").await;
    enter(&accounts, &exact("php"), "bob", "c").await;
    accounts.end_own_sessions(&frp, number).await.unwrap();
    assert_eq!(alive(&accounts, &frp, &["a", "b"]).await, [""; 0]);
    assert_eq!(alive(&accounts, &exact("php"), &["c"]).await, ["c"]);
}

async fn the_operator_sees_sessions(db: Database) {
    let (accounts, frp) = (db.accounts(), blind("frp"));
    let number = register(&accounts, &frp, "bob").await;
    enter(&accounts, &frp, "bob", "a").await;
    db.wait(5);
    enter(&accounts, &exact("php"), "bob", "b").await;
    let sessions = accounts.sessions_of(number).await.unwrap();
    let seen: Vec<_> = sessions.iter().map(|(dialect, purpose, _)| (dialect.as_str(), purpose.as_str())).collect();
    assert_eq!(seen, [("php", "access"), ("frp", "access")]);
    assert_eq!(sessions[0].2.seconds() - sessions[1].2.seconds(), 5);
}

async fn tokens_can_be_made_to_expire(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    register(&accounts, &realm, "bob").await;
    enter_pair(&accounts, "a").await;
    accounts.expire_tokens("access".into()).await.unwrap();
    assert!(accounts.resolve_token(&realm, "a-access", "").await.unwrap().unwrap().expired);
    assert!(!accounts.resolve_token(&realm, "a-refresh", "").await.unwrap().unwrap().expired);
}

async fn two_equal_tokens_are_never_two_sessions(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let bob = register(&accounts, &realm, "bob").await;
    register(&accounts, &realm, "eve").await;
    enter(&accounts, &realm, "bob", "same").await;
    let again = LoginAttempt { session: Some(session("same")), ..attempt("eve", PASSWORD) };
    assert_eq!(accounts.log_in(&realm, again).await, Err(AccountError::Internal));
    assert_eq!(owner(&accounts, &realm, "same").await, Some(bob));
}

async fn a_clock_set_back_prolongs_no_session(db: Database) {
    let (accounts, v1) = (db.accounts(), blind("v1"));
    register(&accounts, &v1, "bob").await;
    for (token, life) in [("short", Some(10 * MINUTE)), ("endless", None)] {
        let tokens = vec![NewToken::new("access", token.to_owned(), life)];
        let attempt = LoginAttempt { session: Some(NewSession { tokens, ..session("") }), ..attempt("bob", PASSWORD) };
        accounts.log_in(&v1, attempt).await.unwrap();
    }
    let now = db.clock.now();
    db.clock.set(now.minus(2 * MINUTE));
    assert!(owner(&accounts, &v1, "short").await.is_some(), "the clocks of two replicas may be a little apart");
    db.clock.set(now.minus(60 * MINUTE));
    assert!(owner(&accounts, &v1, "short").await.is_none());
    assert!(owner(&accounts, &v1, "endless").await.is_some(), "it has no life to prolong");
}
