//! The old tables (`legacy-databases/frp/schema.md`): `users`, and what is joined to them by name: `tokens`, `limits`, `qq`;
//! `groups` are settings here. Login tokens can be guessed and real names are nobody's business: neither is read.

use std::collections::HashMap;
use std::error::Error;
use std::ops::ControlFlow;

use dragoman_accounts::{
    EachForeign, Foreign, ForeignAccount, ForeignOptions, ForeignPart, ImportedAccount, ImportedPassword, NewEmail,
    clock::Timestamp, folding::fold,
};
use dragoman_dialect::Facet;
use dragoman_legacy::{Fields, Kind, Source, Table, ValueError, foreign_table};
use dragoman_passwords::{Origin, Scheme, View};

use crate::plan::Plan;

const USERS: &str = "users";
const TOKENS: &str = "tokens";
const LIMITS: &str = "limits";
const GROUPS: &str = "groups";
const QQ: &str = "qq";
const PANEL: &str = "the old panel's";

/// The tables as `CREATE TABLE` had them, for files that name no columns.
pub fn tables() -> Vec<Table> {
    let users = [
        ("id", Kind::Integer),
        ("username", Kind::Text),
        ("password", Kind::Text),
        ("email", Kind::Text),
        ("traffic", Kind::Integer),
        ("proxies", Kind::Integer),
        ("group", Kind::Text),
        ("regtime", Kind::Text),
        ("status", Kind::Text),
    ];
    vec![Table::assumed(USERS, &users)]
}

/// Reads the panel's database: what is joined by name first, because nothing says in which order the tables come.
///
/// # Errors
/// A sentence for the operator.
pub fn read(source: &mut Source, _options: &ForeignOptions, each: &mut EachForeign<'_>) -> Result<(), String> {
    let mut joined = Joined::default();
    let mut stopped = false;
    let result = source.read_known(&[TOKENS, LIMITS, GROUPS, QQ], &mut |row| {
        let Some(table) = row.table().name.clone() else { return Ok(ControlFlow::Continue(())) };
        let flow = match joined.take(&table.to_ascii_lowercase(), Fields::of(row)) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(found)) => each(found),
            Err(error) => each(Foreign::unreadable(&error.of_row()?)),
        };
        stopped |= flow.is_break();
        Ok(flow)
    });
    result.map_err(|error| foreign_table(error, PANEL))?;
    if stopped {
        return Ok(());
    }
    let mut users = false;
    let result = source.read_known(&[USERS], &mut |row| {
        users = true;
        let flow = match user(Fields::of(row), &mut joined) {
            Ok(found) => each(found),
            Err(error) => each(Foreign::unreadable(&error.of_row()?)),
        };
        stopped |= flow.is_break();
        Ok(flow)
    });
    result.map_err(|error| foreign_table(error, PANEL))?;
    if !users {
        return Err(format!("no rows of a table `{USERS}` were found: is this the old panel's database?"));
    }
    if !stopped {
        joined.orphans().into_iter().try_for_each(|warning| match each(warning) {
            ControlFlow::Continue(()) => Some(()),
            ControlFlow::Break(()) => None,
        });
    }
    Ok(())
}

/// The rows that belong to a user name, ignoring its case; of several of a table the one with the lowest id counts.
#[derive(Default)]
struct Joined {
    tokens: HashMap<String, Lowest<String>>,
    limits: HashMap<String, Lowest<(i64, i64)>>,
    qq: HashMap<String, Lowest<String>>,
}

struct Lowest<T> {
    id: i64,
    value: T,
    used: bool,
}

fn keep_lowest<T>(rows: &mut HashMap<String, Lowest<T>>, name: &str, id: i64, value: T) {
    let name = fold(name);
    if rows.get(&name).is_none_or(|known| id < known.id) {
        rows.insert(name, Lowest { id, value, used: false });
    }
}

fn used<'r, T>(rows: &'r mut HashMap<String, Lowest<T>>, folded: &str) -> Option<&'r T> {
    let row = rows.get_mut(folded)?;
    row.used = true;
    Some(&row.value)
}

impl Joined {
    fn take(&mut self, table: &str, mut row: Fields<'_>) -> Result<Option<Foreign>, ValueError> {
        let id = row.integer("id")?.unwrap_or_default();
        if table == GROUPS {
            return group(row).map(Some);
        }
        let Some(name) = row.text("username")? else { return Ok(None) };
        match table {
            TOKENS => {
                let token = row.text("token")?.unwrap_or_default();
                keep_lowest(&mut self.tokens, &name, id, token);
            }
            LIMITS => {
                let limits = (row.integer("inbound")?.unwrap_or(0), row.integer("outbound")?.unwrap_or(0));
                keep_lowest(&mut self.limits, &name, id, limits);
            }
            _ => {
                let qq = row.text("qq")?.unwrap_or_default();
                keep_lowest(&mut self.qq, &name, id, qq);
            }
        }
        Ok(None)
    }

