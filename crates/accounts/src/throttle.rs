//! How many failed attempts are too many.

use dragoman_store::{Aborted, Connection};
use std::time::Duration;

use crate::{
    AccountError, AccountNumber, Origin,
    clock::Timestamp,
    identity::digest_of,
    network::{self, WIDER},
    queries::{
        audit::{self, AuditEntry, LIMIT_REACHED},
        slots::{self, SlotGroup},
        throttles,
    },
};

/// Limits on failed attempts, counted in three places (one-domain.md P8). A place with limit 0 is not counted.
///
/// Nobody can lock a user out for good: a network the account logged in from within 90 days is not refused by the
/// account's own limit, only by the two of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// Failures for one account from one network within `window`.
    pub per_account_and_network: i64,
    /// Failures for one account from everywhere within `slow_window`: high, so that nobody can lock a user out cheaply.
    pub per_account: i64,
    /// Failures from one network, whatever the account, within `window`.
    pub per_network: i64,
    /// The window of the two network limits.
    pub window: Duration,
    /// The window of the account's own limit.
    pub slow_window: Duration,
    /// Wrong mailed codes for one address, over all its codes and whatever they are for, within `code_window` (P11).
    pub codes_per_address: i64,
    /// The window of that limit.
    pub code_window: Duration,
    /// Each failure counts for a whole window from its own time on (frp 14), and a success forgets the account's failures
    /// whatever the network. Else a window begins with its first failure and ends for all that fell into it.
    pub sliding: bool,
    /// With `sliding`: the account's own limit and window in the other dialects. It is counted here too, or frp would be the
    /// way around it, and no success here forgets it.
    pub elsewhere: Option<(i64, Duration)>,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            per_account_and_network: 5,
            per_account: 100,
            per_network: 100,
            window: Duration::from_secs(15 * 60),
            slow_window: Duration::from_secs(60 * 60),
            codes_per_address: 10,
            code_window: Duration::from_secs(24 * 60 * 60),
            sliding: false,
            elsewhere: None,
        }
    }
}

/// How long a network stays known after a login from it.
const NETWORK_KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Whom an attempt is counted against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    Account(AccountNumber),
    /// A name that leads to no account: counted alike, or the counter would tell who exists.
    Unknown {
        dialect: &'a str,
        name: &'a str,
    },
}

/// The counters of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Counters {
    policy: ThrottlePolicy,
    account_and_network: Option<Vec<u8>>,
    account: Vec<u8>,
    /// The larger one first, each with its limit.
    networks: Vec<(Vec<u8>, i64)>,
    /// Marks a network from which this account logged in.
    known_network: Option<Vec<u8>>,
    /// For the trace of an attack: whose password was guessed at, and from where.
    whom: Option<AccountNumber>,
    origin: Origin,
}

impl Counters {
    pub fn of(policy: ThrottlePolicy, target: &Target<'_>, origin: &Origin) -> Self {
        let (target, whom) = match target {
            Target::Account(number) => (number.0.to_be_bytes().to_vec(), Some(*number)),
            Target::Unknown { dialect, name } => (digest_of(&[dialect.as_bytes(), name.as_bytes()]), None),
        };
        let network = origin.network.as_deref().map(str::as_bytes);
        let account = digest_of(&[b"account", &target]);
        Self {
            policy,
            account_and_network: network.map(|network| within(&account, &digest_of(&[network]))),
            account,
            networks: network_limits(policy, origin),
            known_network: network.map(|network| known_network(&target, network)),
            whom,
            origin: origin.clone(),
        }
    }

