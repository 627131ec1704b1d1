//! When a certificate ends: the one date of it that anybody here asks for, read from its DER (RFC 5280, section 4.1).

use dragoman_accounts::clock::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of a certificate's validity, if that can be read.
pub(super) fn end_of(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = value(der, SEQUENCE)?;
    let (mut rest, _) = value(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = value(rest, VERSION)?.1;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        rest = value(rest, *rest.first()?)?.1;
    }
    let (validity, _) = value(rest, SEQUENCE)?;
    let (_, end) = value(validity, *validity.first()?)?;
    let tag = *end.first()?;
    let text = std::str::from_utf8(value(end, tag)?.0).ok()?;
    let full = match tag {
        // Two digits of the year: 1950 to 2049.
        UTC_TIME if text.get(..2)? >= "50" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let date = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", full).ok()?;
    Some(Timestamp::from_seconds(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second()))
}

/// What an element of this tag holds, and what comes after it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length).filter(|_| first == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_and_rubbish_is_borne() {
        for (year, seconds) in [(2031, 1_924_992_000), (2075, 3_313_526_400_i64)] {
            let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
            let made = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let der = made.der();
            assert_eq!(end_of(der), Some(Timestamp::from_seconds(seconds)), "{year}");
            for length in 0..der.len().min(200) {
                assert_eq!(end_of(&der[..length]), None);
            }
        }
        assert_eq!(end_of(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
