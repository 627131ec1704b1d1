//! Dates and times in all spellings that databases and their exporters have.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The zero date, `0000-00-00 00:00:00`: nobody knows.
    Zero,
    /// What a clock on the wall showed, in a zone that the value does not name.
    Local(DateTime),
    /// A certain instant.
    Instant(Timestamp),
}

impl Moment {
    /// What a clock in UTC showed, as the instant it is.
    pub(crate) fn in_utc(self) -> Moment {
        match self {
            Moment::Local(local) => {
                local.to_zoned(TimeZone::UTC).map_or(self, |zoned| Moment::Instant(zoned.timestamp()))
            }
            Moment::Zero | Moment::Instant(_) => self,
        }
    }
}

/// `2024-01-02 03:04:05.123`, with a `T`, without a fraction, the date alone, with `Z` or an offset behind.
pub(crate) fn parse(text: &str) -> Option<Moment> {
    if text.starts_with("0000-00-00") {
        return zero(text).then_some(Moment::Zero);
    }
    if text.ends_with('Z') || offset_behind(text) {
        return text.parse().ok().map(Moment::Instant);
    }
    text.parse().ok().map(Moment::Local)
}

fn zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-' | b':' | b'.' | b' ' | b'T'))
}

/// `+08:00` behind a time of day (a minus inside the date is none).
fn offset_behind(text: &str) -> bool {
    text.get(11..).is_some_and(|time| time.contains(['+', '-']))
}

#[cfg(test)]
mod tests {
    use super::{Moment, parse};
    use jiff::civil::date;

    #[test]
    fn all_spellings() {
        let local = |ns| Some(Moment::Local(date(2024, 1, 2).at(3, 4, 5, ns)));
        assert_eq!(parse("2024-01-02 03:04:05"), local(0));
        assert_eq!(parse("2024-01-02T03:04:05"), local(0));
        assert_eq!(parse("2024-01-02 03:04:05.123"), local(123_000_000));
        assert_eq!(parse("2024-01-02T03:04:05.123456"), local(123_456_000));
        assert_eq!(parse("2024-01-02"), Some(Moment::Local(date(2024, 1, 2).at(0, 0, 0, 0))));
        let instant = Some(Moment::Instant("2024-01-02T03:04:05Z".parse().unwrap()));
        assert_eq!(parse("2024-01-02T03:04:05Z"), instant);
        assert_eq!(parse("2024-01-02 11:04:05+08:00"), instant);
        assert_eq!(parse("0000-00-00 00:00:00.000000"), Some(Moment::Zero));
        for wrong in ["", "0000-00-00 x", "2024-13-02 03:04:05", "2024-01-02 03:04:05 America", "Z", "-1 day, 22:30:00"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
