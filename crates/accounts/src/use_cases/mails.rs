//! Outgoing mail: queued by a dialect, claimed by one replica for a bounded time, sent or dead.
//!
//! A claim outlives the longest attempt; one whose process died runs out, and the mail is tried again. So a mail is sent at
//! least once, and twice only if a process dies between the mail system's acceptance and [`Accounts::mail_sent`] (or the
//! replicas' clocks differ by more than a claim is longer than an attempt).

use std::time::Duration;

use crate::{
    AccountError, AccountNumber, Accounts, Origin,
    account::{BODY_BYTES, IDENTITY_BYTES, is_storable},
    clock::Timestamp,
    queries::{
        audit::{self, AuditEntry},
        audit_records,
        mails::{self, MailRow},
    },
};

/// A mail to send.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// One address.
    pub recipient: String,
    /// The display name beside the gateway's own address.
    pub sender_name: String,
    /// The subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// The code in it, for the testing API.
    pub code: Option<String>,
}

/// A mail this replica is to send now.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    /// Its id: 32 hex digits, the same in every attempt.
    pub id: String,
    /// The attempt that begins, counted from 1.
    pub attempt: i32,
    /// When it was queued.
    pub created_at: Timestamp,
    /// What to send.
    pub mail: OutgoingMail,
}

/// What happens to a mail whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again from then on.
    RetryAt(Timestamp),
    /// It is given up, and kept for an operator to look at.
    Dead,
}

/// A mail that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadMail {
    /// Its id, for [`Accounts::revive_mail`].
    pub id: String,
    /// Whom it was for.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub died_at: Timestamp,
    /// Why, in the mail system's words.
    pub reason: String,
}

/// Longest reason that is kept, in bytes.
const REASON_BYTES: usize = 1_024;
/// Mails that one purge deletes of a kind at most: the rest goes with the next one.
const PURGE_BATCH: i64 = 1_000;

impl Accounts {
    /// Puts a mail into the queue of all replicas; gives its id. Errors: `NotStorable`.
    pub async fn queue_mail(&self, mail: OutgoingMail) -> Result<String, AccountError> {
        let row = self.mail_row(mail)?;
        let id = row.id.clone();
        self.write(move |connection| Ok(mails::insert(connection, &row)?)).await?;
        Ok(id)
    }

    /// As [`Accounts::queue_mail`], claimed for the caller, who sends it at once. Errors: `NotStorable`.
    pub async fn queue_claimed_mail(&self, mail: OutgoingMail, claim: Duration) -> Result<ClaimedMail, AccountError> {
        let row = self.mail_row(mail)?;
        let until = Timestamp::from_millis(row.created_at).plus(claim);
        let row = MailRow { state: mails::SENDING, attempts: 1, due_at: until.millis(), ..row };
        let claimed = claimed_mail(row.clone());
        self.write(move |connection| Ok(mails::insert(connection, &row)?)).await?;
        Ok(claimed)
    }

    fn mail_row(&self, mail: OutgoingMail) -> Result<MailRow, AccountError> {
        let heads = [&mail.recipient, &mail.sender_name, &mail.subject];
        let bodies = [Some(&mail.text), mail.html.as_ref(), mail.code.as_ref()];
        if !heads.into_iter().all(|text| is_storable(text, IDENTITY_BYTES))
            || !bodies.into_iter().flatten().all(|text| is_storable(text, BODY_BYTES))
        {
            return Err(AccountError::NotStorable);
        }
        let now = self.inner.clock.now().millis();
        Ok(MailRow {
            id: self.inner.randomness.hex(16),
            recipient_key: mails::recipient_key(&mail.recipient),
            recipient: mail.recipient,
            sender_name: mail.sender_name,
            subject: mail.subject,
            text_body: mail.text,
            html_body: mail.html,
            code: mail.code,
            state: mails::QUEUED,
            attempts: 0,
            created_at: now,
            due_at: now,
            last_error: None,
        })
    }

    /// Claims at most `limit` mails whose time has come, for `claim`: no other replica gets them until that is over.
    pub async fn claim_due_mails(&self, limit: usize, claim: Duration) -> Result<Vec<ClaimedMail>, AccountError> {
        let now = self.inner.clock.now();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // Asked outside the write: an idle replica shall not write every few seconds.
        let due = self.read(move |connection| mails::due(connection, now, limit)).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self
            .write(move |connection| {
                let mut claimed = Vec::new();
                for id in &due {
                    claimed.extend(mails::claim(connection, id, now, now.plus(claim))?);
                }
                Ok(claimed)
            })
            .await?;
        Ok(claimed.into_iter().map(claimed_mail).collect())
    }

