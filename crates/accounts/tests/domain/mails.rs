//! The queue of outgoing mail: one replica at a time, never lost, personal data gone when it is not needed.

use std::collections::HashSet;
use std::time::Duration;

use dragoman_accounts::clock::Clock;
use dragoman_accounts::*;

use crate::support::*;

on_every_backend! {
    a_claimed_mail_is_whole,
    of_many_replicas_one_claims_a_mail,
    a_claim_that_was_never_ended_runs_out,
    an_outdated_claim_decides_nothing,
    a_mail_that_was_sent_stays_sent,
    a_failed_mail_waits_for_its_time,
    a_dead_mail_is_visible_and_may_be_revived,
    a_refused_mail_is_withdrawn,
    one_claimed_at_once_is_nobody_elses,
    a_batch_is_bounded_and_the_longest_due_come_first,
    what_was_sent_or_died_is_purged,
    a_deleted_accounts_mails_go_with_it,
    what_cannot_be_stored_is_refused,
}

const CLAIM: Duration = Duration::from_secs(70);

fn mail(recipient: &str) -> OutgoingMail {
    OutgoingMail {
        recipient: recipient.to_owned(),
        sender_name: "网站管理员".to_owned(),
        subject: "验证码".to_owned(),
        text: "您的验证码是 123456 🀄".to_owned(),
        html: Some("<b>123456</b>".to_owned()),
        code: Some("123456".to_owned()),
    }
}

async fn claim(accounts: &Accounts) -> Vec<ClaimedMail> {
    accounts.claim_due_mails(100, CLAIM).await.unwrap()
}

