//! Two servers on one database, on each backend at hand.

use std::collections::HashSet;

use dragoman_testkit::{ThrowawayDatabase, backends};

use crate::gateway::{Gateway, mail, smtp};
use crate::smtp_server::SmtpServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_replicas_one_sends_a_mail() {
    for backend in backends() {
        let database = tokio::task::block_in_place(|| ThrowawayDatabase::create(&backend));
        let server = SmtpServer::start().await;
        let section = format!("{}concurrent = 3", smtp(server.address));
        let replicas = [
            Gateway::start_on(Some(database.url()), &section).await,
            Gateway::start_on(Some(database.url()), &section).await,
        ];
        for number in 0..30 {
            let mail = mail(&format!("{number}@leaf.test"));
            // Half of them claimed by nobody, half posted by either replica.
            if number % 2 == 0 {
                replicas[0].accounts().queue_mail(mail).await.unwrap();
            } else {
                assert_eq!(replicas[number / 2 % 2].post(&mail.recipient).await, 200);
            }
        }
        server.wait_for(30).await;
        replicas[1].wait_until_recorded(30).await;
        let recipients: HashSet<String> = server.received().into_iter().map(|received| received.to).collect();
        assert_eq!((recipients.len(), server.received().len()), (30, 30), "{}", backend.name());
        for replica in replicas {
            replica.stop().await;
        }
        tokio::task::block_in_place(|| drop(database));
    }
}