    /// One warning a table with rows that belong to nobody.
    fn orphans(&self) -> Vec<Foreign> {
        let count = |unused: usize, table: &str| {
            let what = format!("{unused} rows belong to no account and are left out");
            (unused > 0).then(|| Foreign::Warning { place: table.to_owned(), what })
        };
        let tokens = self.tokens.values().filter(|row| !row.used).count();
        let limits = self.limits.values().filter(|row| !row.used).count();
        let qq = self.qq.values().filter(|row| !row.used).count();
        [count(tokens, TOKENS), count(limits, LIMITS), count(qq, QQ)].into_iter().flatten().collect()
    }
}

/// A group's limits are settings of the mount.
fn group(mut row: Fields<'_>) -> Result<Foreign, ValueError> {
    let name = row.text("name")?.unwrap_or_default();
    let (inbound, outbound) = (row.integer("inbound")?.unwrap_or(1280), row.integer("outbound")?.unwrap_or(1280));
    let Ok(name) = serde_json::to_string(&name) else { return Ok(Foreign::wrong(row.place(), "its name")) };
    Ok(Foreign::Setting {
        key: format!("groups.{name}"),
        value: format!("{{ inbound = {inbound}, outbound = {outbound} }}"),
        reason: "the limits of accounts that have none of their own",
    })
}

fn user(mut row: Fields<'_>, joined: &mut Joined) -> Result<Foreign, ValueError> {
    let place = row.place();
    let Some(id) = row.integer("id")? else { return Ok(Foreign::wrong(place, "it has no id")) };
    let username = row.text("username")?.unwrap_or_default();
    let folded = fold(&username);
    let limits = used(&mut joined.limits, &folded).copied();
    let plan = Plan {
        group: row.text("group")?.unwrap_or_default(),
        traffic: row.integer("traffic")?.unwrap_or_default(),
        inbound: limits.map(|(inbound, _)| inbound),
        outbound: limits.map(|(_, outbound)| outbound),
        tunnels: row.integer("proxies")?.unwrap_or(-1),
        frp_token: used(&mut joined.tokens, &folded).cloned().unwrap_or_default(),
        qq: used(&mut joined.qq, &folded).cloned().unwrap_or_default(),
        qq_social_id: String::new(),
    };
    let Ok(body) = plan.encode() else { return Ok(Foreign::wrong(place, "its plan cannot be kept")) };
    let (password, needs_reset) = match Scheme::read(Origin::Php, &row.text("password")?.unwrap_or_default()) {
        Ok(scheme) => (ImportedPassword::Verifiers(vec![(View::Plain, scheme)]), None),
        Err(error) => (ImportedPassword::None, Some(format!("its password hash: {error}"))),
    };
    let account = ImportedAccount {
        id: Some(id),
        email: row.text("email")?.map(|address| NewEmail { address, verified: true }),
        locked: row.text("status")?.unwrap_or_default() != "0",
        created_at: registered_at(&mut row)?,
        facet: Some((Plan::NAME, body)),
        password,
        ..ImportedAccount::named(username)
    };
    let notes = row.into_notes();
    let user = ForeignAccount { needs_reset, notes, ..ForeignAccount::new(id.to_string(), place, account) };
    Ok(Foreign::Account(Box::new(user)))
}

/// What the neutral source may say of an account here.
pub const NEUTRAL_MEMBERS: &[&str] = &[
    "frp.group",
    "frp.traffic",
    "frp.inbound",
    "frp.outbound",
    "frp.tunnels",
    "frp.token",
    "frp.qq",
    "frp.qq_social_id",
];

/// Its plan out of those; what is not said is as in a new one.
///
/// # Errors
/// A value that is none of its kind.
pub fn neutral_part(row: &mut Fields<'_>) -> Result<ForeignPart, Box<dyn Error>> {
    let new = Plan::default();
    let plan = Plan {
        group: row.find_text("frp.group")?.unwrap_or(new.group),
        traffic: row.find_integer("frp.traffic")?.unwrap_or(new.traffic),
        inbound: row.find_integer("frp.inbound")?,
        outbound: row.find_integer("frp.outbound")?,
        tunnels: row.find_integer("frp.tunnels")?.unwrap_or(new.tunnels),
        frp_token: row.find_text("frp.token")?.unwrap_or_default(),
        qq: row.find_text("frp.qq")?.unwrap_or_default(),
        qq_social_id: row.find_text("frp.qq_social_id")?.unwrap_or_default(),
    };
    Ok(ForeignPart { facet: Some((Plan::NAME, plan.encode()?)), pictures: Vec::new() })
}

/// Unix seconds as text; empty where nobody knows.
fn registered_at(row: &mut Fields<'_>) -> Result<Option<Timestamp>, ValueError> {
    let text = row.text("regtime")?.unwrap_or_default();
    let seconds = text.trim().parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000));
    if seconds.is_none() && !text.trim().is_empty() {
        row.note("regtime is no number of seconds: taken for unknown");
    }
    Ok(seconds.map(Timestamp::from_millis))
}
