//! `[passwords]`: what a password hash costs and how many may be computed at once.

use dragoman_passwords::SealingKey;
use serde::{Deserialize, Serialize};

use super::{
    bounds::{QUEUE, THREADS},
    reading::Faults,
    server::cores,
};

/// `[passwords]`
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordSettings {
    /// Work factor of new hashes, 10 to 16.
    pub bcrypt_cost: u32,
    /// Threads that hash, apart from the request workers.
    pub hashing_threads: usize,
    /// Hashes that may wait; beyond it a login is answered at once with the dialect's "busy" reply.
    pub hashing_queue: usize,
    /// What imported weak hashes are sealed with, 64 hex digits; without it, `sealing.key` beside the database's folder.
    pub sealing_key: Option<String>,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self { bcrypt_cost: 10, hashing_threads: cores(), hashing_queue: 128, sealing_key: None }
    }
}

impl PasswordSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("bcrypt_cost", self.bcrypt_cost, 10..=16);
        faults.bound("hashing_threads", self.hashing_threads, 1..=THREADS);
        faults.bound("hashing_queue", self.hashing_queue, 1..=QUEUE);
        if self.sealing_key.as_ref().is_some_and(|key| SealingKey::parse(key).is_none()) {
            faults.add("sealing_key", "must be 64 hex digits");
        }
    }
}
