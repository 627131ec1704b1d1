//! Servers with one dialect, which sends what it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use dragoman_accounts::{Accounts, Origin, OutgoingMail};
use dragoman_dialect::{
    Dialect, DialectKind, MountContext, Registered, Testing,
    mail::{MailError, Mailer},
};
use dragoman_server::{
    config::{ConfigFile, Settings, Sources, load},
    process::{RunningServer, StartOptions, start},
};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::exchange::send;

const REGISTRY: &[Registered] = &[Registered::of::<Post>()];

struct Post;

#[derive(Default, Serialize, Deserialize)]
struct PostSettings {}

struct Mounted(Mailer);

impl DialectKind for Post {
    const NAME: &'static str = "post";
    const NAMESPACES: &'static [&'static str] = &["/"];
    const CASE_BLIND: bool = false;
    type Settings = PostSettings;

    fn mount(_: PostSettings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        Ok(Arc::new(Mounted(context.mailer)))
    }
}

#[derive(Deserialize)]
struct Letter {
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
    code: Option<String>,
}

impl Dialect for Mounted {
    fn configure(&self, config: &mut web::ServiceConfig) {
        let mailer = self.0.clone();
        config.route(
            "/send",
            web::post().to(move |body: web::Bytes| {
                let mailer = mailer.clone();
                async move {
                    let letter: Letter = serde_json::from_slice(&body).unwrap();
                    let mail = OutgoingMail {
                        recipient: letter.to,
                        sender_name: "网站管理员".to_owned(),
                        subject: letter.subject,
                        text: letter.text,
                        html: letter.html,
                        code: letter.code,
                    };
                    let admitted = match mailer.admit(&mail.recipient, &Origin::default(), Duration::ZERO).await {
                        Ok(admitted) => admitted,
                        Err(MailError::TooMany) => return HttpResponse::TooManyRequests().finish(),
                        Err(_) => return HttpResponse::Conflict().finish(),
                    };
                    match mailer.send(admitted, mail).await {
                        Ok(()) => HttpResponse::Ok().finish(),
                        Err(MailError::Refused | MailError::TooMany) => HttpResponse::Conflict().finish(),
                        Err(MailError::Accounts(error)) => HttpResponse::InternalServerError().body(error.to_string()),
                    }
                }
            }),
        );
    }

    fn testing(&self) -> &dyn Testing {
        self
    }
}

impl Testing for Mounted {
    fn reset_settings(&self, _: &Map<String, Value>) -> Result<(), String> {
        Ok(())
    }

    fn seed<'a>(&'a self, _: &'a [Value], _: &'a Map<String, Value>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}

/// A mail that no dialect posted.
pub fn mail(recipient: &str) -> OutgoingMail {
    OutgoingMail {
        recipient: recipient.to_owned(),
        sender_name: String::new(),
        subject: "验证码".to_owned(),
        text: "您的验证码是 123456".to_owned(),
        html: None,
        code: Some("123456".to_owned()),
    }
}

/// A server on a database that outlives it.
pub struct Gateway {
    pub running: RunningServer,
    pub folder: Arc<tempfile::TempDir>,
}

/// Quick, so that a test need not wait: a second between two looks, a second after the first failure.
pub const QUICK: &str = "poll_seconds = 1\nretry_seconds = 1\n";

/// `[mail]` for a mail server in the clear.
pub fn smtp(address: SocketAddr) -> String {
    format!(
        "{QUICK}transport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"gate@leaf.test\"\n",
        address.port()
    )
}

pub fn settings(folder: &tempfile::TempDir, database: Option<&str>, mail: &str) -> Result<Settings, String> {
    let path = folder.path().join("dragoman.toml");
    std::fs::write(&path, format!("[mail]\nper_address_hour = 0\nper_address_day = 0\n{mail}")).unwrap();
    let own = format!("sqlite://{}", folder.path().join("accounts.db").display());
    let sources = Sources {
        file: ConfigFile::Required(path),
        environment: Vec::new(),
        command_line: vec![
            ("--listen", "server.listen", "127.0.0.1:0".to_owned()),
            ("--database", "database.url", database.unwrap_or(&own).to_owned()),
        ],
    };
    load(&sources, REGISTRY).map(|loaded| loaded.settings).map_err(|problems| problems.to_string())
}

impl Gateway {
    pub async fn start(mail: &str) -> Self {
        Self::start_on(None, mail).await
    }

    /// One more replica when the database is shared.
    pub async fn start_on(database: Option<&str>, mail: &str) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), database, mail).await
    }

    pub async fn start_in(folder: Arc<tempfile::TempDir>, database: Option<&str>, mail: &str) -> Self {
        let settings = settings(&folder, database, mail).unwrap();
        let options = StartOptions { shares_file: true, ..StartOptions::default() };
        Self { running: start(&settings, &options).await.unwrap(), folder }
    }

    pub async fn start_testing() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let settings = settings(&folder, None, "").unwrap();
        let options = StartOptions { testing: true, own_database: false, ..StartOptions::default() };
        Self { running: start(&settings, &options).await.unwrap(), folder }
    }

    pub fn accounts(&self) -> &Accounts {
        self.running.accounts()
    }

    /// Posts a mail with a code; gives the status: 200 taken, 409 refused.
    pub async fn post(&self, to: &str) -> u16 {
        self.post_letter(&json!({"to": to, "subject": "验证码", "text": "您的验证码是 123456", "code": "123456"})).await
    }

    pub async fn post_letter(&self, letter: &Value) -> u16 {
        send(self.running.address(), "POST", "/post/send", "localhost", &letter.to_string()).await.0
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }

    /// Waits until the queue says of so many mails that they were sent.
    pub async fn wait_until_recorded(&self, mut count: usize) {
        for _ in 0..400 {
            let (now, long_ago) = (self.accounts().clock().now(), dragoman_accounts::clock::Timestamp::from_millis(0));
            // Purging is how the row of a sent mail can be counted from outside.
            count = count.saturating_sub(self.accounts().purge_mails(now, long_ago).await.unwrap());
            if count == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} mails were not recorded as sent");
    }
}
