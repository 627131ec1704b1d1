//! Challenges: single use, counted tries, exact ages, one dialect's own.

use std::time::Duration;

use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    of_a_hundred_right_answers_at_once_one_is_right,
    of_a_hundred_wrong_answers_at_once_five_are_looked_at,
    tries_are_counted,
    the_first_answer_may_spend_it,
    ages_in_whole_seconds,
    ages_in_milliseconds,
    expired_is_not_unknown_for_one_more_life,
    expired_is_not_unknown_for_as_long_as_asked,
    a_new_one_replaces_an_old_one,
    many_issued_at_once_leave_one,
    one_dialects_challenge_means_nothing_elsewhere,
    peek_take_and_withdraw,
    what_cannot_be_stored_is_refused,
}

const LIFE: Duration = Duration::from_secs(60);

fn challenge(policy: ChallengePolicy) -> Challenge {
    Challenge { purpose: "captcha", handle: "key".into(), answer: "right".into(), account: None, policy }
}

async fn answer(accounts: &Accounts, realm: &Realm, given: &'static str) -> Result<(), AccountError> {
    accounts.answer_challenge(realm, "captcha", "key", move |right| right == given).await
}

async fn of_a_hundred_right_answers_at_once_one_is_right(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    replicas[0].issue_challenge(&exact("php"), challenge(ChallengePolicy::lasting(LIFE))).await.unwrap();
    let answers = (0..100).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { answer(&accounts, &exact("php"), "right").await }
    });
    let results = at_once(answers).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(
        results.iter().filter(|result| **result == Err(AccountError::UnknownChallenge)).count(),
        99,
        "{results:?}"
    );
}

async fn of_a_hundred_wrong_answers_at_once_five_are_looked_at(db: Database) {
    let replicas = [db.accounts(), db.accounts()];
    replicas[0].issue_challenge(&exact("php"), challenge(ChallengePolicy::lasting(LIFE).with_tries(5))).await.unwrap();
    let answers = (0..100).map(|index| {
        let accounts = replicas[index % 2].clone();
        async move { answer(&accounts, &exact("php"), "wrong").await }
    });
    let results = at_once(answers).await;
    assert_eq!(results.iter().filter(|result| **result == Err(AccountError::WrongAnswer)).count(), 5, "{results:?}");
    assert_eq!(
        results.iter().filter(|result| **result == Err(AccountError::UnknownChallenge)).count(),
        95,
        "{results:?}"
    );
}

async fn tries_are_counted(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("php"));
    let five = ChallengePolicy::lasting(LIFE).with_tries(5);
    accounts.issue_challenge(&realm, challenge(five)).await.unwrap();
    for _ in 0..4 {
        assert_eq!(answer(&accounts, &realm, "wrong").await, Err(AccountError::WrongAnswer));
    }
    assert_eq!(answer(&accounts, &realm, "right").await, Ok(()));
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    accounts.issue_challenge(&realm, challenge(five)).await.unwrap();
    for _ in 0..5 {
        assert_eq!(answer(&accounts, &realm, "wrong").await, Err(AccountError::WrongAnswer));
    }
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    accounts.issue_challenge(&realm, challenge(ChallengePolicy::lasting(LIFE))).await.unwrap();
    for _ in 0..40 {
        assert_eq!(answer(&accounts, &realm, "wrong").await, Err(AccountError::WrongAnswer));
    }
    assert_eq!(answer(&accounts, &realm, "right").await, Ok(()));
}

async fn the_first_answer_may_spend_it(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("php"));
    let once = ChallengePolicy::lasting(LIFE).with_tries(1);
    accounts.issue_challenge(&realm, challenge(once)).await.unwrap();
    assert_eq!(answer(&accounts, &realm, "wrong").await, Err(AccountError::WrongAnswer));
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    accounts.issue_challenge(&realm, challenge(once)).await.unwrap();
    assert_eq!(answer(&accounts, &realm, "right").await, Ok(()));
}

/// What a right answer gets `seconds` and `millis` after a second in the middle of which the challenge was issued.
async fn right_after(db: &Database, accounts: &Accounts, whole_seconds: bool, millis: i64) -> Result<(), AccountError> {
    let second = clock::Timestamp::from_seconds(2_000_000_000);
    db.clock.set(clock::Timestamp::from_millis(second.millis() + 700));
    let policy = ChallengePolicy { whole_seconds, ..ChallengePolicy::lasting(LIFE) };
    accounts.issue_challenge(&exact("medusa"), challenge(policy)).await.unwrap();
    db.clock.set(clock::Timestamp::from_millis(second.millis() + millis));
    answer(accounts, &exact("medusa"), "right").await
}

async fn ages_in_whole_seconds(db: Database) {
    let accounts = db.accounts();
    // medusa 2.2: an age of 60 truncated seconds is young enough, 61 is not.
    for millis in [700, 59_000, 60_000, 60_700, 60_999] {
        assert_eq!(right_after(&db, &accounts, true, millis).await, Ok(()), "{millis}");
    }
    for millis in [61_000, 61_001] {
        assert_eq!(right_after(&db, &accounts, true, millis).await, Err(AccountError::ExpiredChallenge), "{millis}");
    }
}

