//! The table of an unknown site (`legacy-databases/php/schema.md`), through a column mapping.

use std::ops::ControlFlow;

use dragoman_accounts::{
    EachForeign, Foreign, ForeignAccount, ForeignOptions, ImportedAccount, ImportedPassword, NewEmail, Role,
    clock::Timestamp,
};
use dragoman_legacy::{Fields, Source, Table, ValueError, foreign_table};
use dragoman_passwords::{
    Origin, Scheme, UnknownScheme, View, from_login_digest_column, from_md5_column, from_salted_md5_column,
};
use jiff::tz::{Offset, TimeZone};

use crate::mapping::{Mapping, PasswordScheme, TimeFormat};

/// Longest uuid that the domain keeps, in bytes.
const UUID: usize = 64;

pub use crate::suggest::suggest;

/// Nothing is known of the tables.
pub fn tables() -> Vec<Table> {
    Vec::new()
}

/// Reads a site's table.
///
/// # Errors
/// A sentence for the operator.
pub fn read(source: &mut Source, options: &ForeignOptions, each: &mut EachForeign<'_>) -> Result<(), String> {
    let Some(text) = &options.mapping else {
        return Err(
            "a php site's tables are its own: give --mapping FILE (`dragoman import suggest-mapping` drafts one)"
                .into(),
        );
    };
    let mapping = Mapping::parse(text)?;
    let zone = zone(&mapping, options)?;
    let mut rows = false;
    let result = source.read_known(&[&mapping.table], &mut |row| {
        rows = true;
        Ok(match user(Fields::of(row), &mapping, &zone) {
            Ok(Some(found)) => each(found),
            Ok(None) => ControlFlow::Continue(()),
            Err(error) => each(Foreign::unreadable(&error.of_row()?)),
        })
    });
    result.map_err(|error| foreign_table(error, "the mapped site's"))?;
    if rows { Ok(()) } else { Err(format!("no rows of a table `{}` were found", mapping.table)) }
}

/// The zone of the mapping; the option is for a mapping that names none.
fn zone(mapping: &Mapping, options: &ForeignOptions) -> Result<TimeZone, String> {
    let offset = mapping.created_at.as_ref().and_then(|created| created.utc_offset.as_deref());
    match (offset, &options.time_zone) {
        (Some(offset), _) => {
            parse_offset(offset).ok_or_else(|| format!("the mapping: `{offset}` is no offset like +08:00"))
        }
        (None, Some(name)) => TimeZone::get(name).map_err(|error| error.to_string()),
        (None, None) => Ok(TimeZone::UTC),
    }
}

fn parse_offset(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 14 || minutes > 59 || hours < 0 || minutes < 0 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok().map(TimeZone::fixed)
}

fn user(mut row: Fields<'_>, mapping: &Mapping, zone: &TimeZone) -> Result<Option<Foreign>, ValueError> {
    let place = row.place();
    if let Some(skip) = &mapping.skip_if
        && row.text(&skip.column)?.is_some_and(|value| skip.values.contains(&value))
    {
        return Ok(None);
    }
    let username = row.text(&mapping.columns.username)?.unwrap_or_default();
    if username.is_empty() {
        let what = "it has no user name: no client can reach it; it is left out".to_owned();
        return Ok(Some(Foreign::Warning { place, what }));
    }
    let locked = match &mapping.status {
        None => false,
        Some(status) => match row.text(&status.column)? {
            Some(value) if status.active.contains(&value) => false,
            Some(value) if status.disabled.contains(&value) => true,
            _ => {
                let what = format!("the value of `{}` is neither active nor disabled in the mapping", status.column);
                return Ok(Some(Foreign::wrong(place, what)));
            }
        },
    };
    let is_admin = match &mapping.role {
        Some(role) => row.text(&role.column)?.is_some_and(|value| role.admin.contains(&value)),
        None => false,
    };
    let uuid = named(&mut row, mapping.columns.uuid.as_ref())?.filter(|uuid| !uuid.is_empty());
    if uuid.as_ref().is_some_and(|uuid| uuid.len() > UUID) {
        return Ok(Some(Foreign::wrong(place, format!("its uuid has more than {UUID} bytes"))));
    }
    let email = named(&mut row, mapping.email.as_ref().map(|email| &email.column))?;
    let (password, needs_reset) = match verifiers(&mut row, mapping, &username)? {
        Ok(verifiers) => (ImportedPassword::Verifiers(verifiers), None),
        Err(error) => (ImportedPassword::None, Some(format!("its password: {error}"))),
    };
    let account = ImportedAccount {
        uuid,
        // For show only: nobody proved it, and nobody logs in with it (one-domain.md E2).
        email: email.filter(|address| !address.is_empty()).map(|address| NewEmail { address, verified: false }),
        role: if is_admin { Role::Administrator } else { Role::User },
        locked,
        display_name: named(&mut row, mapping.columns.nickname.as_ref())?.filter(|name| !name.is_empty()),
        created_at: created_at(&row, mapping, zone)?,
        password,
        ..ImportedAccount::named(username.clone())
    };
    let notes = row.into_notes();
    let user = ForeignAccount { needs_reset, notes, ..ForeignAccount::new(username, place, account) };
    Ok(Some(Foreign::Account(Box::new(user))))
}

fn named(row: &mut Fields<'_>, column: Option<&String>) -> Result<Option<String>, ValueError> {
    column.map_or(Ok(None), |column| row.text(column))
}

fn created_at(row: &Fields<'_>, mapping: &Mapping, zone: &TimeZone) -> Result<Option<Timestamp>, ValueError> {
    let Some(created) = &mapping.created_at else { return Ok(None) };
    let millis = match created.format {
        TimeFormat::Datetime => row.millis(&created.column, zone)?,
        TimeFormat::UnixSeconds => {
            row.integer(&created.column)?.filter(|seconds| *seconds != 0).and_then(|seconds| seconds.checked_mul(1_000))
        }
    };
    Ok(millis.map(Timestamp::from_millis))
}

/// The verifiers that the page's table gives each scheme.
fn verifiers(
    row: &mut Fields<'_>,
    mapping: &Mapping,
    username: &str,
) -> Result<Result<Vec<(View, Scheme)>, UnknownScheme>, ValueError> {
    let stored = row.text(&mapping.columns.password)?.unwrap_or_default();
    let salt = match &mapping.salt {
        Some(salt) => row.text(&salt.column)?.unwrap_or_default(),
        None => String::new(),
    };
    Ok(match mapping.password_scheme {
        PasswordScheme::Md5 => from_md5_column(&stored, Some(username)),
        PasswordScheme::Md5Md5Salt => from_salted_md5_column(&stored, &salt),
        PasswordScheme::Digest => from_login_digest_column(&stored),
        PasswordScheme::Bcrypt => Scheme::read(Origin::Php, &stored).map(|scheme| vec![(View::Plain, scheme)]),
    })
}
