//! What this replica has counted and not written yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::{Call, Counted, day_of};

/// Counts in memory. A request adds one under a short lock; nobody is woken.
#[derive(Debug)]
pub struct Tallies {
    most: usize,
    counted: Mutex<HashMap<(Call, i64), Counted>>,
}

impl Tallies {
    /// At most `most` calls are told apart until they are written.
    pub fn new(most: usize) -> Self {
        Self { most, counted: Mutex::default() }
    }

    /// Counts one request.
    pub fn count(&self, call: Call, at: i64) {
        add(&mut self.locked(), self.most, Counted::one(call, at));
    }

    /// Everything counted since it was last taken.
    pub fn take(&self) -> Vec<Counted> {
        std::mem::take(&mut *self.locked()).into_values().collect()
    }

    /// Gives back what could not be written.
    pub fn put_back(&self, unwritten: Vec<Counted>) {
        let mut counted = self.locked();
        for one in unwritten {
            add(&mut counted, self.most, one);
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(Call, i64), Counted>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When there is no more room, only the route is told: there are as many as the dialects have.
fn add(counted: &mut HashMap<(Call, i64), Counted>, most: usize, one: Counted) {
    let key = (one.call.clone(), day_of(one.last_at));
    if let Some(known) = counted.get_mut(&key) {
        known.join(&one);
    } else if counted.len() < most {
        counted.insert(key, one);
    } else {
        let coarsest = Counted { call: one.call.coarsest(), ..one };
        let key = (coarsest.call.clone(), key.1);
        counted.entry(key).and_modify(|known| known.join(&coarsest)).or_insert(coarsest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Caller, Client};

    #[test]
    fn no_number_of_clients_fills_the_memory_and_none_is_lost() {
        let tallies = Tallies::new(10);
        for number in 0..1_000_i64 {
            let call =
                Call { mount: "/frp".into(), route: "/a", client: Client::other(), caller: Caller::Account(number) };
            tallies.count(call, number);
        }
        let taken = tallies.take();
        assert_eq!(taken.len(), 11);
        assert_eq!(taken.iter().map(|one| one.requests).sum::<i64>(), 1_000);
        tallies.put_back(taken);
        let again = tallies.take();
        assert_eq!(again.iter().map(|one| one.requests).sum::<i64>(), 1_000);
        let last = again.iter().map(|one| one.last_at).max();
        assert_eq!((again.len(), last), (11, Some(999)));
        assert!(tallies.take().is_empty());
    }
}
