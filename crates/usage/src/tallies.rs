//! What this replica has counted and not written yet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::{Call, Counted, day_of};

/// Counts in memory. A request adds one under a short lock; nobody is woken.
#[derive(Debug)]
pub struct Tallies {
    most: usize,
    counted: Mutex<Tables>,
}

type Table = HashMap<(Call, i64), Counted>;

#[derive(Debug, Default)]
struct Tables {
    /// Each call for itself, while there is room.
    apart: Table,
    /// What found none: only the route is told, and there are as many as the dialects have.
    coarse: Table,
}

impl Tallies {
    /// At most `most` calls are told apart until they are written.
    pub fn new(most: usize) -> Self {
        Self { most, counted: Mutex::default() }
    }

    /// Counts one request.
    pub fn count(&self, call: Call, at: i64) {
        self.locked().add(self.most, Counted::one(call, at));
    }

    /// Everything counted since it was last taken.
    pub fn take(&self) -> Vec<Counted> {
        let Tables { apart, coarse } = std::mem::take(&mut *self.locked());
        apart.into_values().chain(coarse.into_values()).collect()
    }

    /// Gives back what could not be written.
    pub fn put_back(&self, unwritten: Vec<Counted>) {
        let mut counted = self.locked();
        for one in unwritten {
            counted.add(self.most, one);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Tables> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn add(&mut self, most: usize, one: Counted) {
        let is_full = self.apart.len() >= most;
        let key = (one.call.clone(), day_of(one.last_at));
        match self.apart.entry(key) {
            Entry::Occupied(mut known) => known.get_mut().join(&one),
            Entry::Vacant(place) if !is_full => {
                place.insert(one);
            }
            Entry::Vacant(_) => self.add_coarse(one),
        }
    }

    fn add_coarse(&mut self, one: Counted) {
        let coarse = Counted { call: one.call.coarsest(), ..one };
        let key = (coarse.call.clone(), day_of(coarse.last_at));
        self.coarse.entry(key).and_modify(|known| known.join(&coarse)).or_insert(coarse);
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
