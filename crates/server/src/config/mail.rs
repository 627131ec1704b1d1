//! `[mail]`: how outgoing mail leaves the house.

use std::path::PathBuf;

use dragoman_dialect::mail::MailLimits;
use serde::{Deserialize, Serialize};

use super::{
    bounds::{DAY, DECADE, HOUR},
    reading::Faults,
};
use crate::mail::hello;

/// `[mail]`
#[derive(Clone, Serialize, Deserialize)]
pub struct MailSettings {
    /// Where mails go.
    pub transport: MailTransport,
    /// `file`: the folder of the `.eml` files.
    pub folder: PathBuf,
    /// `smtp`: the mail server's name.
    pub host: Option<String>,
    /// Its port; none given: 587, 465 or 25, as `security` has it.
    pub port: Option<u16>,
    /// How this gateway introduces itself to it: a qualified name or an address; none given: the machine's name if it is
    /// qualified, else the address it speaks from.
    pub hello: Option<String>,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// PEM file with an authority to trust beside the system's.
    pub ca_certificate: Option<PathBuf>,
    /// Login at the mail server.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// The gateway's own address; each dialect puts its name beside it.
    pub from: Option<String>,
    /// Mails that one address gets within an hour, whatever the dialect (one-domain.md P11); 0: any number.
    pub per_address_hour: u32,
    /// Mails that one address gets within a day.
    pub per_address_day: u32,
    /// Mails that one network may cause within an hour.
    pub per_network_hour: u32,
    /// Mails that one network may cause within a day.
    pub per_network_day: u32,
    /// How long one attempt may take.
    pub timeout_seconds: u64,
    /// How long a request looks at the first attempt, to tell a refused address; sending never holds it up longer.
    pub wait_milliseconds: u64,
    /// Attempts before a mail is given up.
    pub attempts: u16,
    /// Pause after the first failed attempt; it doubles with each further one.
    pub retry_seconds: u64,
    /// Longest pause.
    pub longest_retry_seconds: u64,
    /// How often this replica looks for mails whose time has come.
    pub poll_seconds: u64,
    /// Mails that this replica sends at once.
    pub concurrent: usize,
    /// How long the row of a sent mail stays, without bodies and code.
    pub keep_sent_seconds: u64,
    /// How long a mail that was given up stays.
    pub keep_dead_days: u32,
}

/// Where mails go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Into files, for trying the gateway out.
    File,
    /// To a mail server.
    Smtp,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Begins in the clear and must change to TLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None; for a mail server on the same machine.
    None,
}

impl Default for MailSettings {
    fn default() -> Self {
        let limits = MailLimits::default();
        Self {
            transport: MailTransport::File,
            folder: PathBuf::from("data/mail"),
            host: None,
            port: None,
            hello: None,
            security: MailSecurity::StartTls,
            ca_certificate: None,
            username: None,
            password: None,
            from: None,
            per_address_hour: limits.address_hour,
            per_address_day: limits.address_day,
            per_network_hour: limits.network_hour,
            per_network_day: limits.network_day,
            timeout_seconds: 20,
            wait_milliseconds: 2_000,
            attempts: 6,
            retry_seconds: 10,
            longest_retry_seconds: 600,
            poll_seconds: 5,
            concurrent: 8,
            keep_sent_seconds: 3_600,
            keep_dead_days: 14,
        }
    }
}

impl MailSettings {
    /// As a mailer takes them.
    pub fn limits(&self) -> MailLimits {
        MailLimits {
            address_hour: self.per_address_hour,
            address_day: self.per_address_day,
            network_hour: self.per_network_hour,
            network_day: self.per_network_day,
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("timeout_seconds", self.timeout_seconds, 1..=HOUR);
        faults.bound("wait_milliseconds", self.wait_milliseconds, 0..=60_000);
        faults.bound("attempts", self.attempts, 1..=1_000);
        faults.bound("retry_seconds", self.retry_seconds, 0..=DAY);
        faults.bound("longest_retry_seconds", self.longest_retry_seconds, 0..=7 * DAY);
        faults.bound("poll_seconds", self.poll_seconds, 1..=HOUR);
        faults.bound("concurrent", self.concurrent, 1..=100);
        faults.bound("keep_sent_seconds", self.keep_sent_seconds, 0..=DECADE);
        faults.bound("keep_dead_days", self.keep_dead_days, 0..=3_652);
        faults.bound("port", self.port.unwrap_or(1), 1..=u16::MAX);
        if self.hello.as_deref().is_some_and(|name| hello(name).is_none()) {
            faults.add(
                "hello",
                "must be a qualified name such as `gateway.example.org`, or an address such as `192.0.2.1`",
            );
        }
        if self.username.is_some() != self.password.is_some() {
            faults.add("username", "and `password` must be given together");
        }
        if self.from.as_deref().is_some_and(|from| from.parse::<lettre::Address>().is_err()) {
            faults.add("from", "must be an address such as `no-reply@example.org`, without a name");
        }
        if self.transport == MailTransport::Smtp {
            if self.host.as_deref().is_none_or(str::is_empty) {
                faults.add("host", "must be given with `transport = \"smtp\"`");
            }
            if self.from.is_none() {
                faults.add("from", "must be given with `transport = \"smtp\"`");
            }
        }
    }
}
