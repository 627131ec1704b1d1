//! TLS, and the gateway's own login at the mail server.

use std::time::Duration;

use crate::gateway::{Gateway, QUICK};
use crate::smtp_server::{Encryption, SmtpServer};

const LOGIN: (&str, &str) = ("gate", "hunter2");

/// `[mail]` for a server whose authority is in a file of this folder.
fn encrypted(server: &SmtpServer, security: &str, folder: &tempfile::TempDir, password: &str) -> String {
    let (ca, secret) = (folder.path().join("ca.pem"), folder.path().join("password"));
    std::fs::write(&ca, server.ca_pem()).unwrap();
    std::fs::write(&secret, format!("{password}\n")).unwrap();
    format!(
        "{QUICK}transport = \"smtp\"\nhost = \"localhost\"\nport = {}\nsecurity = \"{security}\"\nfrom = \"gate@leaf.test\"\n\
         username = \"gate\"\npassword_file = \"{}\"\nca_certificate = \"{}\"\n",
        server.address.port(),
        secret.display(),
        ca.display()
    )
}

#[tokio::test]
async fn starttls_and_tls_with_a_login() {
    for (encryption, security) in [(Encryption::StartTls, "starttls"), (Encryption::Implicit, "tls")] {
        let (server, folder) = (SmtpServer::start_with(encryption, Some(LOGIN)).await, tempfile::tempdir().unwrap());
        let gateway = Gateway::start(&encrypted(&server, security, &folder, "hunter2")).await;
        assert_eq!(gateway.post("a@leaf.test").await, 200);
        let received = server.wait_for(1).await;
        assert!(received[0].encrypted, "{security}");
        assert_eq!(received[0].user.as_deref(), Some("gate"), "{security}");
        gateway.stop().await;
    }
}

/// Each is the operator's to mend: the mails wait, none is refused or given up, and nothing is sent in the clear.
#[tokio::test]
async fn what_the_operator_can_mend_only_delays() {
    let folder = tempfile::tempdir().unwrap();
    let wrong_password = SmtpServer::start_with(Encryption::StartTls, Some(LOGIN)).await;
    let no_tls = SmtpServer::start_with(Encryption::None, Some(LOGIN)).await;
    let stranger = SmtpServer::start_with(Encryption::Implicit, Some(LOGIN)).await;
    let cases = [
        (&wrong_password, encrypted(&wrong_password, "starttls", &folder, "hunter3")),
        (&no_tls, encrypted(&no_tls, "starttls", &folder, "hunter2")),
        // Another server's authority.
        (&stranger, encrypted(&stranger, "tls", &folder, "hunter2").replace("ca_certificate", "# ")),
    ];
    for (server, mail) in cases {
        let gateway = Gateway::start(&mail).await;
        assert_eq!(gateway.post("a@leaf.test").await, 200);
        for _ in 0..200 {
            if server.connections() >= 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(server.connections() >= 2, "it is tried again");
        assert!(server.received().is_empty());
        assert!(gateway.accounts().dead_mails(10).await.unwrap().is_empty());
        gateway.stop().await;
    }
}