/// The one mail that is due.
async fn claim_one(accounts: &Accounts) -> ClaimedMail {
    let mut claimed = claim(accounts).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn die(accounts: &Accounts, claimed: &ClaimedMail) {
    accounts.mail_failed(&claimed.id, claimed.attempt, "550 no such user", AfterFailure::Dead).await.unwrap();
}

async fn a_claimed_mail_is_whole(db: Database) {
    let accounts = db.accounts();
    let id = accounts.queue_mail(mail("a@leaf.test")).await.unwrap();
    let claimed = claim_one(&accounts).await;
    assert_eq!((claimed.id, claimed.attempt, claimed.created_at), (id, 1, db.clock.now()));
    assert!(claimed.mail == mail("a@leaf.test"));
    assert!(claim(&accounts).await.is_empty());
}

async fn of_many_replicas_one_claims_a_mail(db: Database) {
    let replicas = [db.accounts(), db.accounts(), db.accounts()];
    for number in 0..60 {
        replicas[0].queue_mail(mail(&format!("{number}@leaf.test"))).await.unwrap();
    }
    let claims = (0..30).map(|index| {
        let accounts = replicas[index % 3].clone();
        async move { accounts.claim_due_mails(7, CLAIM).await.unwrap() }
    });
    let mut claimed: Vec<ClaimedMail> = at_once(claims).await.into_iter().flatten().collect();
    claimed.extend(claim(&replicas[0]).await);
    let different: HashSet<&str> = claimed.iter().map(|claimed| claimed.id.as_str()).collect();
    assert_eq!((claimed.len(), different.len()), (60, 60));
    assert!(claimed.iter().all(|claimed| claimed.attempt == 1));
}

async fn a_claim_that_was_never_ended_runs_out(db: Database) {
    let (dies, lives) = (db.accounts(), db.accounts());
    dies.queue_mail(mail("a@leaf.test")).await.unwrap();
    claim_one(&dies).await;
    dies.close().await;
    db.clock.advance(CLAIM - Duration::from_millis(1));
    assert!(claim(&lives).await.is_empty());
    db.clock.advance(Duration::from_millis(1));
    let again = claim_one(&lives).await;
    assert_eq!(again.attempt, 2);
    assert!(again.mail == mail("a@leaf.test"));
}

async fn an_outdated_claim_decides_nothing(db: Database) {
    let (slow, quick) = (db.accounts(), db.accounts());
    slow.queue_mail(mail("a@leaf.test")).await.unwrap();
    let outdated = claim_one(&slow).await;
    db.clock.advance(CLAIM);
    let present = claim_one(&quick).await;
    die(&slow, &outdated).await;
    let now = AfterFailure::RetryAt(db.clock.now());
    slow.mail_failed(&outdated.id, outdated.attempt, "late", now).await.unwrap();
    assert!(quick.dead_mails(10).await.unwrap().is_empty());
    assert!(claim(&slow).await.is_empty(), "the present claim still holds");
    quick.mail_failed(&present.id, present.attempt, "421 busy", now).await.unwrap();
    assert_eq!(claim_one(&quick).await.attempt, 3);
}

async fn a_mail_that_was_sent_stays_sent(db: Database) {
    let (slow, quick) = (db.accounts(), db.accounts());
    slow.queue_mail(mail("a@leaf.test")).await.unwrap();
    let outdated = claim_one(&slow).await;
    db.clock.advance(CLAIM);
    let present = claim_one(&quick).await;
    // The slow one did send it: whatever the quick one meets, it is not sent a third time.
    slow.mail_sent(&outdated.id).await.unwrap();
    quick.mail_failed(&present.id, present.attempt, "lost", AfterFailure::RetryAt(db.clock.now())).await.unwrap();
    die(&quick, &present).await;
    db.clock.advance(CLAIM * 2);
    assert!(claim(&quick).await.is_empty());
    assert!(quick.dead_mails(10).await.unwrap().is_empty());
    assert!(!quick.revive_mail(&present.id, Origin::default()).await.unwrap());
}

async fn a_failed_mail_waits_for_its_time(db: Database) {
    let accounts = db.accounts();
    accounts.queue_mail(mail("a@leaf.test")).await.unwrap();
    let claimed = claim_one(&accounts).await;
    let later = db.clock.now().plus(Duration::from_secs(10));
    accounts.mail_failed(&claimed.id, 1, "421 busy", AfterFailure::RetryAt(later)).await.unwrap();
    db.wait(9);
    assert!(claim(&accounts).await.is_empty());
    db.wait(1);
    assert_eq!(claim_one(&accounts).await.attempt, 2);
}

async fn a_dead_mail_is_visible_and_may_be_revived(db: Database) {
    let accounts = db.accounts();
    accounts.queue_mail(mail("a@leaf.test")).await.unwrap();
    let queued_at = db.clock.now();
    let claimed = claim_one(&accounts).await;
    db.wait(5);
    let reason = format!("550 no\0 such\r\nuser {}", "长".repeat(1_000));
    accounts.mail_failed(&claimed.id, 1, &reason, AfterFailure::Dead).await.unwrap();
    let dead = accounts.dead_mails(10).await.unwrap();
    let [one] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!((&*one.id, &*one.recipient, &*one.subject), (&*claimed.id, "a@leaf.test", "验证码"));
    assert_eq!((one.attempts, one.created_at, one.died_at), (1, queued_at, db.clock.now()));
    assert!(one.reason.starts_with("550 no  such  user 长") && one.reason.len() <= 1_024, "{}", one.reason);
    db.wait(100_000);
    assert!(claim(&accounts).await.is_empty(), "nobody tries a dead mail");

    assert!(accounts.revive_mail(&claimed.id, Origin::default()).await.unwrap());
    assert!(!accounts.revive_mail(&claimed.id, Origin::default()).await.unwrap(), "it lives already");
    let again = claim_one(&accounts).await;
    assert_eq!(again.attempt, 1);
    assert!(again.mail == mail("a@leaf.test"), "nothing of it was lost");
    assert!(accounts.dead_mails(10).await.unwrap().is_empty());
}

async fn a_refused_mail_is_withdrawn(db: Database) {
    let accounts = db.accounts();
    let claimed = accounts.queue_claimed_mail(mail("a@leaf.test"), CLAIM).await.unwrap();
    assert!(!accounts.withdraw_dead_mail(&claimed.id).await.unwrap(), "it is being sent");
    die(&accounts, &claimed).await;
    assert!(accounts.withdraw_dead_mail(&claimed.id).await.unwrap());
    assert!(accounts.dead_mails(10).await.unwrap().is_empty());
    assert!(!accounts.revive_mail(&claimed.id, Origin::default()).await.unwrap());
}

async fn one_claimed_at_once_is_nobody_elses(db: Database) {
    let accounts = db.accounts();
    let claimed = accounts.queue_claimed_mail(mail("a@leaf.test"), CLAIM).await.unwrap();
    assert_eq!(claimed.attempt, 1);
    assert!(claimed.mail == mail("a@leaf.test"));
    assert!(claim(&db.accounts()).await.is_empty());
    db.clock.advance(CLAIM);
    let again = claim_one(&accounts).await;
    assert_eq!((again.id, again.attempt), (claimed.id, 2));
}

async fn a_batch_is_bounded_and_the_longest_due_come_first(db: Database) {
    let accounts = db.accounts();
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(accounts.queue_mail(mail(&format!("{number}@leaf.test"))).await.unwrap());
        db.wait(1);
    }
    for expected in ids.chunks(2) {
        let claimed = accounts.claim_due_mails(2, CLAIM).await.unwrap();
        assert_eq!(claimed.iter().map(|claimed| claimed.id.clone()).collect::<Vec<_>>(), expected);
    }
}

