//! The old tables (`legacy-databases/proxy/schema.md`): `user` and `iplist`; `role`, `permission` and their pairs are constant.

use std::error::Error;
use std::ops::ControlFlow;

use dragoman_accounts::{
    EachForeign, Foreign, ForeignAccount, ForeignOptions, ForeignPart, ImportedAccount, ImportedPassword, Role,
    clock::Timestamp,
};
use dragoman_dialect::{Facet, Zone};
use dragoman_legacy::{Fields, Kind, Source, Table, ValueError, foreign_table};
use dragoman_passwords::{Origin, Scheme, View};
use jiff::tz::TimeZone;

use crate::{address::Address, member::ProxyFacet};

const USER: &str = "user";
const IPLIST: &str = "iplist";
const ROLE: &str = "role";

/// The tables as `CREATE TABLE` had them, for files that name no columns.
pub fn tables() -> Vec<Table> {
    let user = [
        ("id", Kind::Integer),
        ("username", Kind::Text),
        ("password_hash", Kind::Text),
        ("createtime", Kind::DateTime),
        ("locked", Kind::Integer),
        ("description", Kind::Text),
        ("avatar", Kind::Text),
        ("role_id", Kind::Integer),
    ];
    let iplist = [
        ("id", Kind::Integer),
        ("ip", Kind::Text),
        ("port", Kind::Integer),
        ("httptype", Kind::Text),
        ("address", Kind::Text),
        ("isp", Kind::Text),
        ("spend", Kind::Float),
        ("createtime", Kind::DateTime),
    ];
    vec![Table::assumed(USER, &user), Table::assumed(IPLIST, &iplist)]
}

/// Reads a pool's database.
///
/// # Errors
/// A sentence for the operator.
pub fn read(source: &mut Source, options: &ForeignOptions, each: &mut EachForeign<'_>) -> Result<(), String> {
    let zone = options.time_zone.clone().map_or_else(|| Ok(Zone::default()), Zone::try_from)?;
    let mut users = false;
    let result = source.read_known(&[USER, IPLIST, ROLE], &mut |row| {
        let name = row.table().name.as_deref().unwrap_or(USER).to_ascii_lowercase();
        let found = match &*name {
            USER => {
                users = true;
                user(Fields::of(row), zone.zone()).map(Some)
            }
            IPLIST => address(Fields::of(row)).map(Some),
            _ => role(Fields::of(row)),
        };
        Ok(match found {
            Ok(Some(found)) => each(found),
            Ok(None) => ControlFlow::Continue(()),
            Err(error) => each(Foreign::unreadable(&error.of_row()?)),
        })
    });
    result.map_err(|error| foreign_table(error, "the old proxy's"))?;
    if !users {
        return Err(format!("no rows of a table `{USER}` were found: is this the old proxy's database?"));
    }
    // Nobody is listening any more, or everything was told: either way this is the last.
    let _ = each(Foreign::Setting {
        key: "accept_legacy_key".to_owned(),
        value: "false".to_owned(),
        reason: "the old program signed its tokens with a key that stands in every copy of it: true lets old tokens live on, and lets anybody make one",
    });
    Ok(())
}

fn user(mut row: Fields<'_>, zone: &TimeZone) -> Result<Foreign, ValueError> {
    let place = row.place();
    let Some(id) = row.integer("id")? else { return Ok(Foreign::wrong(place, "it has no id")) };
    let Some(username) = row.text("username")? else {
        let what = format!("account {id} has no name: no client can reach it; it is left out");
        return Ok(Foreign::Warning { place, what });
    };
    let facet = row.text("avatar")?.map(|avatar| ProxyFacet { avatar }.encode()).transpose();
    let Ok(facet) = facet else { return Ok(Foreign::wrong(place, "its avatar cannot be kept")) };
    let role = match row.integer("role_id")? {
        Some(1) => Role::SuperAdministrator,
        Some(2) => Role::Administrator,
        Some(3) | None => Role::User,
        Some(other) => {
            row.note(format!("its role {other} is none of 1, 2, 3: it becomes an ordinary user"));
            Role::User
        }
    };
    let (password, needs_reset) = password(row.text("password_hash")?.as_deref());
    let account = ImportedAccount {
        id: Some(id),
        role,
        locked: row.flag("locked")?,
        bio: row.text("description")?,
        created_at: row.millis("createtime", zone)?.map(Timestamp::from_millis),
        facet: facet.map(|body| (ProxyFacet::NAME, body)),
        password,
        ..ImportedAccount::named(username)
    };
    let notes = row.into_notes();
    let user = ForeignAccount { needs_reset, notes, ..ForeignAccount::new(id.to_string(), place, account) };
    Ok(Foreign::Account(Box::new(user)))
}

/// What the neutral source may say of an account here.
pub const NEUTRAL_MEMBERS: &[&str] = &["proxy.avatar"];

/// Its picture address; without one it is shown one of the usual form.
///
/// # Errors
/// A value that is none of its kind.
pub fn neutral_part(row: &mut Fields<'_>) -> Result<ForeignPart, Box<dyn Error>> {
    let facet = row.find_text("proxy.avatar")?.map(|avatar| ProxyFacet { avatar }.encode()).transpose()?;
    Ok(ForeignPart { facet: facet.map(|body| (ProxyFacet::NAME, body)), pictures: Vec::new() })
}

/// The hash as Werkzeug wrote it; of a method nobody knows the account needs `/admin/upwd`.
fn password(hash: Option<&str>) -> (ImportedPassword, Option<String>) {
    match hash.map(|hash| Scheme::read(Origin::Werkzeug, hash)) {
        Some(Ok(scheme)) => (ImportedPassword::Verifiers(vec![(View::Plain, scheme)]), None),
        Some(Err(error)) => (ImportedPassword::None, Some(format!("its password hash: {error}"))),
        None => (ImportedPassword::None, Some("it has no password hash".to_owned())),
    }
}

fn address(mut row: Fields<'_>) -> Result<Foreign, ValueError> {
    let place = row.place();
    let Some(id) = row.integer("id")? else { return Ok(Foreign::wrong(place, "it has no id")) };
    let spend = row.text("spend")?.map(|number| number.parse()).transpose();
    let Ok(spend) = spend else { return Ok(Foreign::wrong(place, "spend is no number")) };
    let address = Address {
        address: row.text("address")?,
        createtime: row.wall_clock("createtime")?,
        httptype: row.text("httptype")?,
        id,
        ip: row.text("ip")?,
        isp: row.text("isp")?,
        port: row.integer("port")?,
        spend,
    };
    Ok(match (address.check(), address.encode()) {
        (Ok(()), Ok(body)) => Foreign::Row { number: id, body },
        (Err(what), _) => Foreign::wrong(place, what),
        (_, Err(error)) => Foreign::wrong(place, error.to_string()),
    })
}

/// The roles are constant, and known by their number: another name is worth a word.
fn role(mut row: Fields<'_>) -> Result<Option<Foreign>, ValueError> {
    let expected = match row.integer("r_id")? {
        Some(1) => "超级管理员",
        Some(2) => "管理员",
        Some(3) => "普通用户",
        _ => return Ok(None),
    };
    let name = row.text("r_name")?;
    // A dump through a latin1 connection has question marks, and the reader warns of those.
    let differs = name.is_some_and(|name| name != expected && !name.contains('?'));
    let what = "a role has another name than it should; roles are known by their number".to_owned();
    Ok(differs.then(|| Foreign::Warning { place: row.place(), what }))
}
