//! Times, birthdays and names made of the time (section 2, "Values").

use dragoman_accounts::clock::Clock;
use dragoman_passwords::random::Randomness;
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// How the old server wrote a time it did not have.
const MISSING: &str = "0001-01-01T00:00:00Z";
const EPOCH: Date = Date::constant(1970, 1, 1);
/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// RFC 3339 in a zone, with milliseconds but no trailing zeros; `Z` where the zone is at UTC.
pub fn time_text(millis: Option<i64>, zone: &TimeZone) -> String {
    millis.and_then(|millis| written(millis, zone)).unwrap_or_else(|| MISSING.to_owned())
}

fn written(millis: i64, zone: &TimeZone) -> Option<String> {
    // Instants of the year 9999's last days are beyond jiff's; their offset is that of a day before.
    let near = millis.clamp(Timestamp::MIN.as_millisecond() + DAY, Timestamp::MAX.as_millisecond() - DAY);
    let offset = zone.to_offset(Timestamp::from_millisecond(near).ok()?).seconds();
    let since = SignedDuration::from_millis(millis).checked_add(SignedDuration::from_secs(i64::from(offset)))?;
    let local = DateTime::from_parts(EPOCH, Time::midnight()).checked_add(since).ok()?;
    let mut text = String::with_capacity("2020-02-29T12:34:56.789+08:00".len());
    match local.year() {
        year @ 0..=9999 => {
            add(&mut text, (year / 100).unsigned_abs());
            add(&mut text, (year % 100).unsigned_abs());
        }
        _ => text.push_str(&local.strftime("%Y").to_string()),
    }
    let parts =
        [('-', local.month()), ('-', local.day()), ('T', local.hour()), (':', local.minute()), (':', local.second())];
    for (before, part) in parts {
        text.push(before);
        add(&mut text, part.unsigned_abs().into());
    }
    if local.millisecond() != 0 {
        text.push_str(format!(".{:03}", local.millisecond()).trim_end_matches('0'));
    }
    add_offset(&mut text, offset);
    Some(text)
}

/// Two digits. A list has two times a row: written by a format, they were a third of its cost.
fn add(text: &mut String, part: u16) {
    for digit in [part / 10 % 10, part % 10] {
        text.push(char::from_digit(digit.into(), 10).unwrap_or('0'));
    }
}

/// Go leaves the seconds of historic offsets away.
fn add_offset(text: &mut String, seconds: i32) {
    if seconds == 0 {
        text.push('Z');
        return;
    }
    let minutes = seconds.unsigned_abs() / 60;
    text.push(if seconds < 0 { '-' } else { '+' });
    add(text, (minutes / 60) as u16);
    text.push(':');
    add(text, (minutes % 60) as u16);
}

/// The birthday of a new account: midnight of 1970-01-01 in the server's zone.
pub fn first_birthday(zone: &TimeZone) -> Option<i64> {
    let midnight = DateTime::from_parts(EPOCH, Time::midnight()).to_zoned(zone.clone()).ok()?;
    Some(midnight.timestamp().as_millisecond())
}

/// The birthday that a saved profile gets (D13): the stored one if it comes back as it was shown; else UTC midnight of
/// `YYYY-MM-DD`, also without padding, or of the date of an RFC 3339 time; of 1970-01-01 for anything else. `None`: the
/// text that stands for a missing one.
pub fn saved_birthday(text: &str, stored: Option<i64>, zone: &TimeZone) -> Option<i64> {
    if text == time_text(stored, zone) {
        return stored;
    }
    if text == MISSING {
        return None;
    }
    let date = plain_date(text).or_else(|| Some(date_of(text.parse().ok()?, zone)));
    Some(utc_midnight(date.unwrap_or(EPOCH)))
}

/// The day that a time stands for: birthdays are kept at UTC midnight, and in zones west of it are shown with the day
/// before. Any other time of day is one of the server's zone.
fn date_of(instant: Timestamp, zone: &TimeZone) -> Date {
    let in_utc = instant.to_zoned(TimeZone::UTC).datetime();
    if in_utc.time() == Time::midnight() { in_utc.date() } else { instant.to_zoned(zone.clone()).date() }
}

/// UTC midnight of a plain date, as the wire takes it.
pub fn plain_birthday(text: &str) -> Option<i64> {
    plain_date(text).map(utc_midnight)
}

fn plain_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.next().is_some() || !is_number(year, 4..=4) || !is_number(month, 1..=2) || !is_number(day, 1..=2) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn utc_midnight(date: Date) -> i64 {
    let since =
        DateTime::from_parts(date, Time::midnight()).duration_since(DateTime::from_parts(EPOCH, Time::midnight()));
    i64::try_from(since.as_millis()).unwrap_or(0)
}

