//! Outgoing mail: the mailer dialects are given, and the sender that works the shared queue off.
//!
//! `message.rs`, `recipient.rs` a queued mail as MIME · `transport.rs`, `smtp.rs` where it goes, `hello.rs` who we say we are
//! there, `refusal.rs` whom it refused · `sender.rs` when, how often, and what then.

mod hello;
mod message;
mod recipient;
mod refusal;
mod sender;
mod smtp;
mod transport;
mod undelivered;

use std::sync::Arc;
use std::time::Duration;

use dragoman_accounts::Accounts;
use dragoman_dialect::mail::Mailer;

use crate::{config::MailSettings, testing_api::Mailbox};
pub(crate) use hello::hello;
use message::Envelope;
use sender::{Sender, Sending};
use transport::Transport;

/// The mail system of one process.
pub(crate) struct MailRoom {
    /// What dialects send with.
    pub mailer: Mailer,
    sender: Sender,
}

/// The running sender of one process.
pub(crate) struct RunningMail(Sending);

/// Says what [`MailRoom::open`] would refuse.
pub(crate) fn check(settings: &MailSettings) -> Result<(), String> {
    Envelope::from(settings.from.as_deref())?;
    Transport::open(settings).map(drop)
}

/// How long a testing server waits for an attempt: a mail is listed before the answer that caused it goes out (fixtures.md
/// section 2), however busy the machine.
const TESTING_WAIT: Duration = Duration::from_secs(60);
/// What a claim is longer than two attempts: room for slow databases and clocks that differ.
const CLAIM_SLACK: Duration = Duration::from_secs(30);

impl MailRoom {
    /// Reads certificates and makes the folder; connects to nothing. With a `mailbox` (a testing server) every mail goes
    /// there. The error is a sentence for the operator.
    pub fn open(settings: &MailSettings, accounts: &Accounts, mailbox: Option<Arc<Mailbox>>) -> Result<Self, String> {
        let timeout = Duration::from_secs(settings.timeout_seconds);
        let (wait, transport) = match mailbox {
            Some(mailbox) => (TESTING_WAIT, Transport::Mailbox(mailbox)),
            None => (Duration::from_millis(settings.wait_milliseconds), Transport::open(settings)?),
        };
        // One attempt in front of it at most: as many may wait as are sent at once.
        let claim = timeout * 2 + CLAIM_SLACK;
        let (mailer, posted) = Mailer::new(accounts.clone(), settings.limits(), wait, claim, settings.concurrent);
        let envelope = Envelope::from(settings.from.as_deref())?;
        let sender = Sender::new(accounts.clone(), settings, (envelope, transport), posted, claim);
        Ok(Self { mailer, sender })
    }

    /// Begins to send.
    pub fn start(self) -> RunningMail {
        RunningMail(self.sender.start())
    }
}

impl RunningMail {
    /// Claims nothing more and lets the attempts under way finish, for the length of one attempt at most. What is not sent
    /// then is in the queue.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}
