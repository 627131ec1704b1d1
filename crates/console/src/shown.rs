//! How things of the domain are shown.

use dragoman_accounts::{HeldIdentity, IdentityKind, Role, clock::Timestamp};

use crate::texts::Texts;

/// UTC, to the second.
pub(crate) fn date(instant: Timestamp) -> String {
    let date = jiff::Timestamp::from_second(instant.seconds());
    date.map_or_else(|_| "-".to_owned(), |date| date.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

pub(crate) fn date_or_none(instant: Option<Timestamp>) -> String {
    instant.map_or_else(|| "-".to_owned(), date)
}

pub(crate) fn role(role: Role, texts: &Texts) -> &'static str {
    match role {
        Role::User => texts.user,
        Role::Administrator => texts.administrator,
        Role::SuperAdministrator => texts.super_administrator,
    }
}

pub(crate) fn kind(held: &HeldIdentity, texts: &Texts) -> &'static str {
    match held.kind {
        IdentityKind::Username => texts.name,
        IdentityKind::Email => texts.email,
        IdentityKind::ExternalId => texts.old_number,
    }
}

/// Microseconds, for people.
pub(crate) fn span(microseconds: u64) -> String {
    match microseconds {
        0..1_000 => format!("{microseconds} µs"),
        1_000..1_000_000 => format!("{:.1} ms", microseconds as f64 / 1e3),
        _ => format!("{:.2} s", microseconds as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_dates_are_short() {
        assert_eq!((span(999), span(1_500), span(2_500_000)), ("999 µs".into(), "1.5 ms".into(), "2.50 s".into()));
        assert_eq!(date(Timestamp::from_seconds(0)), "1970-01-01 00:00:00");
        assert_eq!(date(Timestamp::from_millis(i64::MAX)), "-");
    }
}