    /// Whether a limit has been reached: the password is not even looked at.
    pub fn is_over(&self, connection: &mut Connection, now: Timestamp) -> diesel::QueryResult<bool> {
        for Place { key, limit, sliding, .. } in self.places() {
            let failures = if sliding {
                slots::held(connection, &slot_group(key), now)?
            } else {
                throttles::failures(connection, key, now)?
            };
            if failures >= limit && !(*key == self.account && self.is_from_known_network(connection, now)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A wrong password. What counts is the order in which attempts are settled, not in which they came: of a hundred
    /// wrong guesses at once as many are told so as the limit allows; the others are refused and not counted.
    pub fn fail(&self, connection: &mut Connection, now: Timestamp) -> Result<(), Aborted<AccountError>> {
        for Place { key, limit, window, sliding } in self.places() {
            let failures = add(connection, key, sliding, now, now.plus(window))?;
            if failures > limit && !(*key == self.account && self.is_from_known_network(connection, now)?) {
                return Err(Aborted::Refused(AccountError::Throttled));
            }
            if failures == limit {
                self.leave_trace(connection, now)?;
            }
        }
        Ok(())
    }

    /// A limit has just been reached: one line in the log, and one in the account's history, however many tries follow.
    fn leave_trace(&self, connection: &mut Connection, now: Timestamp) -> diesel::QueryResult<()> {
        let network = self.origin.network.as_deref();
        let account = self.whom.map(|number| number.0);
        tracing::warn!(account, network, "too many failed attempts: further ones are refused for a while");
        let Some(account) = self.whom else { return Ok(()) };
        audit::append(
            connection,
            &AuditEntry { at: now, account, actor: None, action: LIMIT_REACHED, dialect: "", network },
        )
    }

    /// Whether the account logged in from this network before.
    pub fn is_from_known_network(&self, connection: &mut Connection, now: Timestamp) -> diesel::QueryResult<bool> {
        match &self.known_network {
            Some(key) => throttles::is_marked(connection, key, now),
            None => Ok(false),
        }
    }

    /// A right password: the account's failures are forgotten and the network is known from now on. Refused if wrong
    /// guesses settled before it have reached a limit: a right one among a hundred at once gains nothing.
    pub fn succeed(&self, connection: &mut Connection, now: Timestamp) -> Result<(), Aborted<AccountError>> {
        if self.is_over(connection, now)? {
            return Err(Aborted::Refused(AccountError::Throttled));
        }
        if self.policy.sliding {
            let (first, last) = slots_within(&self.account);
            throttles::clear_range(connection, &first, &last)?;
        } else {
            for key in [&self.account].into_iter().chain(&self.account_and_network) {
                throttles::clear(connection, key)?;
            }
        }
        match &self.known_network {
            Some(key) => Ok(throttles::mark(connection, key, now, now.plus(NETWORK_KNOWN_FOR))?),
            None => Ok(()),
        }
    }

    /// The counted places in a fixed order, so that two attempts never wait for each other crosswise.
    fn places(&self) -> impl Iterator<Item = Place<'_>> {
        let ThrottlePolicy { window, slow_window, sliding, elsewhere, .. } = self.policy;
        let networks = self.networks.iter().map(move |(key, limit)| Place { key, limit: *limit, window, sliding });
        let elsewhere = elsewhere.filter(|_| sliding);
        let elsewhere = elsewhere.map(|(limit, window)| Place { key: &self.account, limit, window, sliding: false });
        let account = Place { key: &self.account, limit: self.policy.per_account, window: slow_window, sliding };
        let limit = self.policy.per_account_and_network;
        let pair = self.account_and_network.as_ref().map(|key| Place { key, limit, window, sliding });
        networks.chain(elsewhere).chain([account]).chain(pair).filter(|place| place.limit > 0)
    }
}

/// One counter of an attempt.
struct Place<'c> {
    key: &'c Vec<u8>,
    limit: i64,
    window: Duration,
    sliding: bool,
}

/// Counts one more; gives the failures with it.
fn add(
    connection: &mut Connection,
    key: &[u8],
    sliding: bool,
    now: Timestamp,
    until: Timestamp,
) -> diesel::QueryResult<i64> {
    if !sliding {
        return throttles::add(connection, key, 1, now, until);
    }
    let group = slot_group(key);
    let counted = slots::count(connection, &group, now, until)?;
    counted.hold(connection, now, until)?;
    Ok(counted.held + 1)
}

/// The counters of a client's network and of the larger one that it lies in, that one first, each with its limit.
pub(crate) fn network_limits(policy: ThrottlePolicy, origin: &Origin) -> Vec<(Vec<u8>, i64)> {
    let Some(network) = origin.network.as_deref().filter(|_| policy.per_network > 0) else { return Vec::new() };
    let wider = network::wider(network).map(|wider| (wider, policy.per_network.saturating_mul(WIDER)));
    let own = Some((network.to_owned(), policy.per_network));
    [wider, own]
        .into_iter()
        .flatten()
        .map(|(network, limit)| (digest_of(&[b"network", network.as_bytes()]), limit))
        .collect()
}

fn known_network(target: &[u8], network: &[u8]) -> Vec<u8> {
    digest_of(&[b"known network", target, network])
}

/// Whether an account has logged in from a network within 90 days.
pub(crate) fn is_known(
    connection: &mut Connection,
    account: AccountNumber,
    origin: &Origin,
    now: Timestamp,
) -> diesel::QueryResult<bool> {
    match &origin.network {
        Some(network) => {
            throttles::is_marked(connection, &known_network(&account.0.to_be_bytes(), network.as_bytes()), now)
        }
        None => Ok(false),
    }
}

/// Remembers that an account has logged in from a network.
pub(crate) fn make_known(
    connection: &mut Connection,
    account: AccountNumber,
    origin: &Origin,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    let Some(network) = &origin.network else { return Ok(()) };
    let key = known_network(&account.0.to_be_bytes(), network.as_bytes());
    throttles::mark(connection, &key, now, now.plus(NETWORK_KNOWN_FOR))
}

/// Wrong second factors of an account; it lies with the account's other counters, and a right password does not clear it.
pub(crate) fn second_factor_key(account: AccountNumber) -> Vec<u8> {
    within(&digest_of(&[b"account", &account.0.to_be_bytes()]), &digest_of(&[b"second factor"]))
}

/// All counters of one account, whatever the network, lie between these two keys.
pub(crate) fn keys_of_account(account: AccountNumber) -> (Vec<u8>, Vec<u8>) {
    let key = digest_of(&[b"account", &account.0.to_be_bytes()]);
    (within(&key, &[0; 32]), within(&key, &[u8::MAX; 32]))
}

/// Between the part of a key that all counters of an account share and the rest: keeps slots apart from counters.
const SLOTS: &[u8; 4] = b"slot";

/// The slots of a counter whose windows slide. They lie with the account's other counters.
fn slot_group(key: &[u8]) -> SlotGroup {
    let mut group = [0; 24];
    let bytes = key.iter().take(SHARED).chain(SLOTS).chain(key.iter().skip(SHARED));
    group.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    SlotGroup(group)
}

/// All slots of an account, whatever the network, lie between these two keys.
fn slots_within(account: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let key = |rest: u8| account.iter().take(SHARED).chain(SLOTS).copied().chain([rest; 12]).collect();
    (key(0), key(u8::MAX))
}

/// How many bytes the keys of all counters of an account share.
const SHARED: usize = 16;

/// A key that begins like another, so that an operator can clear all of them at once.
fn within(key: &[u8], rest: &[u8]) -> Vec<u8> {
    key.iter().take(SHARED).chain(rest.iter().skip(SHARED)).copied().collect()
}
