//! `dragoman mail`: what was given up is seen and brought back by the operator.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use crate::gateway::{Gateway, mail};

/// `dragoman` on the database of a gateway that has ended.
fn dragoman(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    let database = format!("sqlite://{}", folder.path().join("accounts.db").display());
    Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .current_dir(folder.path())
        .args(["--database", &database, "mail"])
        .args(arguments)
        .output()
        .unwrap()
}

fn listed(folder: &tempfile::TempDir) -> Value {
    serde_json::from_slice(&dragoman(folder, &["list", "--json"]).stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_mails_are_listed_and_revived() {
    let gateway = Gateway::start("").await;
    let claimed =
        gateway.accounts().queue_claimed_mail(mail("rei@leaf.test"), Duration::from_secs(3_600)).await.unwrap();
    let (accounts, folder) = (gateway.accounts().clone(), gateway.folder.clone());
    accounts.mail_failed(&claimed.id, 1, "550 no such user", dragoman_accounts::AfterFailure::Dead).await.unwrap();
    gateway.stop().await;

    let shown = listed(&folder);
    assert_eq!(shown[0]["id"], json!(claimed.id));
    assert_eq!((&shown[0]["recipient"], &shown[0]["reason"]), (&json!("rei@leaf.test"), &json!("550 no such user")));
    let text = String::from_utf8(dragoman(&folder, &["list"]).stdout).unwrap();
    assert!(text.contains(&claimed.id) && text.contains("after 1 attempts: 550 no such user"), "{text}");
    assert!(!text.contains("123456"), "codes are nobody's business: {text}");

    let output = dragoman(&folder, &["revive", &claimed.id, "nothing"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 queued again\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not among the dead: nothing"));
    assert_eq!(listed(&folder), json!([]));
}
