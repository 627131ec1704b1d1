//! Until when the server's certificate holds.

use std::path::Path;

use dragoman_accounts::clock::{Clock, SystemClock};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::Finding;
use crate::{config::Settings, validity::validity};

const DAY: i64 = 86_400;
/// Two weeks: those who renew by themselves have done it by then.
const SOON_DAYS: i64 = 14;

/// Nothing where there is no certificate. One that does not read is the configuration's finding.
pub(super) fn examine(settings: &Settings) -> Option<Finding> {
    let file = settings.server.tls_certificate.as_deref()?;
    let seconds = SystemClock.now().millis().div_euclid(1_000);
    Some(judge(file, CertificateDer::from_pem_file(file).ok()?.as_ref(), seconds))
}

fn judge(file: &Path, certificate: &[u8], now: i64) -> Finding {
    let Some((begins, ends)) = validity(certificate) else {
        let found = format!("{}: it does not say until when it holds", file.display());
        return Finding::doubtful("certificate", found, "make sure that it is an X.509 certificate");
    };
    let found = format!("{} holds until {ends}", file.display());
    let advice = "renew it, then `systemctl reload` (SIGHUP): connections that run are kept";
    let days_left = ends.as_second().saturating_sub(now).div_euclid(DAY);
    if days_left < 0 || begins.as_second() > now {
        let found = format!("{} holds from {begins} until {ends}: not now", file.display());
        Finding::broken("certificate", found, advice)
    } else if days_left < SOON_DAYS {
        Finding::doubtful("certificate", format!("{found}, {days_left} days from now"), advice)
    } else {
        Finding::good("certificate", found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn made(begins: i32, ends: i32) -> Vec<u8> {
        let mut wanted = rcgen::CertificateParams::new(vec!["gateway.example".to_owned()]).unwrap();
        wanted.not_before = rcgen::date_time_ymd(begins, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(ends, 1, 1);
        wanted.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_end_of_a_certificate_is_told_in_time() {
        // Beyond 2049 the year is written otherwise.
        for (begins, ends) in [(2020, 2030), (1990, 2049), (2020, 2060)] {
            let certificate = made(begins, ends);
            let end = validity(&certificate).unwrap().1;
            assert_eq!(end.to_string(), format!("{ends}-01-01T00:00:00Z"));
            let state = |now: i64| judge(Path::new("c.pem"), &certificate, now).state;
            assert_eq!(state(end.as_second() - 30 * DAY), State::Good);
            assert_eq!(state(end.as_second() - 5 * DAY), State::Doubtful);
            assert_eq!(state(end.as_second() + 1), State::Broken);
            assert_eq!(state(validity(&certificate).unwrap().0.as_second() - 1), State::Broken);
        }
    }

    #[test]
    fn what_is_no_certificate_is_doubtful() {
        let certificate = made(2020, 2030);
        for length in 0..certificate.len().min(300) {
            let cut = certificate.get(..length).unwrap();
            assert_eq!(judge(Path::new("c.pem"), cut, 0).state, State::Doubtful, "{length}");
        }
        for hostile in [&[0x30, 0xff][..], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x80]] {
            assert_eq!(validity(hostile), None);
        }
    }
}
