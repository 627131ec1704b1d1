//! Days in UTC, as forms write them.

use dragoman_accounts::clock::Timestamp;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// When a day like `2026-11-28` begins.
pub(crate) fn begin_of(day: &str) -> Option<Timestamp> {
    if day.len() != "2026-11-28".len() {
        return None;
    }
    let date: jiff::civil::Date = day.parse().ok()?;
    let begin = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(begin.as_millisecond()))
}

/// When the day after it begins.
pub(crate) fn end_of(day: &str) -> Option<Timestamp> {
    Some(Timestamp::from_millis(begin_of(day)?.millis() + DAY_MILLIS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_and_end() {
        assert_eq!(begin_of("1970-01-02"), Some(Timestamp::from_millis(DAY_MILLIS)));
        assert_eq!(end_of("1969-12-31"), Some(Timestamp::from_millis(0)));
        for wrong in ["", "1970-13-01", "1970-1-1", "1970-01-01T00:00:00Z", "+123456-01", "0000000000", "一二三"] {
            assert_eq!(begin_of(wrong), None, "{wrong}");
        }
    }
}
