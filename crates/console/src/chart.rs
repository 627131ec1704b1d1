//! Small bar charts as SVG: shapes only, coloured by the style sheet.

use std::time::Duration;

use dragoman_accounts::{Tally, TallySpan, clock::Timestamp};

/// One bar, in the picture's units.
pub(crate) struct Bar {
    pub x: usize,
    pub y: usize,
    pub height: usize,
}

/// A chart of one measure.
pub(crate) struct Chart {
    pub title: &'static str,
    pub bars: Vec<Bar>,
    pub width: usize,
    pub highest: i64,
    pub sum: i64,
}

/// Of the picture.
pub(crate) const HEIGHT: usize = 60;
/// From one bar to the next.
const STEP: usize = 8;

impl Chart {
    /// The stretches up to now, `count` of them; those without a tally are empty.
    pub(crate) fn of(
        title: &'static str,
        tallies: &[Tally],
        (span, count): (TallySpan, usize),
        now: Timestamp,
        value: impl Fn(&Tally) -> i64,
    ) -> Self {
        let last = span.begin_of(now);
        let at = |index: usize| {
            let back = u32::try_from(count.saturating_sub(index + 1)).unwrap_or(u32::MAX);
            let begins_at = last.minus(span.length().checked_mul(back).unwrap_or(Duration::MAX));
            tallies.iter().find(|tally| tally.begins_at == begins_at).map_or(0, &value).max(0)
        };
        let values: Vec<i64> = (0..count).map(at).collect();
        let highest = values.iter().copied().max().unwrap_or(0);
        let bar = |(index, value): (usize, &i64)| {
            let height = usize::try_from(value.saturating_mul(HEIGHT as i64) / highest.max(1)).unwrap_or(0);
            let height = if *value > 0 { height.max(1) } else { 0 };
            Bar { x: index * STEP, y: HEIGHT - height, height }
        };
        let bars = values.iter().enumerate().map(bar).filter(|bar| bar.height > 0).collect();
        Self { title, bars, width: count * STEP, highest, sum: values.iter().sum() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn gaps_stay_empty_and_the_highest_fills_the_picture() {
        let now = Timestamp::from_seconds(600);
        let tally = |minute: i64, amount| Tally {
            begins_at: Timestamp::from_seconds(minute * 60),
            amounts: BTreeMap::from([("requests".to_owned(), amount)]),
        };
        let tallies = [tally(1, 1_000), tally(8, 1), tally(10, 300)];
        let chart = Chart::of("t", &tallies, (TallySpan::Minute, 5), now, |tally| tally.amounts["requests"]);
        let bars: Vec<_> = chart.bars.iter().map(|bar| (bar.x, bar.height)).collect();
        assert_eq!((bars, chart.highest, chart.sum), (vec![(16, 1), (32, HEIGHT)], 300, 301));
    }
}
