//! Accounts of the neutral source (`docs/jsonl-source.md`), for deployments nobody knows.

use std::collections::HashSet;
use std::error::Error;
use std::ops::ControlFlow;

use dragoman_accounts::{
    EachForeign, Foreign, ForeignAccount, ForeignLogin, ForeignOptions, ForeignPart, ImportedAccount, ImportedPassword,
    NewEmail, Role, clock::Timestamp,
};
use dragoman_legacy::{Fields, Source, ValueError};
use jiff::tz::TimeZone;

use crate::neutral_password::{self, Passwords};

/// What a dialect adds to the neutral source.
#[derive(Clone, Copy)]
pub struct Neutral {
    /// By what its users log in.
    pub login: ForeignLogin,
    /// Which verifiers its clients need.
    pub passwords: Passwords,
    /// The members only it knows, as `DIALECT.NAME`.
    pub members: &'static [&'static str],
    /// Makes its own part of an account of them.
    pub part: Part,
}

/// Reads a dialect's own members of one line.
pub type Part = fn(&mut Fields<'_>) -> Result<ForeignPart, Box<dyn Error>>;

/// The members that every dialect knows.
const MEMBERS: [&str; 17] = [
    "id",
    "uuid",
    "username",
    "email",
    "email_verified",
    "password",
    "password.scheme",
    "password.value",
    "password.salt",
    "role",
    "locked",
    "display_name",
    "bio",
    "created_at",
    "deleted_at",
    // What a writer may add for people.
    "comment",
    "note",
];
/// Longest id in bytes.
const ID_BYTES: usize = 190;
/// The highest number that clients can hold exactly.
const HIGHEST_NUMBER: i64 = 1 << 53;
/// Unknown members that are told; of a file with more, the rest is not.
const MOST_TOLD: usize = 50;

/// Why a line cannot be taken.
type Wrong = Box<dyn Error>;

/// Reads the lines of a neutral source.
///
/// # Errors
/// A sentence for the operator.
pub(crate) fn read(
    neutral: Neutral,
    source: &mut Source,
    options: &ForeignOptions,
    each: &mut EachForeign<'_>,
) -> Result<(), String> {
    let zone = match &options.time_zone {
        Some(name) => TimeZone::get(name).map_err(|error| error.to_string())?,
        None => TimeZone::UTC,
    };
    let mut unknown = HashSet::new();
    let result = source.read(&[], &mut |row| {
        let mut fields = Fields::of(row);
        let place = format!("line {}, byte {}", fields.position().row, fields.position().offset);
        if let Some(warning) = unknown_member(&fields, neutral, &mut unknown, &place) {
            match each(warning) {
                ControlFlow::Continue(()) => {}
                stop => return stop,
            }
        }
        let found = account(&mut fields, neutral, &zone, &place).unwrap_or_else(|error| {
            Foreign::wrong(place, error.downcast_ref::<ValueError>().map_or_else(|| error.to_string(), told))
        });
        each(found)
    });
    result.map_err(|error| error.to_string())
}

fn told(error: &ValueError) -> String {
    format!("{}: {}", error.column, error.what)
}

/// A member that nobody reads may be a slip of the pen: told once.
fn unknown_member(row: &Fields<'_>, neutral: Neutral, told: &mut HashSet<String>, place: &str) -> Option<Foreign> {
    let is_known = |name: &&str| MEMBERS.contains(name) || neutral.members.contains(name) || told.contains(*name);
    let unknown: Vec<&str> = row.names().filter(|name| !is_known(name)).collect();
    if unknown.is_empty() || told.len() >= MOST_TOLD {
        return None;
    }
    told.extend(unknown.iter().map(|name| (*name).to_owned()));
    let what = format!("nobody reads {} here: left out, on this line and all others", unknown.join(", "));
    Some(Foreign::Warning { place: place.to_owned(), what })
}

fn account(row: &mut Fields<'_>, neutral: Neutral, zone: &TimeZone, place: &str) -> Result<Foreign, Wrong> {
    let id = row.find_text("id")?.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    if id.len() > ID_BYTES {
        return Err(format!("its id has more than {ID_BYTES} bytes").into());
    }
    let number = id.parse().ok().filter(|number| (1..=HIGHEST_NUMBER).contains(number));
    let email = row.find_text("email")?.filter(|address| !address.is_empty());
    let name = row.find_text("username")?.filter(|name| !name.is_empty());
    let by_address = neutral.login == ForeignLogin::Email;
    let username = name.or_else(|| email.clone().filter(|_| by_address)).ok_or("it has no username")?;
    if by_address && email.is_none() {
        return Err("it has no email, and users log in by that".into());
    }
    let deleted_at = row.find_millis("deleted_at", zone)?.map(Timestamp::from_millis);
    if deleted_at.is_some() && number.is_none() {
        let what = "it was deleted, and its id is no number that could be kept: left out".to_owned();
        return Ok(Foreign::Warning { place: place.to_owned(), what });
    }
    let (password, needs_reset) = neutral_password::read(row, neutral.passwords, &username)?;
    let verified = row.find_flag("email_verified")?.unwrap_or(false);
    let ForeignPart { facet, pictures } = (neutral.part)(row)?;
    let account = ImportedAccount {
        id: number,
        uuid: row.find_text("uuid")?.filter(|uuid| !uuid.is_empty()),
        email: email.map(|address| NewEmail { address, verified }),
        role: role(row)?,
        locked: row.find_flag("locked")?.unwrap_or(false),
        display_name: row.find_text("display_name")?,
        bio: row.find_text("bio")?,
        created_at: row.find_millis("created_at", zone)?.map(Timestamp::from_millis),
        facet,
        password,
        ..ImportedAccount::named(username)
    };
    let needs_reset = needs_reset.filter(|_| !matches!(account.password, ImportedPassword::Verifiers(_)));
    let user = ForeignAccount {
        login: neutral.login,
        deleted_at,
        needs_reset,
        pictures,
        ..ForeignAccount::new(id, place.to_owned(), account)
    };
    Ok(Foreign::Account(Box::new(user)))
}

fn role(row: &mut Fields<'_>) -> Result<Role, Wrong> {
    match row.find_text("role")?.as_deref() {
        None | Some("user") => Ok(Role::User),
        Some("administrator") => Ok(Role::Administrator),
        Some("super-administrator") => Ok(Role::SuperAdministrator),
        Some(_) => Err("role: none of user, administrator, super-administrator".into()),
    }
}
