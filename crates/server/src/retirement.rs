//! How a mount is told to go: the `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) headers on all its answers, and
//! brown-outs, announced times in which it answers 503 so that whoever still calls it finds out while it can be undone.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue, LINK, RETRY_AFTER},
    },
};
use jiff::{Span, Timestamp, civil, fmt::rfc2822::DateTimePrinter, tz::TimeZone};
use serde::{Deserialize, Serialize};
use url::Url;

/// Brown-outs that one mount can announce.
const MOST_BROWNOUTS: usize = 1_000;

/// The keys of a mount's section that say so. Nothing is said without them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RetirementKeys {
    /// Since when (or from when on) nobody should use it: `2027-01-31` or `2027-01-31T12:00:00Z`.
    deprecation: Option<String>,
    /// When it will be gone; not before `deprecation`.
    sunset: Option<String>,
    /// Where people can read about it.
    deprecation_link: Option<String>,
    /// `FROM/UNTIL` or `FROM/PT2H`.
    brownouts: Vec<String>,
}

/// What a mount says of its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retirement {
    headers: Vec<(HeaderName, HeaderValue)>,
    brownouts: Vec<(Timestamp, Timestamp)>,
}

/// The time that is left of a brown-out, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrownOut(i64);

impl RetirementKeys {
    /// Reads the keys; the error is one of them and a clause that follows it.
    pub fn read(&self) -> Result<Retirement, (&'static str, String)> {
        let deprecation = date("deprecation", self.deprecation.as_deref())?;
        let sunset = date("sunset", self.sunset.as_deref())?;
        if let (Some(deprecation), Some(sunset)) = (deprecation, sunset)
            && sunset < deprecation
        {
            return Err(("sunset", "must not be before `deprecation`".to_owned()));
        }
        let mut headers = Vec::new();
        if let Some(instant) = deprecation {
            // A structured date: seconds since the Unix epoch behind an `@`.
            headers.push(header("deprecation", "deprecation", &format!("@{}", instant.as_second()))?);
        }
        if let Some(instant) = sunset {
            let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&instant);
            let text = text.map_err(|error| ("sunset", format!("is no date for HTTP: {error}")))?;
            headers.push(header("sunset", "sunset", &text)?);
        }
        if let Some(text) = &self.deprecation_link {
            let value = format!("<{}>; rel=\"deprecation\"; type=\"text/html\"", page(text)?);
            headers.push(header("deprecation_link", LINK.as_str(), &value)?);
        }
        if self.brownouts.len() > MOST_BROWNOUTS {
            return Err(("brownouts", format!("must be at most {MOST_BROWNOUTS}")));
        }
        let brownouts = self.brownouts.iter().map(|text| brownout(text)).collect::<Result<_, _>>()?;
        Ok(Retirement { headers, brownouts })
    }
}

impl Retirement {
    /// Whether nothing is said at all.
    pub fn is_silent(&self) -> bool {
        self.headers.is_empty() && self.brownouts.is_empty()
    }

    /// Adds the headers to an answer that does not have them yet.
    pub fn announce(&self, answer: &mut HeaderMap) {
        for (name, value) in &self.headers {
            if !answer.get_all(name).any(|present| present == value) {
                answer.append(name.clone(), value.clone());
            }
        }
    }

    /// The brown-out of a moment, in milliseconds since the Unix epoch.
    pub fn brown_out(&self, millis: i64) -> Option<BrownOut> {
        let running =
            |(from, until): &&(Timestamp, Timestamp)| (from.as_millisecond()..until.as_millisecond()).contains(&millis);
        let until = self.brownouts.iter().filter(running).map(|(_, until)| until.as_millisecond()).max()?;
        Some(BrownOut((until - millis).div_euclid(1_000).max(1)))
    }

    /// Whether there is any brown-out.
    pub fn has_brownouts(&self) -> bool {
        !self.brownouts.is_empty()
    }
}

impl BrownOut {
    /// Makes a dialect's "busy" the answer of a brown-out: 503 also where the dialect says everything with 200, and when it is
    /// worth while to ask again.
    pub fn tell(self, answer: &mut HttpResponse) {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(self.0));
    }
}

fn date(key: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, (&'static str, String)> {
    let Some(text) = text else { return Ok(None) };
    match instant(text) {
        Some(instant) if instant.as_second() >= 0 => Ok(Some(instant)),
        _ => Err((key, format!("must be a date such as `2027-01-31` or `2027-01-31T12:00:00Z`, but is `{text}`"))),
    }
}

/// An instant, or a day that begins in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let midnight = || Some(text.parse::<civil::Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    // A civil date is also the beginning of an instant: what has a time must have a zone.
    if text.contains(['T', 't', ' ']) { text.parse().ok() } else { midnight() }
}