    /// The mail system has accepted a mail: its bodies and its code are forgotten.
    pub async fn mail_sent(&self, id: &str) -> Result<(), AccountError> {
        let (id, now) = (id.to_owned(), self.inner.clock.now());
        self.write(move |connection| Ok(mails::set_sent(connection, &id, now)?)).await
    }

    /// An attempt failed. Without effect if the claim was over and another replica has taken the mail.
    pub async fn mail_failed(
        &self,
        id: &str,
        attempt: i32,
        reason: &str,
        then: AfterFailure,
    ) -> Result<(), AccountError> {
        let outcome = match then {
            AfterFailure::RetryAt(instant) => (mails::QUEUED, instant),
            AfterFailure::Dead => (mails::DEAD, self.inner.clock.now()),
        };
        let (id, reason) = (id.to_owned(), storable_reason(reason));
        self.write(move |connection| Ok(mails::set_failed(connection, (&id, attempt), outcome, &reason)?)).await
    }

    /// Takes back a mail that died while its sender waited for the outcome; gives whether it was dead.
    pub async fn withdraw_dead_mail(&self, id: &str) -> Result<bool, AccountError> {
        let id = id.to_owned();
        self.write(move |connection| Ok(mails::delete_dead(connection, &id)?)).await
    }

    /// Queues a dead mail again, with all its attempts before it; gives whether there was one (operator).
    pub async fn revive_mail(&self, id: &str, origin: Origin) -> Result<bool, AccountError> {
        let (now, act) = (self.inner.clock.now(), self.act("mail revived", origin, Some(id)));
        let id = id.to_owned();
        self.write(move |connection| {
            let revived = mails::revive(connection, &id, now)?;
            if revived {
                audit_records::append_act(connection, &act)?;
            }
            Ok(revived)
        })
        .await
    }

    /// As [`Accounts::revive_mail`], recorded as an act of this administrator.
    pub async fn revive_mail_as(&self, actor: AccountNumber, id: &str, origin: Origin) -> Result<bool, AccountError> {
        let (id, now) = (id.to_owned(), self.inner.clock.now());
        self.write(move |connection| {
            let revived = mails::revive(connection, &id, now)?;
            if revived {
                let network = origin.network.as_deref();
                let action = "mail sent again";
                let entry =
                    AuditEntry { at: now, account: actor, actor: Some(actor), action, dialect: "console", network };
                audit::append(connection, &entry)?;
            }
            Ok(revived)
        })
        .await
    }

    /// The mails given up last, latest first (operator).
    pub async fn dead_mails(&self, limit: usize) -> Result<Vec<DeadMail>, AccountError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.read(move |connection| mails::dead(connection, limit)).await?;
        Ok(rows.into_iter().map(dead_mail).collect())
    }

    /// Deletes what was sent or given up before these instants; gives how many rows went.
    pub async fn purge_mails(&self, sent_before: Timestamp, dead_before: Timestamp) -> Result<usize, AccountError> {
        let sent =
            self.write(move |connection| Ok(mails::purge(connection, mails::SENT, sent_before, PURGE_BATCH)?)).await?;
        let dead =
            self.write(move |connection| Ok(mails::purge(connection, mails::DEAD, dead_before, PURGE_BATCH)?)).await?;
        Ok(sent + dead)
    }
}

fn claimed_mail(row: MailRow) -> ClaimedMail {
    ClaimedMail {
        id: row.id,
        attempt: row.attempts,
        created_at: Timestamp::from_millis(row.created_at),
        mail: OutgoingMail {
            recipient: row.recipient,
            sender_name: row.sender_name,
            subject: row.subject,
            text: row.text_body,
            html: row.html_body,
            code: row.code,
        },
    }
}

fn dead_mail(row: MailRow) -> DeadMail {
    DeadMail {
        id: row.id,
        recipient: row.recipient,
        subject: row.subject,
        attempts: row.attempts,
        created_at: Timestamp::from_millis(row.created_at),
        died_at: Timestamp::from_millis(row.due_at),
        reason: row.last_error.unwrap_or_default(),
    }
}

/// A remote server's words: bounded, and without what a database or a terminal would stumble over.
fn storable_reason(reason: &str) -> String {
    let mut kept: String = reason.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    kept.truncate(kept.floor_char_boundary(REASON_BYTES));
    kept
}