async fn what_was_sent_or_died_is_purged(db: Database) {
    let accounts = db.accounts();
    for recipient in ["sent@leaf.test", "dead@leaf.test", "queued@leaf.test"] {
        accounts.queue_mail(mail(recipient)).await.unwrap();
    }
    for claimed in claim(&accounts).await {
        match &*claimed.mail.recipient {
            "sent@leaf.test" => accounts.mail_sent(&claimed.id).await.unwrap(),
            "dead@leaf.test" => die(&accounts, &claimed).await,
            _ => {
                let now = AfterFailure::RetryAt(db.clock.now());
                accounts.mail_failed(&claimed.id, 1, "421 busy", now).await.unwrap();
            }
        }
    }
    let then = db.clock.now();
    let before = then.minus(Duration::from_millis(1));
    assert_eq!(accounts.purge_mails(before, before).await, Ok(0));
    assert_eq!(accounts.purge_mails(then, before).await, Ok(1));
    assert_eq!(accounts.dead_mails(10).await.unwrap().len(), 1);
    assert_eq!(accounts.purge_mails(then, then).await, Ok(1));
    assert!(accounts.dead_mails(10).await.unwrap().is_empty());
    assert_eq!(claim_one(&accounts).await.mail.recipient, "queued@leaf.test");
}

async fn a_deleted_accounts_mails_go_with_it(db: Database) {
    let (accounts, realm) = (db.accounts(), exact("frp"));
    let email = NewEmail { address: "Asuka@leaf.test".to_owned(), verified: true };
    let registration = Registration { email: Some(email), ..registration("asuka") };
    let account = accounts.register(&realm, registration).await.unwrap();
    for recipient in ["asuka@LEAF.test", "rei@leaf.test"] {
        accounts.queue_mail(mail(recipient)).await.unwrap();
    }
    accounts.delete(&realm, Authority::Operator, account, Origin::default()).await.unwrap();
    assert_eq!(claim_one(&accounts).await.mail.recipient, "rei@leaf.test");
}

async fn what_cannot_be_stored_is_refused(db: Database) {
    let accounts = db.accounts();
    let long = "a".repeat(1024 * 1024 + 1);
    for broken in [
        OutgoingMail { text: "a\0".to_owned(), ..mail("a@leaf.test") },
        OutgoingMail { html: Some("a\0".to_owned()), ..mail("a@leaf.test") },
        OutgoingMail { code: Some("\0".to_owned()), ..mail("a@leaf.test") },
        OutgoingMail { subject: "a\0".to_owned(), ..mail("a@leaf.test") },
        OutgoingMail { text: long, ..mail("a@leaf.test") },
        mail(&"a".repeat(5_000)),
    ] {
        assert_eq!(accounts.queue_mail(broken.clone()).await, Err(AccountError::NotStorable));
        assert!(accounts.queue_claimed_mail(broken, CLAIM).await.is_err());
    }
    assert!(claim(&accounts).await.is_empty());
}
