//! What arrives, and what a request learns of it.

use std::time::{Duration, Instant};

use mailparse::{MailHeaderMap, ParsedMail, parse_mail};
use serde_json::json;

use crate::gateway::{Gateway, mail, settings, smtp};
use crate::smtp_server::SmtpServer;

#[tokio::test]
async fn a_mail_arrives_whole() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    let text = "尊敬的用户：\n您的验证码是 123456，五分钟内有效 🀄\n.\n..two dots\n";
    let html = format!("<p>尊敬的用户：</p><b style=\"color:red\">123456</b><!-- {} -->", "长".repeat(2_000));
    let letter = json!({"to": "rei+1@leaf.test", "subject": "验证码", "text": text, "html": html, "code": "123456"});
    assert_eq!(gateway.post_letter(&letter).await, 200);
    let [received] = &server.wait_for(1).await[..] else { panic!("one message") };
    assert_eq!((&*received.from, &*received.to), ("gate@leaf.test", "rei+1@leaf.test"));
    assert!(received.data.is_ascii(), "any relay can carry it");

    let mail = parse_mail(&received.data).unwrap();
    let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(header("Subject"), "验证码");
    assert_eq!(header("From"), "网站管理员 <gate@leaf.test>");
    assert_eq!(header("To"), "rei+1@leaf.test");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("MIME-Version"), "1.0");
    assert!(header("Message-ID").ends_with("@leaf.test>"));
    let now = gateway.accounts().clock().now().seconds();
    assert!((now - mailparse::dateparse(&header("Date")).unwrap()).abs() < 60);

    assert_eq!(mail.ctype.mimetype, "multipart/alternative");
    let kinds: Vec<_> = mail.subparts.iter().map(|part| (&*part.ctype.mimetype, &*part.ctype.charset)).collect();
    assert_eq!(kinds, [("text/plain", "utf-8"), ("text/html", "utf-8")]);
    let body = |part: &ParsedMail| part.get_body().unwrap().replace("\r\n", "\n");
    assert_eq!(body(&mail.subparts[0]).trim_end(), text.trim_end());
    assert_eq!(body(&mail.subparts[1]).trim_end(), html);
    gateway.wait_until_recorded(1).await;
    gateway.stop().await;
}

#[tokio::test]
async fn a_mail_without_html_is_plain_text() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    assert_eq!(gateway.post("asuka@leaf.test").await, 200);
    let received = server.wait_for(1).await;
    let mail = parse_mail(&received[0].data).unwrap();
    assert_eq!((&*mail.ctype.mimetype, mail.subparts.len()), ("text/plain", 0));
    assert_eq!(mail.get_body().unwrap().trim_end(), "您的验证码是 123456");
    gateway.stop().await;
}

#[tokio::test]
async fn a_refused_address_is_told_and_nothing_of_it_stays() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    assert_eq!(gateway.post("nobody@leaf.test").await, 409);
    assert_eq!(server.tries("nobody@leaf.test"), 1);
    assert!(gateway.accounts().dead_mails(10).await.unwrap().is_empty());
    assert_eq!(gateway.post("somebody@leaf.test").await, 200);
    server.wait_for(1).await;
    gateway.stop().await;
}

#[tokio::test]
async fn what_is_no_address_never_reaches_the_server() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    let injection = "a@leaf.test\r\nRCPT TO:<b@leaf.test>";
    // The last one passes the first look, but needs an extension that the server lacks.
    for address in ["", "a", "a@b@c", "a b@leaf.test", injection, "<a@leaf.test>", "中文@leaf.test"] {
        assert_eq!(gateway.post(address).await, 409, "{address:?}");
    }
    let broken = json!({"to": "a@leaf.test", "subject": "x\r\nBcc: b@leaf.test", "text": ""});
    assert_eq!(gateway.post_letter(&broken).await, 409);
    assert!(server.received().is_empty());
    assert!(gateway.accounts().dead_mails(10).await.unwrap().is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn a_slow_mail_server_does_not_hold_a_request_up() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&format!("{}wait_milliseconds = 300", smtp(server.address))).await;
    let begun = Instant::now();
    assert_eq!(gateway.post("slow@leaf.test").await, 200);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_millis(300) && waited < Duration::from_millis(1_500), "{waited:?}");
    assert!(server.received().is_empty());
    server.wait_for(1).await;
    gateway.wait_until_recorded(1).await;
    assert_eq!(server.received().len(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn more_mails_than_can_be_sent_at_once_all_arrive_once() {
    let server = SmtpServer::start().await;
    let mail = format!("{}wait_milliseconds = 0\nconcurrent = 2\n", smtp(server.address));
    let gateway = Gateway::start(&mail).await;
    // The first ones occupy both places for two seconds: most of the others are only queued.
    let mails = (0..20).map(|number| {
        let address = if number < 2 { format!("slow-{number}@leaf.test") } else { format!("{number}@leaf.test") };
        let gateway = &gateway;
        async move { assert_eq!(gateway.post(&address).await, 200) }
    });
    futures_util::future::join_all(mails).await;
    server.wait_for(20).await;
    gateway.wait_until_recorded(20).await;
    let mut recipients: Vec<_> = server.received().into_iter().map(|received| received.to).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!((recipients.len(), server.received().len()), (20, 20));
    gateway.stop().await;
}

#[tokio::test]
async fn a_server_that_does_not_say_goodbye_gets_no_second_copy() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&format!("{}timeout_seconds = 4", smtp(server.address))).await;
    assert_eq!(gateway.post("long-goodbye@leaf.test").await, 200);
    gateway.wait_until_recorded(1).await;
    assert_eq!(server.received().len(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn mails_another_process_queued_are_sent() {
    let server = SmtpServer::start().await;
    let gateway = Gateway::start(&smtp(server.address)).await;
    gateway.accounts().queue_mail(mail("a@leaf.test")).await.unwrap();
    let received = server.wait_for(1).await;
    let parsed = parse_mail(&received[0].data).unwrap();
    assert_eq!(parsed.headers.get_first_value("From").unwrap(), "gate@leaf.test");
    gateway.stop().await;
}

#[test]
fn settings_that_cannot_work_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let smtp = "transport = \"smtp\"\nhost = \"mail\"\nfrom = \"a@leaf.test\"\n";
    assert!(settings(&folder, None, smtp).is_ok());
    for (mail, told) in [
        ("transport = \"smtp\"", "`mail.host` must be given"),
        ("transport = \"smtp\"\nhost = \"mail\"", "`mail.from` must be given"),
        ("transport = \"pigeon\"", "mail.transport"),
        ("from = \"网站管理员 <a@leaf.test>\"", "`mail.from` must be an address"),
        ("username = \"u\"", "`mail.username` and `password` must be given together"),
        ("attempts = 0", "`mail.attempts` must be between 1 and 1000"),
        ("concurrent = 0", "`mail.concurrent` must be between 1 and 100"),
        ("hosst = \"x\"", "did you mean `mail.host`"),
    ] {
        let problems = settings(&folder, None, mail).err().expect(mail);
        assert!(problems.contains(told), "{mail}: {problems}");
    }
    let problems = settings(&folder, None, "password = [\"hunter2\"]").err().unwrap();
    assert!(!problems.contains("hunter2"), "{problems}");
}
