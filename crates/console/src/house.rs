//! What the console is told of the server that it stands in.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use dragoman_accounts::{Accounts, Admission, NameMatching, Origin, Realm, ThrottlePolicy, clock::Timestamp};

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
