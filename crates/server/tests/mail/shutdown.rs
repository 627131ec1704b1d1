//! The end of a process.

use std::time::{Duration, Instant};

use crate::gateway::{Gateway, smtp};
use crate::smtp_server::SmtpServer;

#[tokio::test]
async fn what_is_being_sent_is_finished_and_recorded() {
    let server = SmtpServer::start().await;
    let mail = format!("{}wait_milliseconds = 0", smtp(server.address));
    let gateway = Gateway::start(&mail).await;
    assert_eq!(gateway.post("slow@leaf.test").await, 200);
    let folder = gateway.folder.clone();
    gateway.stop().await;
    assert_eq!(server.received().len(), 1, "the stop waited for it");
    let again = Gateway::start_in(folder, None, &mail).await;
    again.wait_until_recorded(1).await;
    again.stop().await;
}

#[tokio::test]
async fn an_idle_sender_ends_at_once_and_what_waits_stays_queued() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    assert_eq!(gateway.post("later-1@leaf.test").await, 200);
    let folder = gateway.folder.clone();
    let begun = Instant::now();
    gateway.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let again = Gateway::start_in(folder, None, &smtp(server.address)).await;
    server.wait_for(1).await;
    again.stop().await;
}

#[tokio::test]
async fn a_hanging_mail_server_does_not_hold_the_end_up_for_ever() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mail = format!("{}wait_milliseconds = 0\ntimeout_seconds = 2", smtp(silent.local_addr().unwrap()));
    let gateway = Gateway::start(&mail).await;
    assert_eq!(gateway.post("a@leaf.test").await, 200);
    let begun = Instant::now();
    gateway.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}
