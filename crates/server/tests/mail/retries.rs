//! Back-off, dead letters, servers that are away.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use mailparse::{MailHeaderMap, parse_mail};

use crate::gateway::{Gateway, mail, smtp};
use crate::smtp_server::{Encryption, Received, SmtpServer};

fn message_id(received: &Received) -> String {
    parse_mail(&received.data).unwrap().headers.get_first_value("Message-ID").unwrap()
}

#[tokio::test]
async fn a_busy_server_is_asked_again_with_growing_pauses() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    let begun = Instant::now();
    assert_eq!(gateway.post("later-2@leaf.test").await, 200);
    server.wait_for(1).await;
    // A second, then two.
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(server.tries("later-2@leaf.test"), 3);
    gateway.wait_until_recorded(1).await;
    gateway.stop().await;
}

#[tokio::test]
async fn after_the_last_attempt_a_mail_is_dead_and_visible_and_can_be_revived() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&format!("{}attempts = 2", smtp(server.address))).await;
    assert_eq!(gateway.post("later-2@leaf.test").await, 200);
    let mut dead = Vec::new();
    for _ in 0..300 {
        dead = gateway.accounts().dead_mails(10).await.unwrap();
        if !dead.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((&*dead[0].recipient, dead[0].attempts), ("later-2@leaf.test", 2));
    assert!(dead[0].reason.contains("Greylisted"), "{}", dead[0].reason);
    assert!(server.received().is_empty());
    // The third try is accepted.
    assert!(gateway.accounts().revive_mail(&dead[0].id, dragoman_accounts::Origin::default()).await.unwrap());
    server.wait_for(1).await;
    gateway.wait_until_recorded(1).await;
    assert!(gateway.accounts().dead_mails(10).await.unwrap().is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn with_one_attempt_a_failure_is_a_refusal() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&format!("{}attempts = 1", smtp(server.address))).await;
    assert_eq!(gateway.post("later-1@leaf.test").await, 409);
    assert!(gateway.accounts().dead_mails(10).await.unwrap().is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn a_server_that_is_away_gets_the_mail_when_it_is_back() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::start(&smtp(address)).await;
    assert_eq!(gateway.post("a@leaf.test").await, 200);
    let server = SmtpServer::start_at(address, Encryption::None, None).await;
    server.wait_for(1).await;
    gateway.wait_until_recorded(1).await;
    assert_eq!(server.received().len(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time_and_asked_again() {
    // Accepts into its backlog and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let gateway = Gateway::start(&format!("{}timeout_seconds = 1", smtp(address))).await;
    assert_eq!(gateway.post("a@leaf.test").await, 200);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    drop(silent);
    let server = SmtpServer::start_at(address, Encryption::None, None).await;
    server.wait_for(1).await;
    gateway.stop().await;
}

/// The one window in which a mail is sent twice; the receiver can tell by the Message-ID.
#[tokio::test]
async fn a_torn_connection_after_the_last_byte_sends_a_second_copy_of_the_same_id() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    assert_eq!(gateway.post("torn@leaf.test").await, 200);
    let received = server.wait_for(2).await;
    gateway.wait_until_recorded(1).await;
    assert_eq!(server.received().len(), 2);
    assert_eq!(message_id(&received[0]), message_id(&received[1]));
    gateway.stop().await;
}

#[tokio::test]
async fn a_mail_whose_process_died_before_sending_is_sent_by_another() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    // Claimed by a process that does nothing more.
    let begun = Instant::now();
    gateway.accounts().queue_claimed_mail(mail("a@leaf.test"), Duration::from_secs(3)).await.unwrap();
    server.wait_for(1).await;
    assert!(begun.elapsed() >= Duration::from_secs(3), "not before the claim is over: {:?}", begun.elapsed());
    gateway.wait_until_recorded(1).await;
    gateway.stop().await;
}
