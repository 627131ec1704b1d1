//! From when until when a certificate holds: the one thing of it that anybody here asks for, read from its DER (RFC 5280, section 4.1).

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// Both ends, out of `Certificate { tbs { [version], serial, algorithm, issuer, validity { .. } .. } .. }`.
pub(crate) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    let (tag, _, after_version) = element(rest)?;
    if tag == VERSION {
        rest = after_version;
    }
    for _ in ["serial", "algorithm", "issuer"] {
        (_, _, rest) = element(rest)?;
    }
    let (tag, both, _) = element(rest)?;
    let (begins, ends) = (element(both)?, element(element(both)?.2)?);
    if tag != SEQUENCE {
        return None;
    }
    Some((instant(begins.0, begins.1)?, instant(ends.0, ends.1)?))
}

/// The first element of `bytes` in DER: its tag, what is in it, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0, |length, &digit| (length << 8) | usize::from(digit)), rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

/// `YYMMDDhhmmssZ` of 1950 to 2049, or with the whole year.
fn instant(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME => format!("{}{text}", if text < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let moment = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(der: &[u8]) -> Option<i64> {
        validity(der).map(|(_, end)| end.as_second())
    }

    #[test]
    fn the_end_is_read_and_rubbish_is_borne() {
        for (year, seconds) in [(2031, 1_924_992_000), (2075, 3_313_526_400_i64)] {
            let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
            let made = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let der = made.der();
            assert_eq!(end_of(der), Some(seconds), "{year}");
            for length in 0..der.len().min(200) {
                assert_eq!(end_of(&der[..length]), None);
            }
        }
        assert_eq!(end_of(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
