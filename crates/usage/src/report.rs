//! What an operator is told: the uses of each route since a day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dragoman_store::StoreError;

use crate::{
    Usage,
    call::{Caller, start_of},
    client::Client,
    queries::{
        callers::{self, Key, Row},
        days,
    },
    totals,
};

/// Rows read at once.
const PAGE: i64 = 1_000;

/// From which day on (since the Unix epoch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(pub i64);

/// How something was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// Requests since the day asked for.
    pub requests: i64,
    /// Requests of each day with any.
    pub by_day: BTreeMap<i64, i64>,
    /// When it was first seen, ever; in milliseconds since the Unix epoch.
    pub first_at: i64,
    /// When it was last seen.
    pub last_at: i64,
    /// The accounts that were told apart.
    pub accounts: BTreeSet<i64>,
    /// Some requests came from accounts that were not told apart any more.
    pub has_other_accounts: bool,
}

/// The uses of one route of one mount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteUse {
    /// By everybody.
    pub all: Use,
    /// By each client.
    pub clients: BTreeMap<Client, Use>,
}

impl Usage {
    /// The uses of every (mount, route) that was called since a day.
    ///
    /// # Errors
    /// What the store said.
    pub async fn since(&self, since: Since) -> Result<BTreeMap<(String, String), RouteUse>, StoreError> {
        let mut routes = BTreeMap::<(String, String), RouteUse>::new();
        let mut after = Arc::new(Key::new());
        loop {
            let (from, key) = (since.0, Arc::clone(&after));
            let read = self.store.read(move |connection| {
                let rows = callers::page(connection, &key, start_of(from), PAGE)?;
                let keys: Vec<Key> = rows.iter().map(|row| row.caller_key.clone()).collect();
                let days = days::of(connection, &keys, from)?;
                Ok((rows, days))
            });
            let (rows, days) = read.await?;
            let Some(last) = rows.last() else { return Ok(routes) };
            after = Arc::new(last.caller_key.clone());
            let mut by_caller = BTreeMap::<Key, Vec<(i64, i64)>>::new();
            for (key, day, requests) in days {
                by_caller.entry(key).or_default().push((day, requests));
            }
            for row in rows {
                let days = by_caller.remove(&row.caller_key).unwrap_or_default();
                let route = routes.entry((row.mount.clone(), row.route.clone())).or_default();
                route.all.add(&row, &days);
                route.clients.entry(Client::stored(row.client.clone())).or_default().add(&row, &days);
            }
        }
    }

    /// Since when there are counts, in milliseconds since the Unix epoch; `None`: nothing was counted yet.
    ///
    /// # Errors
    /// What the store said.
    pub async fn began_at(&self) -> Result<Option<i64>, StoreError> {
        self.store.read(|connection| Ok(totals::read(connection)?.map(|totals| totals.began_at))).await
    }
}

impl Use {
    fn add(&mut self, row: &Row, days: &[(i64, i64)]) {
        let is_new = self.last_at == 0;
        self.first_at = if is_new { row.first_at } else { self.first_at.min(row.first_at) };
        self.last_at = self.last_at.max(row.last_at);
        for (day, requests) in days {
            self.requests += requests;
            *self.by_day.entry(*day).or_default() += requests;
        }
        match Caller::of_row(row.account) {
            Caller::Nobody => {}
            Caller::Account(number) => drop(self.accounts.insert(number)),
            Caller::Others => self.has_other_accounts = true,
        }
    }
}
