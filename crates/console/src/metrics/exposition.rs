//! All numbers in the text formats that monitoring reads.

use std::fmt;
use std::sync::Arc;

use dragoman_accounts::{Rests, Vitals};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet, prometheus_text, text},
    metrics::{MetricType, info::Info},
    registry::{Registry, Unit},
};

use super::{Counted, Format, requests::BUCKETS, requests::Requests};

/// Everything there is to tell, at one moment.
pub(super) struct Snapshot {
    requests: Arc<Requests>,
    vitals: Vitals,
    counted: Option<Counted>,
    rests: Option<Rests>,
}

impl Snapshot {
    pub(super) fn new(requests: Arc<Requests>, vitals: Vitals, counted: Option<Counted>, rests: Option<Rests>) -> Self {
        Self { requests, vitals, counted, rests }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Snapshot")
    }
}

pub(super) fn encode(snapshot: Snapshot, format: Format) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("dragoman");
    let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The running program", build);
    registry.register_collector(Box::new(snapshot));
    let mut answer = String::new();
    match format {
        Format::OpenMetrics => text::encode(&mut answer, &registry)?,
        Format::Prometheus => prometheus_text::encode(&mut answer, &registry)?,
    }
    Ok(answer)
}

/// Labels of one line.
type Labels<'a> = Vec<(&'static str, &'a str)>;

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.requests(&mut encoder)?;
        self.passwords(&mut encoder)?;
        self.store(&mut encoder)?;
        let mut logins = counter(&mut encoder, "logins", "Logins by outcome", None)?;
        for (dialect, outcome, number) in &self.vitals.logins {
            counted(&mut logins, &vec![("dialect", *dialect), ("outcome", outcome.name())], *number)?;
        }
        let mut purged = counter(&mut encoder, "purged_rows", "Rows past their life that were deleted", None)?;
        purged.encode_counter::<NoLabelSet, u64, f64>(&self.vitals.purged, None)?;
        let up = i64::from(self.counted.is_some());
        gauge(&mut encoder, "database_up", "Whether rows could be counted in the database", alone(up))?;
        if let Some(rests) = &self.rests {
            let lines = rests
                .iter()
                .map(|(rest, number)| (vec![("rest", rest.name())], i64::try_from(*number).unwrap_or(i64::MAX)));
            gauge(&mut encoder, "verifiers", "Password verifiers by how they rest", lines)?;
        }
        match &self.counted {
            Some(counted) => rows(&mut encoder, counted),
            None => Ok(()),
        }
    }
}

impl Snapshot {
    fn requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests answered, by mount, route pattern and class of status";
        let mut histogram =
            encoder.encode_descriptor("request_duration", help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (key, series) in self.requests.all() {
            let (places, seconds) = series.read();
            let ends = BUCKETS.into_iter().map(|end| end as f64 / 1e6).chain([f64::MAX]);
            let buckets: Vec<(f64, u64)> = ends.zip(places).collect();
            let labels: Labels<'_> = vec![("mount", &key.mount), ("route", &key.route), ("status", key.class.name())];
            histogram.encode_family(&labels)?.encode_histogram::<NoLabelSet>(
                seconds,
                places.iter().sum(),
                &buckets,
                None,
            )?;
        }
        Ok(())
    }

    fn passwords(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Vitals { hashing_waiting, hashing_running, hashing_capacity, hashing_threads, .. } = &self.vitals;
        for (name, help, value) in [
            ("hashing_waiting", "Passwords that wait for a hashing thread", hashing_waiting),
            ("hashing_running", "Passwords that are being hashed", hashing_running),
            ("hashing_capacity", "Passwords that may wait; one more is answered \"busy\"", hashing_capacity),
            ("hashing_threads", "Threads that hash passwords", hashing_threads),
        ] {
            gauge(encoder, name, help, alone(whole(*value)))?;
        }
        Ok(())
    }

    fn store(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let lanes = [("read", self.vitals.store.readers), ("write", self.vitals.store.writers)];
        let lines = lanes.map(|(name, lane)| (vec![("lane", name)], lane));
        let each = |value: fn(&_) -> usize| lines.clone().map(|(labels, lane)| (labels, whole(value(&lane))));
        gauge(encoder, "store_waiting", "Operations that wait for a database thread", each(|lane| lane.waiting))?;
        gauge(encoder, "store_running", "Operations that a database thread is at", each(|lane| lane.running))?;
        gauge(encoder, "store_connections", "Database connections that are open", each(|lane| lane.connections))?;
        gauge(encoder, "store_threads", "Database threads", each(|lane| lane.threads))?;
        let help = "Operations without a result: the database was away, or a query failed";
        let mut errors = counter(encoder, "store_errors", help, None)?;
        for (labels, lane) in &lines {
            counted(&mut errors, labels, lane.errors)?;
        }
        let mut reconnects = counter(encoder, "store_reconnects", "Connections in place of lost ones", None)?;
        for (labels, lane) in &lines {
            counted(&mut reconnects, labels, lane.reconnects)?;
        }
        Ok(())
    }
}

fn rows(encoder: &mut DescriptorEncoder<'_>, Counted { census, imports }: &Counted) -> fmt::Result {
    gauge(encoder, "accounts", "Live accounts", alone(census.accounts))?;
    let sessions = census.sessions.iter().map(|(dialect, number)| (vec![("dialect", dialect.as_str())], *number));
    gauge(encoder, "sessions", "Stored tokens, by dialect", sessions)?;
    gauge(encoder, "challenges", "Captchas, codes and permits", alone(census.challenges))?;
    gauge(encoder, "throttle_rows", "Counters of failed attempts and known networks", alone(census.throttles))?;
    let mails = census.mails.iter().map(|(state, number)| (vec![("state", *state)], *number));
    gauge(encoder, "mails", "Mails by state", mails)?;
    let newest: Vec<_> = imports.iter().rev().take(IMPORTS).collect();
    let labels = |import: &&dragoman_accounts::ImportJournal| {
        // Borrowed from the journal itself, of which only the newest few are shown.
        vec![("dialect", import.dialect.clone()), ("import", import.id.clone()), ("scope", import.scope.clone())]
    };
    let of = |value: fn(&dragoman_accounts::ImportJournal) -> i64| {
        newest.iter().map(move |import| (labels(import), value(import))).collect::<Vec<_>>()
    };
    gauge(encoder, "import_accounts", "Accounts in the plan of an import", of(|import| import.total))?;
    gauge(encoder, "import_accounts_done", "Accounts of an import that are in", of(|import| import.position))
}

/// Imports that become labels, the newest: an operator may have made hundreds.
const IMPORTS: usize = 10;

fn whole(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The one line of a gauge without labels.
fn alone(value: i64) -> [(Labels<'static>, i64); 1] {
    [(Vec::new(), value)]
}

fn gauge<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    lines: impl IntoIterator<Item = (L, i64)>,
) -> fmt::Result {
    let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in lines {
        gauge.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

fn counter<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    name: &'e str,
    help: &str,
    unit: Option<&'e Unit>,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    encoder.encode_descriptor(name, help, unit, MetricType::Counter)
}

fn counted(counter: &mut MetricEncoder<'_>, labels: &impl EncodeLabelSet, value: u64) -> fmt::Result {
    counter.encode_family(labels)?.encode_counter::<NoLabelSet, u64, f64>(&value, None)
}