/// What new names and files are called: the time in nanoseconds in base 36, 12 characters, and three digits. The clock
/// has milliseconds; the rest is drawn.
pub fn time_name(clock: &dyn Clock, randomness: &dyn Randomness) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let millis = clock.now().millis().max(0).unsigned_abs();
    let mut nanos = millis.saturating_mul(1_000_000).saturating_add(randomness.below(1_000_000));
    let mut digits: Vec<u8> = Vec::with_capacity(13);
    while nanos > 0 || digits.len() < 12 {
        let digit = usize::try_from(nanos % 36).unwrap_or(0);
        digits.push(DIGITS.get(digit).copied().unwrap_or(b'0'));
        nanos /= 36;
    }
    let time: String = digits.into_iter().rev().map(char::from).collect();
    format!("{time}{:03}", randomness.below(1_000))
}

#[cfg(test)]
mod tests {
    use dragoman_accounts::clock::Timestamp as Instant;
    use dragoman_passwords::random::SeededRandomness;

    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    #[test]
    fn times_in_the_server_s_zone() {
        let text = |millis| time_text(Some(millis), &shanghai());
        assert_eq!(text(1_671_092_253_076), "2022-12-15T16:17:33.076+08:00");
        assert_eq!(text(1_671_092_253_300), "2022-12-15T16:17:33.3+08:00");
        assert_eq!(text(1_680_278_400_000), "2023-04-01T00:00:00+08:00");
        assert_eq!(time_text(Some(1_680_278_400_000), &TimeZone::UTC), "2023-03-31T16:00:00Z");
        assert_eq!(time_text(None, &shanghai()), MISSING);
        assert_eq!(time_text(Some(i64::MAX), &shanghai()), MISSING);
        assert_eq!(time_text(Some(0), &TimeZone::get("America/New_York").unwrap()), "1969-12-31T19:00:00-05:00");
    }

    #[test]
    fn every_year_is_written_as_a_format_would() {
        for millis in (-62_200_000_000_000..253_402_300_799_000).step_by(9_876_543_210_987) {
            let date = Timestamp::from_millisecond(millis).unwrap().to_zoned(TimeZone::UTC).datetime();
            let written = time_text(Some(millis), &TimeZone::UTC);
            assert!(written.starts_with(&date.strftime("%Y-%m-%dT%H:%M:%S").to_string()), "{written}");
        }
    }

    #[test]
    fn birthdays() {
        let zone = shanghai();
        let shown = |text: &str| time_text(saved_birthday(text, None, &zone), &zone);
        assert_eq!(time_text(first_birthday(&zone), &zone), "1970-01-01T00:00:00+08:00");
        assert_eq!(shown("2001-02-03"), "2001-02-03T08:00:00+08:00");
        assert_eq!(shown("1988-08-08"), "1988-08-08T09:00:00+09:00", "summer time of 1986 to 1991");
        for defaulted in [
            "",
            "1970-1-1",
            "yesterday",
            "2001-02-30",
            "2001-2-3-4",
            "01-02-03",
            "2001/02/03",
            "1970-01-01T00:00:00+08:00",
        ] {
            assert_eq!(shown(defaulted), "1970-01-01T08:00:00+08:00", "{defaulted}");
        }
        assert_eq!(shown("2001-2-3"), "2001-02-03T08:00:00+08:00");
        assert_eq!(shown("1999-09-09T00:00:00+08:00"), "1999-09-09T08:00:00+08:00");
        assert_eq!(shown("1999-09-08T16:00:00Z"), "1999-09-09T08:00:00+08:00", "in the server's zone");
        assert_eq!(shown("1850-01-01"), "1850-01-01T08:05:43+08:05");
        assert_eq!(shown("9999-12-31"), "9999-12-31T08:00:00+08:00");
        assert_eq!(shown(MISSING), MISSING);
    }

    #[test]
    fn an_untouched_save_changes_no_birthday_in_any_zone() {
        for name in
            ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "UTC"]
        {
            let zone = TimeZone::get(name).unwrap();
            let plain = saved_birthday("1988-08-08", None, &zone);
            for stored in [first_birthday(&zone), plain, Some(1_671_092_253_076), Some(-1), None] {
                assert_eq!(saved_birthday(&time_text(stored, &zone), stored, &zone), stored, "{name}");
            }
            // What is shown, sent by a page that read it before another one saved.
            assert_eq!(saved_birthday(&time_text(plain, &zone), Some(0), &zone), plain, "{name}");
        }
        assert_eq!(saved_birthday(MISSING, Some(0), &TimeZone::UTC), None);
    }

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Instant {
            Instant::from_millis(self.0)
        }
    }

    #[test]
    fn names_have_fifteen_characters_whatever_the_time() {
        let randomness = SeededRandomness::new(1);
        for millis in [i64::MIN, 0, 1_671_092_253_076, 4_000_000_000_000] {
            let name = time_name(&At(millis), &randomness);
            assert_eq!(name.len(), 15, "{name}");
        }
        assert!(time_name(&At(1_795_240_000_000), &randomness).starts_with("dn"));
        assert!(time_name(&At(i64::MAX), &randomness).len() >= 15);
    }
}
