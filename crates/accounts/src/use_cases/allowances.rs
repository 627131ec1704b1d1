//! How often something may be done within a sliding window, such as mails to one address.

use std::time::Duration;

use crate::{
    AccountError, Accounts, Origin, Realm,
    identity::digest_of,
    network::{self, WIDER},
    queries::{
        slots::{self, SlotGroup},
        throttles,
    },
};

/// So many times within so long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// What is limited, in the dialect's words.
    pub purpose: &'static str,
    /// For whom or about what.
    pub handle: String,
    /// How often within `window`.
    pub limit: i64,
    /// How long each time counts; above [`SLIDING`] times, how long a window is that begins with the first of them.
    pub window: Duration,
}

/// The largest limit whose window slides: each use has a row then, and all rows are counted.
const SLIDING: i64 = 1_000;

impl Allowance {
    /// Those of a client's network and of the larger one that it lies in, that one first; none without a network.
    pub fn of_network(purpose: &'static str, origin: &Origin, limit: i64, window: Duration) -> Vec<Self> {
        let Some(network) = &origin.network else { return Vec::new() };
        let wider = network::wider(network).map(|handle| (handle, limit.saturating_mul(WIDER)));
        let both = [wider, Some((network.clone(), limit))].into_iter().flatten();
        both.map(|(handle, limit)| Self { purpose, handle, limit, window }).collect()
    }

    fn group(&self, mount: Option<&Realm>) -> SlotGroup {
        let Self { purpose, handle, .. } = self;
        let (dialect, scope) = mount.map_or(("", ""), |realm| (realm.dialect, &realm.scope));
        let parts = ["allowance", dialect, scope, purpose, handle].map(str::as_bytes);
        let mut group = [0; 24];
        group.iter_mut().zip(digest_of(&parts)).for_each(|(place, byte)| *place = byte);
        SlotGroup(group)
    }
}

impl Accounts {
    /// Uses each of a mount's allowances once, or none if one of them is used up; gives whether it did. Of a hundred at once
    /// only as many do as are allowed. Whoever names several must name them in the same order always.
    pub async fn use_allowances(&self, realm: &Realm, allowances: &[Allowance]) -> Result<bool, AccountError> {
        self.use_all(Some(realm), allowances).await
    }

    /// As [`Accounts::use_allowances`], of allowances that hold over all mounts.
    pub async fn use_shared_allowances(&self, allowances: &[Allowance]) -> Result<bool, AccountError> {
        self.use_all(None, allowances).await
    }

    async fn use_all(&self, mount: Option<&Realm>, allowances: &[Allowance]) -> Result<bool, AccountError> {
        let now = self.inner.clock.now();
        let groups: Vec<_> = allowances
            .iter()
            .map(|allowance| (allowance.group(mount), allowance.limit, now.plus(allowance.window)))
            .collect();
        self.write(move |connection| {
            let mut counted = Vec::with_capacity(groups.len());
            for (group, limit, until) in &groups {
                if *limit > SLIDING {
                    if throttles::add(connection, &group.row(), 1, now, *until)? > *limit {
                        return Ok(false);
                    }
                    continue;
                }
                let slots = slots::count(connection, group, now, *until)?;
                if slots.held >= *limit {
                    return Ok(false);
                }
                counted.push((slots, *until));
            }
            for (slots, until) in &counted {
                slots.hold(connection, now, *until)?;
            }
            Ok(true)
        })
        .await
    }

    /// Takes an amount off each of the allowances, which hold over all mounts, or off none if it is more than one of them has
    /// left; gives whether it did. The window of each begins with the first amount.
    pub async fn use_amounts(&self, allowances: &[Allowance], amount: i64) -> Result<bool, AccountError> {
        let now = self.inner.clock.now();
        let groups: Vec<_> = allowances
            .iter()
            .map(|allowance| (allowance.group(None).row(), allowance.limit, now.plus(allowance.window)))
            .collect();
        self.write(move |connection| {
            for (index, (key, limit, until)) in groups.iter().enumerate() {
                if throttles::add(connection, key, amount, now, *until)? > *limit {
                    for (key, _, until) in groups.iter().take(index + 1) {
                        throttles::add(connection, key, -amount, now, *until)?;
                    }
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    /// Gives one use back, after what was allowed did not happen.
    pub async fn return_allowance(&self, realm: &Realm, allowance: &Allowance) -> Result<(), AccountError> {
        self.return_one(Some(realm), allowance).await
    }

    /// As [`Accounts::return_allowance`], of an allowance that holds over all mounts.
    pub async fn return_shared_allowance(&self, allowance: &Allowance) -> Result<(), AccountError> {
        self.return_one(None, allowance).await
    }

    async fn return_one(&self, mount: Option<&Realm>, allowance: &Allowance) -> Result<(), AccountError> {
        let group = allowance.group(mount);
        self.write(move |connection| Ok(slots::release(connection, &group)?)).await
    }
}
