//! A queued mail as a MIME message.

use std::time::{Duration, UNIX_EPOCH};

use dragoman_accounts::ClaimedMail;
use lettre::{
    Address, Message, address,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use super::recipient::recipient;

/// What all mails of this gateway have alike.
pub(super) struct Envelope {
    from: Address,
}

/// The address of a gateway that has none: its mails stay in files.
const NOBODY: &str = "dragoman@localhost";
/// The last second that a date header can show: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

impl Envelope {
    /// With the gateway's own address.
    pub fn from(address: Option<&str>) -> Result<Self, String> {
        let address = address.unwrap_or(NOBODY);
        let from = address.parse().map_err(|error| format!("[mail] from: {address}: {error}"))?;
        Ok(Self { from })
    }

    /// The message; the same bytes but for the boundary in every attempt, with the mail's id as its Message-ID, so that a
    /// receiver can drop what it got twice. The error says why this mail can never be sent.
    pub fn message(&self, claimed: &ClaimedMail) -> Result<Message, String> {
        let mail = &claimed.mail;
        let to = recipient(&mail.recipient)?;
        let sender_name = Some(mail.sender_name.clone()).filter(|name| !name.is_empty());
        let seconds = claimed.created_at.seconds().clamp(0, LAST_SECOND).unsigned_abs();
        // Told, or the builder would read its own header with a grammar that is narrower than the dialects'.
        let envelope = address::Envelope::new(Some(self.from.clone()), vec![to.clone()]);
        let message = Message::builder()
            .envelope(envelope.map_err(|error| error.to_string())?)
            .from(Mailbox::new(sender_name, self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<{}@{}>", claimed.id, self.from.domain())))
            // RFC 3834: no absence note answers a code.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let message = match &mail.html {
            Some(html) => message.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
            None => message.singlepart(SinglePart::plain(mail.text.clone())),
        };
        message.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use dragoman_accounts::{OutgoingMail, clock::Timestamp};

    use super::*;

    fn claimed(recipient: &str, created_at: Timestamp) -> ClaimedMail {
        let mail = OutgoingMail {
            recipient: recipient.to_owned(),
            sender_name: String::new(),
            subject: "s".to_owned(),
            text: "t".to_owned(),
            html: None,
            code: None,
        };
        ClaimedMail { id: "abc".to_owned(), attempt: 1, created_at, mail }
    }

    #[test]
    fn any_date_a_testing_clock_can_show_is_written() {
        let envelope = Envelope::from(None).unwrap();
        for (instant, year) in [(i64::MIN, "1970"), (i64::MAX, "9999"), (1_700_000_000_000, "2023")] {
            let message = envelope.message(&claimed("a@leaf.test", Timestamp::from_millis(instant))).unwrap();
            let text = String::from_utf8(message.formatted()).unwrap();
            let date = text.lines().find(|line| line.starts_with("Date: ")).unwrap();
            assert!(date.contains(year), "{date}");
            assert!(text.contains("Message-ID: <abc@localhost>\r\n"), "{text}");
        }
    }

    /// Everything frp 8 and v1 2 call well-formed and [`dragoman_dialect::mail::is_address`] lets through, against the
    /// real builder: it is written, to that address, in the head and in the envelope.
    #[test]
    fn every_address_a_dialect_accepts_can_be_mailed() {
        let envelope = Envelope::from(Some("gate@leaf.test")).unwrap();
        let long = format!("{}@example.com", "a".repeat(243));
        let label = format!("a@b.{}", "c".repeat(48));
        let accepted = [
            "a@b.cc",
            "A.b-c_d+1@sub.example.com",
            "1@2-3.x-",
            "a@-b-.cc",
            &label,
            &long,
            "a..b@carrier.example",
            "someone.@carrier.example",
            ".@b.cc",
            "...@b.cc",
            "-@b.cc",
            "_@_._",
            "a@b-c.d..e",
            "é1@b.cn",
            "a+b@x.com",
            "a@b_c.dd",
            "user@my-host.cn",
            "o'neil@x.test",
            "a!#$%&*/=?^`{|}~@x.test",
            "a@b",
            "a@1.2.3.4",
            "中文@例子.中国",
        ];
        for address in accepted {
            let message = envelope.message(&claimed(address, Timestamp::from_millis(0)));
            let message = message.unwrap_or_else(|reason| panic!("{address}: {reason}"));
            let [to] = message.envelope().to() else { panic!("{address}: one recipient") };
            let unquoted = to.user().trim_matches('"');
            assert_eq!(unquoted, address.split_once('@').unwrap().0);
            let parsed = message.formatted();
            let head = mailparse::parse_headers(&parsed).unwrap().0;
            let header = head.iter().find(|header| header.get_key() == "To").unwrap().get_value();
            assert_eq!(header, to.to_string(), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        let envelope = Envelope::from(None).unwrap();
        for address in ["", "a", "a@", "a b@leaf.test", "a@leaf.test\r\nBcc: b@leaf.test"] {
            assert!(envelope.message(&claimed(address, Timestamp::from_millis(0))).is_err(), "{address:?}");
        }
    }
}
