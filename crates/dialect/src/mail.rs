//! How a dialect sends mail: into the queue all replicas share, with a short look at what becomes of the first attempt.

use std::time::Duration;

use dragoman_accounts::{AccountError, Accounts, Allowance, ClaimedMail, Origin, address};
use tokio::sync::{mpsc, oneshot};

pub use dragoman_accounts::OutgoingMail;

/// Why a mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The mail system will never deliver it (v1 endpoint 4: 9010, frp section 8 row 4), or nobody could: the address is
    /// none. Nothing of it is left in the queue.
    #[error("the mail was refused")]
    Refused,
    /// Enough mails have gone to the address, or were caused by the network (one-domain.md P11).
    #[error("too many mails")]
    TooMany,
    /// It could not be queued.
    #[error(transparent)]
    Accounts(AccountError),
}

/// What became of a mail's first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstAttempt {
    /// The mail system has it.
    Sent,
    /// It will be tried again.
    Postponed,
    /// It is dead.
    Refused,
}

/// A mail on its way to this process's sender, already claimed for it: no other replica tries it before the claim is over.
pub struct Posted {
    /// The mail.
    pub mail: ClaimedMail,
    /// Where its sender may still be waiting.
    pub report: oneshot::Sender<FirstAttempt>,
}

/// How many mails an address gets and a network may cause, over all dialects; 0: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimits {
    /// To one address within an hour.
    pub address_hour: u32,
    /// To one address within a day.
    pub address_day: u32,
    /// Caused by one network within an hour.
    pub network_hour: u32,
    /// Caused by one network within a day.
    pub network_day: u32,
}