async fn ages_in_milliseconds(db: Database) {
    let accounts = db.accounts();
    assert_eq!(right_after(&db, &accounts, false, 60_699).await, Ok(()));
    assert_eq!(right_after(&db, &accounts, false, 60_700).await, Err(AccountError::ExpiredChallenge));
}

async fn expired_is_not_unknown_for_one_more_life(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    accounts.issue_challenge(&realm, challenge(ChallengePolicy::lasting(LIFE).with_tries(1))).await.unwrap();
    db.wait(60);
    // An expired one is not spent by a wrong answer.
    for given in ["right", "wrong", "right"] {
        assert_eq!(answer(&accounts, &realm, given).await, Err(AccountError::ExpiredChallenge));
    }
    assert_eq!(accounts.purge().await.unwrap(), 0);
    db.wait(59);
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::ExpiredChallenge));
    db.wait(1);
    // Whether or not the purge has come by.
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    assert_eq!(accounts.purge().await.unwrap(), 1);
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
}

async fn expired_is_not_unknown_for_as_long_as_asked(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("frp"));
    let policy = ChallengePolicy::lasting(LIFE).remembered_for(100 * LIFE);
    accounts.issue_challenge(&realm, challenge(policy)).await.unwrap();
    db.wait(101 * 60 - 1);
    assert_eq!(accounts.purge().await.unwrap(), 0);
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::ExpiredChallenge));
    db.wait(1);
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    assert_eq!(accounts.purge().await.unwrap(), 1);
}

async fn a_new_one_replaces_an_old_one(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("php"));
    let policy = ChallengePolicy::lasting(LIFE).with_tries(2);
    accounts.issue_challenge(&realm, challenge(policy)).await.unwrap();
    assert_eq!(answer(&accounts, &realm, "wrong").await, Err(AccountError::WrongAnswer));
    db.wait(59);
    accounts.issue_challenge(&realm, Challenge { answer: "newer".into(), ..challenge(policy) }).await.unwrap();
    db.wait(59);
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::WrongAnswer), "tries begin anew");
    assert_eq!(answer(&accounts, &realm, "newer").await, Ok(()));
}

async fn many_issued_at_once_leave_one(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("php"));
    let issues = (0..20).map(|_| {
        let (accounts, realm) = (accounts.clone(), realm.clone());
        async move { accounts.issue_challenge(&realm, challenge(ChallengePolicy::lasting(LIFE))).await }
    });
    assert_eq!(at_once(issues).await, vec![Ok(()); 20]);
    assert_eq!(answer(&accounts, &realm, "right").await, Ok(()));
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
}

async fn one_dialects_challenge_means_nothing_elsewhere(db: Database) {
    let (accounts, php) = (db.accounts(), exact("php"));
    accounts.issue_challenge(&php, challenge(ChallengePolicy::lasting(LIFE))).await.unwrap();
    let second_mount = Realm { scope: "php-two".into(), ..php.clone() };
    let unknown = Err(AccountError::UnknownChallenge);
    assert_eq!(answer(&accounts, &exact("v1"), "right").await, unknown);
    assert_eq!(answer(&accounts, &second_mount, "right").await, unknown);
    assert_eq!(accounts.answer_challenge(&php, "mail", "key", |_| true).await, unknown);
    for handle in ["Key", "key ", "", "key\0"] {
        assert_eq!(accounts.answer_challenge(&php, "captcha", handle, |_| true).await, unknown, "{handle:?}");
    }
    assert_eq!(answer(&accounts, &php, "right").await, Ok(()));
}

async fn peek_take_and_withdraw(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    let issue = async || accounts.issue_challenge(&realm, challenge(ChallengePolicy::lasting(LIFE))).await.unwrap();
    let peek = async || accounts.peek_challenge(&realm, "captcha", "key").await.unwrap();
    let take = async || accounts.take_challenge(&realm, "captcha", "key").await.unwrap();
    let begun = clock::Clock::now(&*db.clock);
    issue().await;
    for _ in 0..3 {
        assert_eq!(peek().await, Some(("right".to_owned(), begun)));
    }
    assert!(take().await);
    assert!(!take().await);
    assert_eq!(peek().await, None);
    issue().await;
    accounts.withdraw_challenge(&realm, "captcha", "key").await.unwrap();
    assert_eq!(peek().await, None);
    assert_eq!(answer(&accounts, &realm, "right").await, Err(AccountError::UnknownChallenge));
    issue().await;
    db.wait(60);
    assert_eq!(peek().await, None);
    assert!(!take().await);
}

async fn what_cannot_be_stored_is_refused(db: Database) {
    let (accounts, realm) = (db.accounts(), blind("v1"));
    let odd = Challenge { answer: "a\0b".into(), ..challenge(ChallengePolicy::lasting(LIFE)) };
    assert_eq!(accounts.issue_challenge(&realm, odd).await, Err(AccountError::NotStorable));
    // A handle is only ever a digest.
    let odd = Challenge { handle: "\0".repeat(100_000), ..challenge(ChallengePolicy::lasting(LIFE)) };
    accounts.issue_challenge(&realm, odd).await.unwrap();
    assert!(accounts.take_challenge(&realm, "captcha", &"\0".repeat(100_000)).await.unwrap());
}
