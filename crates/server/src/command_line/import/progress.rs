//! How far long work is: a bar on a terminal, else a line every few seconds.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use dragoman_migrate::Watch;
use indicatif::{ProgressBar, ProgressStyle};

use crate::command_line::output::remark;

/// Between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Bytes,
    Accounts,
}

/// One piece of long work.
pub(super) struct Bar {
    what: &'static str,
    unit: Unit,
    bar: Option<ProgressBar>,
    begun: Instant,
    told: Cell<Instant>,
}

impl Bar {
    pub fn start(what: &'static str, unit: Unit) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = match unit {
                Unit::Bytes => "{msg} {bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
                Unit::Accounts => "{msg} {bar:40} {pos}/{len} {per_sec} {eta}",
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style).with_message(what)
        });
        let now = Instant::now();
        Self { what, unit, bar, begun: now, told: Cell::new(now) }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, done: u64, total: Option<u64>) -> String {
        let rate = done as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let unit = match self.unit {
            Unit::Bytes => "bytes",
            Unit::Accounts => "accounts",
        };
        let Some(total) = total else { return format!("{}: {done} {unit}, {rate:.0} a second", self.what) };
        let left = total.saturating_sub(done) as f64 / rate.max(0.001);
        format!("{}: {done} of {total} {unit}, {rate:.0} a second, about {left:.0} s left", self.what)
    }
}

impl Watch for Bar {
    fn at(&self, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            bar.set_length(total.unwrap_or(done));
            bar.set_position(done);
        } else if self.told.get().elapsed() >= PAUSE {
            self.told.set(Instant::now());
            remark(&self.line(done, total));
        }
    }
}