impl Default for MailLimits {
    fn default() -> Self {
        Self { address_hour: 5, address_day: 10, network_hour: 60, network_day: 300 }
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mail that may be sent: it has been counted.
pub struct Admitted {
    recipient: String,
    /// Given back if the mail is refused, so that the next try need not wait.
    wait: Option<Allowance>,
}

/// Sends mail for a mount.
#[derive(Clone)]
pub struct Mailer {
    accounts: Accounts,
    limits: MailLimits,
    posted: mpsc::Sender<Posted>,
    wait: Duration,
    claim: Duration,
}

/// Longest address that a dialect takes for one (frp 8). SMTP carries one byte less (RFC 5321, 4.5.3.1.3).
const ADDRESS_BYTES: usize = 255;
/// Longest subject or sender's name.
const HEADER_BYTES: usize = 512;

impl Mailer {
    /// A mailer, and where its mails come out. `wait` bounds how long [`Mailer::send`] looks at the first attempt, `claim`
    /// must outlive one; while `waiting` mails are posted, further ones only go into the queue.
    pub fn new(
        accounts: Accounts,
        limits: MailLimits,
        wait: Duration,
        claim: Duration,
        waiting: usize,
    ) -> (Self, mpsc::Receiver<Posted>) {
        let (posted, receiver) = mpsc::channel(waiting.max(1));
        (Self { accounts, limits, posted, wait, claim }, receiver)
    }

    /// Counts a mail that a client asks for. `wait`: how long no other goes to the address; each dialect has its own.
    ///
    /// # Errors
    /// `Refused` if nobody could deliver it, `TooMany`; nothing is counted then.
    pub async fn admit(&self, recipient: &str, origin: &Origin, wait: Duration) -> Result<Admitted, MailError> {
        if !is_address(recipient) {
            return Err(MailError::Refused);
        }
        let handle = address::compared(recipient);
        let to_address =
            |purpose, limit: u32, window| Allowance { purpose, handle: handle.clone(), limit: limit.into(), window };
        let wait = (!wait.is_zero()).then(|| to_address("mails to an address", 1, wait));
        let MailLimits { address_hour, address_day, network_hour, network_day } = self.limits;
        let mut allowances = Allowance::of_network("mails of a network in an hour", origin, network_hour.into(), HOUR);
        allowances.extend(Allowance::of_network("mails of a network in a day", origin, network_day.into(), DAY));
        allowances.push(to_address("mails to an address in an hour", address_hour, HOUR));
        allowances.push(to_address("mails to an address in a day", address_day, DAY));
        allowances.retain(|allowance| allowance.limit > 0);
        allowances.extend(wait.clone());
        match self.accounts.use_shared_allowances(&allowances).await {
            Ok(true) => Ok(Admitted { recipient: recipient.to_owned(), wait }),
            Ok(false) => Err(MailError::TooMany),
            Err(error) => Err(MailError::Accounts(error)),
        }
    }

    /// Queues a mail, then waits shortly for its first attempt. `Ok`: it has been sent, or will be tried until it is sent or
    /// visibly dead, whatever happens to this process. A refusal within that time takes it back.
    ///
    /// The code in the mail may be issued before: withdraw it if this fails.
    ///
    /// # Errors
    /// See [`MailError`].
    pub async fn send(&self, admitted: Admitted, mail: OutgoingMail) -> Result<(), MailError> {
        let Admitted { recipient, wait } = admitted;
        let sent = self.post(OutgoingMail { recipient, ..mail }).await;
        if let (Err(_), Some(wait)) = (&sent, wait) {
            self.accounts.return_shared_allowance(&wait).await.map_err(MailError::Accounts)?;
        }
        sent
    }

    async fn post(&self, mail: OutgoingMail) -> Result<(), MailError> {
        if !is_mailable(&mail) {
            return Err(MailError::Refused);
        }
        let Ok(place) = self.posted.try_reserve() else {
            // The mail system is slower than we are: whichever replica is free first will send it.
            return self.accounts.queue_mail(mail).await.map(drop).map_err(MailError::Accounts);
        };
        let mail = self.accounts.queue_claimed_mail(mail, self.claim).await.map_err(MailError::Accounts)?;
        let (id, (report, first_attempt)) = (mail.id.clone(), oneshot::channel());
        place.send(Posted { mail, report });
        match tokio::time::timeout(self.wait, first_attempt).await {
            Ok(Ok(FirstAttempt::Refused)) => {
                self.accounts.withdraw_dead_mail(&id).await.map_err(MailError::Accounts)?;
                Err(MailError::Refused)
            }
            // Sent, postponed, still under way, or the process is ending.
            _ => Ok(()),
        }
    }
}

/// Whether the heads can stand in a mail at all: no line break that would begin a header of the client's making, no second
/// recipient, nothing endless. Whether the address is one, the sender decides when it writes the mail.
fn is_mailable(mail: &OutgoingMail) -> bool {
    let is_line = |text: &str| text.len() <= HEADER_BYTES && !text.chars().any(char::is_control);
    is_address(&mail.recipient) && is_line(&mail.subject) && is_line(&mail.sender_name)
}

/// Whether a text can be one recipient: with one `@` between two parts, and nothing that a header gives a meaning to.
pub fn is_address(text: &str) -> bool {
    let is_plain = |letter: char| !letter.is_control() && !letter.is_whitespace() && !"<>()[],;:\\\"".contains(letter);
    let has_two_parts = text
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    text.len() <= ADDRESS_BYTES && has_two_parts && text.chars().all(is_plain) && address::is_acceptable(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(recipient: &str) -> OutgoingMail {
        OutgoingMail {
            recipient: recipient.to_owned(),
            sender_name: "网站管理员".to_owned(),
            subject: "验证码".to_owned(),
            text: "1\r\n2".to_owned(),
            html: None,
            code: None,
        }
    }

    #[test]
    fn an_address_is_one_address_and_nothing_else() {
        for address in ["a@b", "first.last+tag@leaf.test", "中文@例子.中国", "o'neil@x.test"] {
            assert!(is_mailable(&to(address)), "{address}");
        }
        let long = format!("{}@leaf.test", "a".repeat(300));
        let injections = [
            "a@b\r\nBcc: c@d",
            "a@b\nX: y",
            "a@b\0",
            "a@b,c@d",
            "a@b;c",
            "<a@b>",
            "x a@b",
            "a@b\u{2028}c",
            "a\u{200b}@b.c",
            "\u{202e}a@b.c",
            "a@xn--zz--zz.c",
        ];
        for address in ["", "a", "@", "a@", "@b", "a@b@c", "a\u{a0}@b", &long].iter().chain(&injections) {
            assert!(!is_mailable(&to(address)), "{address:?}");
        }
    }

    #[test]
    fn heads_have_no_line_breaks_and_an_end() {
        for text in ["a\nb", "a\rb", "a\0", "\u{85}", &"a".repeat(513)] {
            assert!(!is_mailable(&OutgoingMail { subject: text.to_owned(), ..to("a@b") }), "{text:?}");
            assert!(!is_mailable(&OutgoingMail { sender_name: text.to_owned(), ..to("a@b") }), "{text:?}");
        }
    }
}
