//! One SMTP conversation a mail.

use std::time::Duration;

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::timeout;

use super::undelivered::Undelivered;
use crate::config::{MailSecurity, MailSettings};

/// A mail server and how to speak to it.
pub(super) struct MailServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
}

enum Security {
    StartTls(TlsParameters),
    Tls(TlsParameters),
    None,
}

/// How long the farewell may take; the message has been accepted by then.
const FAREWELL: Duration = Duration::from_secs(2);

impl MailServer {
    /// Reads the certificates; connects to nothing.
    pub fn open(settings: &MailSettings) -> Result<Self, String> {
        let host = settings.host.clone().unwrap_or_default();
        let security = match settings.security {
            MailSecurity::StartTls => Security::StartTls(tls(settings, &host)?),
            MailSecurity::Tls => Security::Tls(tls(settings, &host)?),
            MailSecurity::None => Security::None,
        };
        let default_port = match settings.security {
            MailSecurity::StartTls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        };
        let credentials = settings.username.clone().zip(settings.password.clone());
        if credentials.is_some() && settings.security == MailSecurity::None {
            tracing::warn!("[mail] security = \"none\": the mail server's password travels in the clear");
        }
        Ok(Self {
            host,
            port: settings.port.unwrap_or(default_port),
            security,
            credentials: credentials.map(|(username, password)| Credentials::new(username, password)),
            hello: ClientId::default(),
            timeout: Duration::from_secs(settings.timeout_seconds),
        })
    }

    /// Sends one message over a connection of its own. Only what the server says about the message itself can refuse it for
    /// good: a wrong password of ours, or a server without TLS, is mended by the operator while the mails wait.
    pub async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let conversation = async {
            let mut connection = self.connect().await.map_err(|error| Undelivered::Failed(words(&error)))?;
            connection.send(message.envelope(), &message.formatted()).await.map_err(|error| undelivered(&error))?;
            Ok(connection)
        };
        let Ok(accepted) = timeout(self.timeout, conversation).await else {
            return Err(Undelivered::Failed(format!("no answer within {} seconds", self.timeout.as_secs())));
        };
        // A server that is slow to say good-bye has the message all the same: it must not be sent again.
        let _ = timeout(FAREWELL, accepted?.quit()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let at_once = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::StartTls(_) | Security::None => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout), &self.hello, at_once, None).await?;
        if let Security::StartTls(parameters) = &self.security {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }
}

fn tls(settings: &MailSettings, host: &str) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = &settings.ca_certificate {
        let failed = |reason: String| format!("[mail] ca_certificate: {}: {reason}", path.display());
        let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| failed(error.to_string()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build_rustls().map_err(|error| format!("[mail] TLS: {error}"))
}

/// A permanent reply, or an address that this server's extensions cannot carry, will not change by itself.
fn undelivered(error: &Error) -> Undelivered {
    if error.is_permanent() || error.is_client() {
        Undelivered::Refused(words(error))
    } else {
        Undelivered::Failed(words(error))
    }
}

/// The error with its causes: the outermost alone says only "connection error".
fn words(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = inner.source();
    }
    words
}
