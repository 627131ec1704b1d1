//! The mail system of a testing server: what is sent stays here to be looked at.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// One mail as `GET /_testing/mail` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Its recipient.
    pub to: String,
    /// Its subject line.
    pub subject: String,
    /// Its body.
    pub text: String,
    /// The code in it.
    pub code: String,
}

/// Mails sent, addresses refused.
#[derive(Default)]
pub struct Mailbox(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    mails: VecDeque<Mail>,
    refused: HashSet<String>,
}

/// Mails kept; older ones go.
const CAPACITY: usize = 10_000;

impl Mailbox {
    /// Takes a mail; `false`: its address is refused.
    pub fn deliver(&self, mail: Mail) -> bool {
        let mut contents = self.contents();
        if contents.refused.contains(&mail.to) {
            return false;
        }
        contents.mails.truncate(CAPACITY - 1);
        contents.mails.push_front(mail);
        true
    }

    pub(super) fn refuse(&self, addresses: Vec<String>) {
        self.contents().refused.extend(addresses);
    }

    /// Newest first. frp binds its codes to an address whatever its letter case, so a fixture may ask in another.
    pub(super) fn to(&self, address: &str) -> Vec<Mail> {
        self.contents().mails.iter().filter(|mail| mail.to.eq_ignore_ascii_case(address)).cloned().collect()
    }

    pub(super) fn clear(&self) {
        *self.contents() = Contents::default();
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
