//! How many wrong mailed codes are too many (one-domain.md P11): five guesses at each of a thousand codes are a thousand
//! times five guesses at one address.

use dragoman_store::Connection;

use crate::{
    Origin, ThrottlePolicy, clock::Timestamp, identity::digest_of, queries::throttles, throttle::network_limits,
};

/// The counters that a wrong code moves.
pub(crate) struct CodeCounters {
    policy: ThrottlePolicy,
    address: Vec<u8>,
    /// Those of wrong passwords: a network that guesses is one that guesses.
    networks: Vec<(Vec<u8>, i64)>,
}

impl CodeCounters {
    /// `address`: as addresses are compared.
    pub fn of(policy: ThrottlePolicy, address: &str, origin: &Origin) -> Self {
        Self { policy, address: address_key(address), networks: network_limits(policy, origin) }
    }

    /// Whether the network has guessed too often to be listened to.
    pub fn network_is_over(&self, connection: &mut Connection, now: Timestamp) -> diesel::QueryResult<bool> {
        for (key, limit) in &self.networks {
            if throttles::failures(connection, key, now)? >= *limit {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether every code of the address is wrong from now on.
    pub fn address_is_over(&self, connection: &mut Connection, now: Timestamp) -> diesel::QueryResult<bool> {
        let limit = self.policy.codes_per_address;
        Ok(limit > 0 && throttles::failures(connection, &self.address, now)? >= limit)
    }

    /// A wrong code.
    pub fn fail(&self, connection: &mut Connection, now: Timestamp) -> diesel::QueryResult<()> {
        for (key, _) in &self.networks {
            throttles::add(connection, key, 1, now, now.plus(self.policy.window))?;
        }
        if self.policy.codes_per_address > 0 {
            throttles::add(connection, &self.address, 1, now, now.plus(self.policy.code_window))?;
        }
        Ok(())
    }
}

/// The counter of an address over all its codes, of every dialect and purpose.
pub(crate) fn address_key(address: &str) -> Vec<u8> {
    digest_of(&[b"wrong codes", address.as_bytes()])
}
