//! How many rows have been moved: a bar on a terminal, else a line every few seconds.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::remark;

/// Between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

pub(super) struct RowProgress {
    what: &'static str,
    total: u64,
    bar: Option<ProgressBar>,
    begun: Instant,
    told: Cell<Instant>,
}

impl RowProgress {
    /// `total`: 0 if it is not known.
    pub(super) fn start(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = if total > 0 {
                "{msg} {bar:40} {pos}/{len} rows {per_sec} {eta}"
            } else {
                "{msg} {pos} rows {per_sec}"
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_message(what)
        });
        let now = Instant::now();
        Self { what, total, bar, begun: now, told: Cell::new(now) }
    }

    pub(super) fn at(&self, rows: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(rows);
        } else if self.told.get().elapsed() >= PAUSE {
            self.told.set(Instant::now());
            let rate = rows as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
            let of = if self.total > 0 { format!(" of {}", self.total) } else { String::new() };
            remark(&format!("{}: {rows}{of} rows, {rate:.0} a second", self.what));
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
