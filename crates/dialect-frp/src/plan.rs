//! What only this dialect knows of an account: its plan of the tunnel service (section 10).

use std::sync::Arc;

use dragoman_accounts::{Account, AccountError, FacetEdit, Member};
use dragoman_dialect::Facet;
use dragoman_passwords::random::Randomness;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::settings::{GroupLimits, Settings};

/// The dialect's part of an account. Accounts of other dialects have none before their first login here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Never derived from a role (one-domain.md R1).
    pub group: String,
    /// What is left, in MiB; may be negative.
    pub traffic: i64,
    /// Download limit of its own in KiB per second.
    pub inbound: Option<i64>,
    /// Upload limit of its own in KiB per second.
    pub outbound: Option<i64>,
    /// Most tunnels, -1 for any number; kept for the tunnel service, this API does not show it.
    pub tunnels: i64,
    /// The tunnel key: opaque, kept verbatim. Empty: none was made yet.
    pub frp_token: String,
    /// The QQ number given at registration.
    pub qq: String,
    /// The identity at QQ Connect; empty: not bound.
    pub qq_social_id: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            group: "default".to_owned(),
            traffic: 4096,
            inbound: None,
            outbound: None,
            tunnels: -1,
            frp_token: String::new(),
            qq: String::new(),
            qq_social_id: String::new(),
        }
    }
}

impl Facet for Plan {
    const NAME: &'static str = "frp";
}

impl Plan {
    /// The plan of an account, or that of one which has none.
    pub fn of(member: &Member) -> Self {
        Self::read(member.facet.as_deref()).unwrap_or_default()
    }

    /// The plan as it is kept; one that does not read is a fault of ours, and must not be overwritten.
    pub(crate) fn read(body: Option<&str>) -> Result<Self, AccountError> {
        let plan = body.map_or_else(|| Ok(Self::default()), Self::decode);
        plan.map_err(|error| {
            tracing::error!(%error, "the frp facet does not read");
            AccountError::Internal
        })
    }

    pub(crate) fn to_body(&self) -> Result<String, AccountError> {
        self.encode().map_err(|_| AccountError::Internal)
    }

    /// An edit for the account domain, which carries it out within a write; an account without a plan begins with that of
    /// one which has none.
    pub fn edit(change: impl Fn(Self) -> Self + Send + Sync + 'static) -> FacetEdit {
        Arc::new(move |body| change(Self::read(body)?).to_body().map(Some))
    }

    /// Download and upload limit: its own, its group's, or the default.
    pub(crate) fn limits(&self, settings: &Settings) -> GroupLimits {
        let group = settings.limits_of(&self.group);
        GroupLimits {
            inbound: self.inbound.unwrap_or(group.inbound),
            outbound: self.outbound.unwrap_or(group.outbound),
        }
    }
}

/// A token or tunnel key: 128 random bits as 32 lower-case hex digits (section 9).
pub(crate) fn fresh_token(randomness: &dyn Randomness) -> String {
    randomness.hex(16)
}

/// The avatar of an address, by Gravatar's rule.
pub(crate) fn avatar(base_url: &str, account: &Account) -> String {
    let address = account.email.as_deref().unwrap_or_default().trim().to_lowercase();
    let digest: String = Md5::digest(address.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{base_url}{digest}")
}

/// Unix seconds as text; an unknown time is `0`.
pub(crate) fn registered_at(account: &Account) -> String {
    account.created_at.map_or(0, |instant| instant.seconds()).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn own_limits_come_before_the_group_s_and_those_before_the_default() {
        let group = GroupLimits { inbound: 5120, outbound: 2560 };
        let settings = Settings { groups: BTreeMap::from([("vip1".to_owned(), group)]), ..Settings::default() };
        let plan = Plan { group: "vip1".to_owned(), outbound: Some(7), ..Plan::default() };
        assert_eq!(plan.limits(&settings), GroupLimits { inbound: 5120, outbound: 7 });
        assert_eq!(Plan::default().limits(&settings), GroupLimits { inbound: 1280, outbound: 1280 });
    }

    #[test]
    fn a_plan_survives_its_text_and_reads_from_less() {
        let plan = Plan { traffic: -5, qq: "\0".to_owned(), inbound: Some(1), ..Plan::default() };
        let body = plan.to_body().unwrap();
        assert!(!body.contains('\0'), "every database can keep it");
        assert_eq!(Plan::read(Some(&body)), Ok(plan));
        assert_eq!(Plan::read(Some("{}")), Ok(Plan::default()));
        assert_eq!(Plan::read(None), Ok(Plan::default()));
        assert_eq!(Plan::read(Some("{\"traffic\":\"x\"}")), Err(AccountError::Internal));
    }
}
