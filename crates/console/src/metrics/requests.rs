//! Requests by mount, route pattern and class of status. However many paths clients invent, only patterns become labels.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the histogram's buckets, in microseconds; what takes longer is in one more.
pub(super) const BUCKETS: [u64; 13] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];
const PLACES: usize = BUCKETS.len() + 1;

/// The class of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 1xx and 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
}

impl Class {
    const ALL: [Self; 4] = [Self::Success, Self::Redirect, Self::ClientError, Self::ServerError];

    /// That of a status.
    pub fn of(status: u16) -> Self {
        match status {
            0..=299 => Self::Success,
            300..=399 => Self::Redirect,
            400..=499 => Self::ClientError,
            _ => Self::ServerError,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        }
    }
}

/// One line of numbers.
#[derive(Debug, Default)]
pub(super) struct Series {
    places: [AtomicU64; PLACES],
    microseconds: AtomicU64,
}

impl Series {
    fn count(&self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BUCKETS.partition_point(|end| *end < microseconds);
        if let Some(place) = self.places.get(place) {
            place.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Requests of each bucket, not added up; and seconds altogether.
    pub(super) fn read(&self) -> ([u64; PLACES], f64) {
        let places = self.places.each_ref().map(|place| place.load(Ordering::Relaxed));
        (places, Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64())
    }
}

/// Which series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub mount: String,
    pub route: String,
    pub class: Class,
}

/// All series of a server.
#[derive(Debug, Default)]
pub(super) struct Requests {
    series: Mutex<BTreeMap<Key, Arc<Series>>>,
}

impl Requests {
    pub(super) fn all(&self) -> Vec<(Key, Arc<Series>)> {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        series.iter().map(|(key, series)| (key.clone(), Arc::clone(series))).collect()
    }

    fn series(&self, key: Key) -> Arc<Series> {
        Arc::clone(self.series.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (key, series) in self.all() {
            let (places, _) = series.read();
            totals.places.iter_mut().zip(places).for_each(|(total, number)| *total += number);
            if key.class == Class::ServerError {
                totals.errors += places.iter().sum::<u64>();
            }
        }
        totals
    }
}

/// The requests of all series together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    places: [u64; PLACES],
    errors: u64,
}

impl Totals {
    /// What was added since an earlier reading, by the names that tallies are kept under.
    pub(super) fn since(&self, earlier: &Self) -> BTreeMap<String, i64> {
        let grown = |now: u64, then: u64| i64::try_from(now.saturating_sub(then)).unwrap_or(i64::MAX);
        let places = self.places.iter().zip(earlier.places).enumerate();
        let mut amounts: BTreeMap<String, i64> =
            places.map(|(place, (now, then))| (place_name(place), grown(*now, then))).collect();
        amounts.insert("requests".to_owned(), amounts.values().sum());
        amounts.insert("errors".to_owned(), grown(self.errors, earlier.errors));
        amounts
    }
}

fn place_name(place: usize) -> String {
    format!("took.{place:02}")
}

/// The microseconds below which a share of the requests of a tally took, told from its buckets. `None`: there were none.
pub(crate) fn quantile(amounts: &BTreeMap<String, i64>, share: f64) -> Option<u64> {
    let places: Vec<i64> = (0..PLACES).map(|place| amounts.get(&place_name(place)).copied().unwrap_or(0)).collect();
    let all: i64 = places.iter().sum();
    if all <= 0 {
        return None;
    }
    let wanted = all as f64 * share;
    let (mut seen, mut begin) = (0.0, 0);
    for (place, number) in places.into_iter().enumerate() {
        // Within the last bucket nothing is known but where it begins.
        let Some(end) = BUCKETS.get(place).copied() else { break };
        let number = number as f64;
        if number > 0.0 && seen + number >= wanted {
            let part = ((wanted - seen) / number).clamp(0.0, 1.0);
            return Some(begin + ((end - begin) as f64 * part) as u64);
        }
        seen += number;
        begin = end;
    }
    Some(begin)
}

/// The series of one mount and pattern by class.
type Known = [Option<Arc<Series>>; Class::ALL.len()];

/// What one worker counts with: it looks a series up without a lock once it has met it.
#[derive(Clone)]
pub struct Meter {
    requests: Arc<Requests>,
    known: Rc<RefCell<HashMap<String, HashMap<String, Known>>>>,
}

impl Meter {
    pub(super) fn new(requests: Arc<Requests>) -> Self {
        Self { requests, known: Rc::default() }
    }

    /// Counts an answered request. `route` is the pattern that was matched; an unknown path has none.
    pub fn count(&self, mount: &str, route: Option<&str>, class: Class, took: Duration) {
        let route = route.unwrap_or("none");
        let mut known = self.known.borrow_mut();
        if let Some(Some(series)) =
            known.get(mount).and_then(|routes| routes.get(route)).and_then(|classes| classes.get(class as usize))
        {
            return series.count(took);
        }
        let series = self.requests.series(Key { mount: mount.to_owned(), route: route.to_owned(), class });
        series.count(took);
        let routes = known.entry(mount.to_owned()).or_default();
        if let Some(place) = routes.entry(route.to_owned()).or_default().get_mut(class as usize) {
            *place = Some(series);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn two_workers_count_into_one_series() {
        let requests = Arc::<Requests>::default();
        let (one, other) = (Meter::new(Arc::clone(&requests)), Meter::new(Arc::clone(&requests)));
        for meter in [&one, &other, &one] {
            meter.count("proxy", Some("/about"), Class::Success, millis(2));
        }
        one.count("proxy", None, Class::of(404), millis(700));
        one.count("proxy", Some("/about"), Class::of(503), Duration::from_secs(9));
        let all = requests.all();
        let names: Vec<_> = all.iter().map(|(key, _)| (key.route.as_str(), key.class.name())).collect();
        assert_eq!(names, [("/about", "2xx"), ("/about", "5xx"), ("none", "4xx")]);
        let (places, seconds) = all[0].1.read();
        assert_eq!((places[3], places.iter().sum::<u64>()), (3, 3));
        assert!((seconds - 0.006).abs() < 1e-9);
        assert_eq!(all[1].1.read().0[PLACES - 1], 1);
        let amounts = requests.totals().since(&Totals::default());
        assert_eq!((amounts["requests"], amounts["errors"], amounts["took.03"]), (5, 1, 3));
        assert!(requests.totals().since(&requests.totals()).values().all(|grown| *grown == 0));
    }

    #[test]
    fn quantiles_are_told_from_buckets() {
        let amounts = |places: &[(usize, i64)]| {
            places.iter().map(|(place, number)| (place_name(*place), *number)).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(quantile(&amounts(&[]), 0.5), None);
        assert_eq!(quantile(&amounts(&[(0, 100)]), 0.5), Some(125));
        assert_eq!(quantile(&amounts(&[(0, 50), (4, 50)]), 0.99), Some(4_950));
        assert_eq!(quantile(&amounts(&[(PLACES - 1, 1)]), 0.5), Some(5_000_000));
    }
}
