//! At whose password somebody guesses now, by the limits of failed attempts that were reached lately.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    AccountError, AccountNumber, Accounts,
    clock::Timestamp,
    queries::{
        accounts,
        audit::LIMIT_REACHED,
        audit_records::{self, AuditFilter},
    },
    use_cases::dossier::summary,
};

/// An account at whose password somebody guesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attack {
    /// Whose.
    pub account: AccountNumber,
    /// What it is called.
    pub name: Option<String>,
    /// Limits that were reached.
    pub limits: usize,
    /// From where, each once.
    pub networks: Vec<String>,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// Records of limits that are looked at, the newest: however many there are, a look takes no longer.
const LOOKED_AT: i64 = 2_000;
/// Accounts that are told, those with the most limits.
const TOLD: usize = 10;
/// Networks of one that are told.
const NETWORKS: usize = 20;

impl Accounts {
    /// The accounts that were attacked within a time, as far as the newest records tell.
    pub async fn attacks(&self, within: Duration) -> Result<Vec<Attack>, AccountError> {
        let since = self.inner.clock.now().minus(within).millis();
        self.read(move |connection| {
            let limits = AuditFilter { action: Some(LIMIT_REACHED.to_owned()), ..AuditFilter::default() };
            let newest = audit_records::page(connection, &limits, i64::MAX, true, LOOKED_AT)?;
            let mut attacks: BTreeMap<i64, Attack> = BTreeMap::new();
            for record in newest.into_iter().filter(|record| record.at >= since) {
                let Some(account) = record.account else { continue };
                let attack = attacks.entry(account).or_insert_with(|| Attack {
                    account: AccountNumber(account),
                    name: None,
                    limits: 0,
                    networks: Vec::new(),
                    last_at: Timestamp::from_millis(record.at),
                });
                attack.limits += 1;
                if let Some(network) = record.network
                    && attack.networks.len() < NETWORKS
                    && !attack.networks.contains(&network)
                {
                    attack.networks.push(network);
                }
            }
            let mut attacks: Vec<Attack> = attacks.into_values().collect();
            attacks.sort_by_key(|attack| (std::cmp::Reverse(attack.limits), attack.account.0));
            attacks.truncate(TOLD);
            for attack in &mut attacks {
                if let Some(account) = accounts::find(connection, attack.account)? {
                    attack.name = summary(connection, account)?.name().map(str::to_owned);
                }
            }
            Ok(attacks)
        })
        .await
    }
}
