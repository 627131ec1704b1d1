//! One SMTP conversation a mail.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::{
    hello::{hello, hello_to},
    refusal::is_of_the_recipient,
    undelivered::Undelivered,
};
use crate::{
    config::{MailSecurity, MailSettings},
    file::read,
};

/// A mail server and how to speak to it.
pub(super) struct MailServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    /// None: it depends on the way to the server.
    hello: Option<ClientId>,
    timeout: Duration,
}

enum Security {
    StartTls(TlsParameters),
    Tls(TlsParameters),
    None,
}

/// How long the farewell may take; the message has been accepted by then.
const FAREWELL: Duration = Duration::from_secs(2);
/// More addresses of one name are not tried in one attempt.
const MOST_ADDRESSES: usize = 8;

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
            hello: settings.hello.as_deref().and_then(hello),
            timeout: Duration::from_secs(settings.timeout_seconds),
        })
    }

    /// Sends one message over a connection of its own. Only what the server says about the recipient or the message itself
    /// can refuse it for good: a wrong password of ours, a sender it does not know, a blocked address, or a server without
    /// TLS is mended by the operator while the mails wait.
    pub async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let conversation = async {
            let mut connection = self.connect().await?;
            match hand_over(&mut connection, message).await {
                Ok(()) => Ok(connection),
                Err(reason) => {
                    let _ = timeout(FAREWELL, connection.abort()).await;
                    Err(reason)
                }
            }
        };
        let Ok(accepted) = timeout(self.timeout, conversation).await else {
            return Err(Undelivered::Failed(format!("no answer within {} seconds", self.timeout.as_secs())));
        };
        // A server that is slow to say good-bye has the message all the same: it must not be sent again.
        let _ = timeout(FAREWELL, accepted?.quit()).await;
        Ok(())
    }

    /// Tries the addresses of the host one after the other. One that does not answer leaves the others their share of the
    /// time.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        let begun = Instant::now();
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|error| Undelivered::Failed(format!("{}: {error}", self.host)))?;
        let addresses: Vec<SocketAddr> = found.take(MOST_ADDRESSES).collect();
        let mut reasons = Vec::new();
        for (index, address) in addresses.iter().enumerate() {
            let left = self.timeout.saturating_sub(begun.elapsed());
            let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
            let reason = match timeout(share, self.connect_to(*address, share)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => words(&error),
                Err(_) => format!("no answer within {} seconds", share.as_secs_f32()),
            };
            reasons.push(format!("{address}: {reason}"));
        }
        if reasons.is_empty() {
            reasons.push(format!("{} has no address", self.host));
        }
        Err(Undelivered::Failed(reasons.join("; ")))
    }

    async fn connect_to(&self, address: SocketAddr, patience: Duration) -> Result<AsyncSmtpConnection, Error> {
        let hello = self.hello.clone().unwrap_or_else(|| hello_to(address));
        let at_once = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::StartTls(_) | Security::None => None,
        };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(patience), &hello, at_once, None).await?;
        if let Security::StartTls(parameters) = &self.security {
            connection.starttls(parameters.clone(), &hello).await?;
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
        let pem = read(path).map_err(|error| failed(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| failed(error.to_string()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build_rustls().map_err(|error| format!("[mail] TLS: {error}"))
}

/// The conversation about one message, command by command, as the reply to each is about somebody else.
async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Undelivered> {
    let (envelope, bytes) = (message.envelope(), message.formatted());
    let of_us = |error: Error| Undelivered::Failed(words(&error));
    let parameters =
        parameters(connection, envelope.to().iter().all(|to| to.to_string().is_ascii()), bytes.is_ascii())?;
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(of_us)?;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), Vec::new())).await.map_err(|error| undelivered(&error))?;
    }
    connection.command(Data).await.map_err(|error| undelivered(&error))?;
    connection.message(&bytes).await.map(drop).map_err(|error| undelivered(&error))
}

/// What the server must be able to do; that it cannot will not change by itself.
fn parameters(
    connection: &AsyncSmtpConnection,
    plain_addresses: bool,
    plain_message: bool,
) -> Result<Vec<MailParameter>, Undelivered> {
    let needed = [
        (plain_addresses, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight),
        (plain_message, Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
    ];
    let needed = needed.into_iter().filter(|(plain, ..)| !plain).map(|(_, extension, parameter)| {
        let known = connection.server_info().supports_feature(extension);
        known.then_some(parameter).ok_or_else(|| Undelivered::Refused(format!("the mail server lacks {extension}")))
    });
    needed.collect()
}

fn undelivered(error: &Error) -> Undelivered {
    let words = words(error);
    if is_of_the_recipient(error, &words) { Undelivered::Refused(words) } else { Undelivered::Failed(words) }
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
