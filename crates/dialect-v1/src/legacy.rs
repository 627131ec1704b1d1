//! The old table `user` (`legacy-databases/v1/schema.md`), in both its shapes; the other tables are the video site's.

use std::error::Error;

use dragoman_accounts::{
    EachForeign, Foreign, ForeignAccount, ForeignLogin, ForeignOptions, ForeignPart, ImportedAccount, ImportedPassword,
    NewEmail, clock::Timestamp,
};
use dragoman_dialect::{Facet, Zone};
use dragoman_legacy::{Fields, Kind, Source, Table, ValueError, foreign_table};
use dragoman_passwords::{Origin, Scheme, View};
use jiff::tz::TimeZone;

use crate::{
    Settings,
    member::{V1Facet, WireRole},
};

const USER: &str = "user";
/// Whose account every deployment was shipped with, and its hash: anybody knows that password.
const SHIPPED_HASH: &str = "$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6";

/// Shape A (made by the shipped SQL and altered by the server) and shape B (made by the server), for files that name no
/// columns: their numbers of columns differ.
pub fn tables() -> Vec<Table> {
    let shared = [
        ("id", Kind::Integer),
        ("created_at", Kind::DateTime),
        ("updated_at", Kind::DateTime),
        ("deleted_at", Kind::DateTime),
        ("username", Kind::Text),
        ("email", Kind::Text),
        ("password", Kind::Text),
        ("avatar", Kind::Text),
        ("space_cover", Kind::Text),
        ("gender", Kind::Integer),
        ("birthday", Kind::DateTime),
        ("sign", Kind::Text),
        ("client_ip", Kind::Text),
    ];
    let end = [("status", Kind::Text), ("role", Kind::Integer)];
    let a: Vec<_> = shared.into_iter().chain([("is_logout", Kind::Integer)]).chain(end).collect();
    let b: Vec<_> = shared.into_iter().chain(end).collect();
    vec![Table::assumed(USER, &a), Table::assumed(USER, &b)]
}

/// Reads a site's database.
///
/// # Errors
/// A sentence for the operator.
pub fn read(source: &mut Source, options: &ForeignOptions, each: &mut EachForeign<'_>) -> Result<(), String> {
    // The shipped container set-up's zone is the settings' default as well.
    let zone = match &options.time_zone {
        Some(name) => Zone::try_from(name.clone())?,
        None => Settings::default().time_zone,
    };
    let mut users = false;
    let result = source.read_known(&[USER], &mut |row| {
        users = true;
        Ok(match user(Fields::of(row), zone.zone()) {
            Ok(found) => found.into_iter().try_for_each(&mut *each),
            Err(error) => each(Foreign::unreadable(&error.of_row()?)),
        })
    });
    result.map_err(|error| foreign_table(error, "the old site's"))?;
    if users {
        Ok(())
    } else {
        Err(format!("no rows of a table `{USER}` were found: is this the old site's database?"))
    }
}

fn user(mut row: Fields<'_>, zone: &TimeZone) -> Result<Vec<Foreign>, ValueError> {
    let place = row.place();
    let wrong = |what: &str| Ok(vec![Foreign::wrong(place.clone(), what)]);
    let Some(id) = row.integer("id")? else { return wrong("it has no id") };
    let (username, email) = (row.text("username")?.unwrap_or_default(), row.text("email")?.unwrap_or_default());
    let number = row.integer("role")?.unwrap_or_default();
    let role = WireRole::from_number(number).unwrap_or_else(|| {
        row.note(format!("its role {number} is none of 0 to 3: it becomes an ordinary user"));
        WireRole::User
    });
    let facet = V1Facet {
        avatar: row.text("avatar")?.unwrap_or_default(),
        spacecover: row.text("space_cover")?.unwrap_or_default(),
        gender: row.integer("gender")?.unwrap_or_default(),
        birthday: row.millis("birthday", zone)?,
        auditor: role == WireRole::Auditor,
    };
    let pictures = [&facet.avatar, &facet.spacecover].into_iter().filter_map(|url| own_picture(url)).collect();
    let Ok(body) = facet.encode() else { return wrong("its profile cannot be kept") };
    let hash = row.text("password")?.unwrap_or_default();
    let (password, needs_reset) = match Scheme::read(Origin::Go, &hash) {
        Ok(scheme) => (ImportedPassword::Verifiers(vec![(View::Plain, scheme)]), None),
        Err(error) => (ImportedPassword::None, Some(format!("its password hash: {error}"))),
    };
    let account = ImportedAccount {
        id: Some(id),
        email: Some(NewEmail { address: email, verified: true }),
        role: role.shared(),
        bio: row.text("sign")?,
        created_at: row.millis("created_at", zone)?.map(Timestamp::from_millis),
        facet: Some((V1Facet::NAME, body)),
        password,
        ..ImportedAccount::named(username)
    };
    let deleted_at = row.millis("deleted_at", zone)?.map(Timestamp::from_millis);
    let shipped = hash == SHIPPED_HASH && deleted_at.is_none();
    let user = ForeignAccount {
        login: ForeignLogin::Email,
        deleted_at,
        needs_reset,
        pictures,
        notes: row.into_notes(),
        ..ForeignAccount::new(id.to_string(), place.clone(), account)
    };
    let what = format!("account {id} still has the password every copy of the old site was shipped with: change it");
    let warning = shipped.then(|| Foreign::Warning { place: place.clone(), what });
    Ok([Foreign::Account(Box::new(user))].into_iter().chain(warning).collect())
}

/// What the neutral source may say of an account here.
pub const NEUTRAL_MEMBERS: &[&str] = &["v1.avatar", "v1.cover", "v1.gender", "v1.birthday", "v1.auditor"];

/// Its profile out of those; what is not said is as in a new one.
///
/// # Errors
/// A value that is none of its kind.
pub fn neutral_part(row: &mut Fields<'_>) -> Result<ForeignPart, Box<dyn Error>> {
    let zone = Settings::default().time_zone;
    let new = V1Facet::new(zone.zone());
    let facet = V1Facet {
        avatar: row.find_text("v1.avatar")?.unwrap_or_default(),
        spacecover: row.find_text("v1.cover")?.unwrap_or_default(),
        gender: row.find_integer("v1.gender")?.unwrap_or(new.gender),
        birthday: row.find_millis("v1.birthday", zone.zone())?.or(new.birthday),
        auditor: row.find_flag("v1.auditor")?.unwrap_or(false),
    };
    let pictures = [&facet.avatar, &facet.spacecover].into_iter().filter_map(|url| own_picture(url)).collect();
    Ok(ForeignPart { facet: Some((V1Facet::NAME, facet.encode()?)), pictures })
}

/// The file name of a picture that the old server kept itself.
fn own_picture(url: &str) -> Option<String> {
    let name = url.strip_prefix("/api/image/")?;
    (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
}