fn brownout(text: &str) -> Result<(Timestamp, Timestamp), (&'static str, String)> {
    let wrong = |reason: &str| ("brownouts", format!("have `{text}`, which {reason}"));
    let form = "is not of the form `2027-01-10T10:00:00Z/2027-01-10T12:00:00Z` or `2027-01-10T10:00:00Z/PT2H`";
    let (from, until) = text.split_once('/').ok_or_else(|| wrong(form))?;
    let from = instant(from).ok_or_else(|| wrong(form))?;
    let until = if until.starts_with(['P', 'p']) {
        until.parse::<Span>().ok().and_then(|span| from.checked_add(span).ok())
    } else {
        instant(until)
    };
    let until = until.ok_or_else(|| wrong(form))?;
    if until <= from { Err(wrong("ends before it begins")) } else { Ok((from, until)) }
}

fn page(text: &str) -> Result<String, (&'static str, String)> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && !url.as_str().contains(['<', '>']) => Ok(url.into()),
        _ => Err(("deprecation_link", format!("must be the URL of a page, but is `{text}`"))),
    }
}

fn header(
    key: &'static str,
    name: &'static str,
    value: &str,
) -> Result<(HeaderName, HeaderValue), (&'static str, String)> {
    let value = HeaderValue::from_str(value).map_err(|_| (key, "cannot be written in a header".to_owned()))?;
    Ok((HeaderName::from_static(name), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(deprecation: &str, sunset: &str, brownouts: &[&str]) -> RetirementKeys {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        RetirementKeys {
            deprecation: text(deprecation),
            sunset: text(sunset),
            deprecation_link: None,
            brownouts: brownouts.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn headers_are_written_as_their_standards_say() {
        let keys = RetirementKeys {
            deprecation_link: Some("https://example.com/end of frp".to_owned()),
            ..keys("2023-06-30T23:59:59Z", "2027-06-30", &[])
        };
        let mut answer = HeaderMap::new();
        answer.insert(LINK, HeaderValue::from_static("<x>"));
        keys.read().unwrap().announce(&mut answer);
        // The example of RFC 9745, and the form of RFC 8594.
        assert_eq!(answer.get("deprecation").unwrap(), "@1688169599");
        assert_eq!(answer.get("sunset").unwrap(), "Wed, 30 Jun 2027 00:00:00 GMT");
        let links: Vec<&HeaderValue> = answer.get_all(LINK).collect();
        assert_eq!(links, ["<x>", "<https://example.com/end%20of%20frp>; rel=\"deprecation\"; type=\"text/html\""]);
        assert!(RetirementKeys::default().read().unwrap().is_silent());
    }

    #[test]
    fn what_cannot_be_is_told_by_key() {
        for (keys, key) in [
            (keys("soon", "", &[]), "deprecation"),
            (keys("2027-01-31T12:00:00", "", &[]), "deprecation"),
            (keys("1969-01-31", "", &[]), "deprecation"),
            (keys("", "2027-02-30", &[]), "sunset"),
            (keys("2027-01-02", "2027-01-01", &[]), "sunset"),
            (keys("", "", &["2027-01-02"]), "brownouts"),
            (keys("", "", &["2027-01-02/2027-01-02"]), "brownouts"),
            (keys("", "", &["2027-01-02/2027-01-01"]), "brownouts"),
            (keys("", "", &["2027-01-02/PT0S"]), "brownouts"),
            (keys("", "", &["2027-01-02/P-1"]), "brownouts"),
            (keys("", "", &["2027-01-02/P1Y"]), "brownouts"),
            (
                RetirementKeys { deprecation_link: Some("javascript:x".to_owned()), ..keys("", "", &[]) },
                "deprecation_link",
            ),
        ] {
            assert_eq!(keys.read().unwrap_err().0, key, "{keys:?}");
        }
    }

    #[test]
    fn a_brown_out_is_from_then_until_then() {
        let retirement = keys("", "", &["2027-01-10T10:00:00Z/PT2H", "2027-01-10T11:00:00Z/2027-01-10T13:00:00Z"]);
        let retirement = retirement.read().unwrap();
        let at = |text: &str| retirement.brown_out(text.parse::<Timestamp>().unwrap().as_millisecond());
        assert_eq!(at("2027-01-10T09:59:59.999Z"), None);
        assert_eq!(at("2027-01-10T10:00:00Z"), Some(BrownOut(7_200)));
        assert_eq!(at("2027-01-10T11:59:59Z"), Some(BrownOut(3_601)));
        assert_eq!(at("2027-01-10T12:59:59.500Z"), Some(BrownOut(1)));
        assert_eq!(at("2027-01-10T13:00:00Z"), None);
    }
}
