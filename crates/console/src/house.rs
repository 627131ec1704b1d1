//! What the console is told of the server that it stands in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use dragoman_accounts::{Accounts, Admission, NameMatching, Origin, Realm, ThrottlePolicy, clock::Timestamp};
use dragoman_usage::Usage;
use tokio::sync::Mutex;

use crate::{Metrics, Warning};

/// The server around the console.
pub struct House {
    /// Its accounts.
    pub accounts: Accounts,
    /// Its measurements.
    pub metrics: Arc<Metrics>,
    /// What whoever reads the metrics must show; without it they must be on this machine.
    pub metrics_token: Option<String>,
    /// What is mounted where.
    pub mounts: Vec<MountFacts>,
    /// The old servers that still live behind mounts.
    pub old_servers: Vec<OldServer>,
    /// Who still calls what; `None`: nobody counts.
    pub usage: Option<Usage>,
    /// Where reports of replays are; `None`: nowhere.
    pub reports: Option<PathBuf>,
    /// Held by whoever reads the whole audit: one at a time.
    pub verifying: Mutex<()>,
    /// Held by whoever gathers a page of much, reports or usage: the next waits.
    pub gathering: Arc<Mutex<()>>,
    /// What the settings are to be warned of.
    pub warnings: Vec<Warning>,
    /// When the certificate ends, if there is one.
    pub certificate_ends: Box<dyn Fn() -> Option<Timestamp> + Send + Sync>,
    /// The listener speaks TLS.
    pub is_secure: bool,
    /// How failed sign-ins are limited: as every login.
    pub throttle: ThrottlePolicy,
    /// How long a session may rest.
    pub idle: Duration,
    /// How long a session lives.
    pub session: Duration,
    /// The network that a client is in, as throttle and audit name it.
    pub network_of: fn(&HttpRequest) -> Option<String>,
}

/// A mount, as it is shown.
pub struct MountFacts {
    /// The dialect's name.
    pub dialect: String,
    /// The URL prefix.
    pub prefix: String,
    /// The scope of its names.
    pub scope: String,
    /// Where its familiar paths are answered; empty: nowhere.
    pub familiar: String,
    /// The contract's routes, in its order.
    pub routes: Vec<&'static str>,
}

/// An old server, as it is shown.
pub struct OldServer {
    /// Its mount's section.
    pub mount: String,
    /// Where it is, without anything secret.
    pub host: String,
    /// Its mount's realm.
    pub realm: Realm,
    /// Whom it is asked about, in the setting's word.
    pub mode: &'static str,
    /// Whether it is asked at present.
    pub contact: Box<dyn Fn() -> Contact + Send + Sync>,
}

/// How things stand between this process and an old server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// It is asked.
    Asked,
    /// It failed so often that it is left alone.
    LeftAlone,
    /// The next question finds out whether it answers again.
    OnTrial,
}

impl House {
    /// The console's view of the accounts: names that count everywhere, and the throttle of every login.
    pub(crate) fn realm(&self) -> Realm {
        Realm {
            dialect: "console",
            scope: "".into(),
            names: NameMatching::CaseBlind,
            admits: Admission::Everywhere,
            stateless_tokens: false,
            throttle: Some(self.throttle),
        }
    }

    pub(crate) fn origin(&self, request: &HttpRequest) -> Origin {
        Origin { network: (self.network_of)(request) }
    }
}
