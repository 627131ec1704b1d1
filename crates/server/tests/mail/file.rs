//! The default transport: files.

use std::os::unix::fs::PermissionsExt;

use mailparse::{MailHeaderMap, parse_mail};

use crate::gateway::{Gateway, QUICK};

#[tokio::test]
async fn a_mail_becomes_a_file_only_its_owner_reads() {
    let target = tempfile::tempdir().unwrap();
    let folder = target.path().join("made/by/dragoman");
    let gateway = Gateway::start(&format!("{QUICK}folder = \"{}\"", folder.display())).await;
    assert_eq!(gateway.post("rei@leaf.test").await, 200);
    assert_eq!(gateway.post("not an address").await, 409);
    gateway.wait_until_recorded(1).await;
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(file.extension().unwrap(), "eml");
    for (path, mode) in [(file, 0o600), (&folder, 0o700)] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
    let content = std::fs::read(file).unwrap();
    let mail = parse_mail(&content).unwrap();
    assert_eq!(mail.headers.get_first_value("Subject").unwrap(), "验证码");
    assert_eq!(mail.headers.get_first_value("From").unwrap(), "网站管理员 <dragoman@localhost>");
    assert_eq!(mail.get_body().unwrap().trim_end(), "您的验证码是 123456");
    gateway.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_delays() {
    let target = tempfile::tempdir().unwrap();
    let folder = target.path().join("mail");
    std::fs::write(&folder, "a file in the folder's place").unwrap();
    let gateway = Gateway::start(&format!("{QUICK}folder = \"{}\"", folder.display())).await;
    assert_eq!(gateway.post("rei@leaf.test").await, 200);
    std::fs::remove_file(&folder).unwrap();
    gateway.wait_until_recorded(1).await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    gateway.stop().await;
}
