//! Columns of few values: who may log in, who is an administrator, which rows are left out.

use super::sample::ColumnSample;
use crate::mapping::{Role, SkipIf, Status};

/// A part of the suggestion, with the reason and what is not sure about it.
pub(super) struct Reasoned<T> {
    pub part: T,
    pub reason: String,
    pub unsure: Option<String>,
}

const GOOD: [&str; 14] =
    ["1", "y", "yes", "t", "true", "normal", "active", "enabled", "enable", "on", "ok", "valid", "open", "approved"];
const BAD: [&str; 16] = [
    "0", "n", "no", "f", "false", "locked", "lock", "disabled", "disable", "banned", "blocked", "frozen", "off",
    "invalid", "closed", "inactive",
];

/// Names that say who may, and names that say who may not.
const MAY: [&str; 7] = ["status", "state", "enabled", "enable", "active", "isactive", "valid"];
const MAY_NOT: [&str; 9] =
    ["disabled", "isdisabled", "locked", "islocked", "banned", "isbanned", "blocked", "frozen", "forbidden"];
const DELETED: [&str; 7] = ["isdel", "isdeleted", "deleted", "del", "delflag", "delstatus", "isdelete"];
const ADMIN: [&str; 7] = ["isadmin", "admin", "role", "roleid", "usertype", "isroot", "superuser"];

/// All values a column has or may have: those of the rows, and those of its ENUM.
fn values(column: &ColumnSample) -> Option<Vec<(String, u64)>> {
    let choices = column.choices()?;
    let mut values: Vec<(String, u64)> = choices.iter().map(|(value, count)| (value.clone(), *count)).collect();
    let declared = column.declared.get(..5).filter(|start| start.eq_ignore_ascii_case("enum("));
    let inner = declared.and_then(|_| column.declared.get(5..)?.strip_suffix(')')).unwrap_or_default();
    for value in inner.split(',').filter_map(|quoted| quoted.trim().strip_prefix('\'')?.strip_suffix('\'')) {
        if !choices.contains_key(value) {
            values.push((value.to_owned(), 0));
        }
    }
    Some(values)
}

fn told(values: &[(String, u64)]) -> String {
    values.iter().map(|(value, count)| format!("{value:?} {count} times")).collect::<Vec<_>>().join(", ")
}

fn one_of(list: &[&str], value: &str) -> bool {
    list.contains(&value.to_lowercase().as_str())
}

pub(super) fn status(columns: &[ColumnSample], rows: u64) -> Option<Reasoned<Status>> {
    let find = |names: &[&str]| columns.iter().find(|column| names.contains(&column.plain_name().as_str()));
    let (column, says_may) = find(&MAY).map(|column| (column, true)).or_else(|| Some((find(&MAY_NOT)?, false)))?;
    let values = values(column)?;
    let (good, bad) = if says_may { (&GOOD[..], &BAD[..]) } else { (&BAD[..], &GOOD[..]) };
    let mut active: Vec<String> = values.iter().filter(|(value, _)| one_of(good, value)).map(named).collect();
    let mut unclear: Vec<&(String, u64)> =
        values.iter().filter(|(value, _)| !one_of(good, value) && !one_of(bad, value)).collect();
    let mut unsure = Vec::new();
    // Most people may log in: a value nobody knows that most rows have means that.
    let common = values.iter().max_by_key(|(_, count)| *count)?;
    if active.iter().all(|value| *value != common.0) && (active.is_empty() || common.1 * 2 > column.filled) {
        unsure.push(format!("{:?} is taken for active because most rows have it", common.0));
        active = vec![common.0.clone()];
        unclear.retain(|(value, _)| *value != common.0);
    }
    if !unclear.is_empty() {
        let list: Vec<String> = unclear.iter().map(|(value, _)| format!("{value:?}")).collect();
        unsure.push(format!("{} could mean anything and is taken for disabled", list.join(", ")));
    }
    if column.filled < rows {
        unsure.push("a row without a value is an error: add what it means in the old database".to_owned());
    }
    let disabled = values.iter().map(named).filter(|value| !active.contains(value)).collect();
    Some(Reasoned {
        reason: format!("its name, and its values: {}", told(&values)),
        part: Status { column: column.name.clone(), active, disabled },
        unsure: (!unsure.is_empty()).then(|| unsure.join("; ")),
    })
}

fn named((value, _): &(String, u64)) -> String {
    value.clone()
}

pub(super) fn role(columns: &[ColumnSample]) -> Option<Reasoned<Role>> {
    const WORDS: [&str; 8] = ["admin", "administrator", "root", "superuser", "super", "y", "yes", "true"];
    let column = columns.iter().find(|column| ADMIN.contains(&column.plain_name().as_str()))?;
    let values = values(column)?;
    let mut admin: Vec<String> = values.iter().filter(|(value, _)| one_of(&WORDS, value)).map(named).collect();
    let mut unsure = None;
    if admin.is_empty() {
        let ones = values.iter().find(|(value, _)| value == "1").map_or(0, |(_, count)| *count);
        let is_flag = values.iter().all(|(value, _)| value == "0" || value == "1");
        if !is_flag || ones * 2 >= column.filled.max(2) {
            let what = format!("nothing tells which of {} means an administrator: nobody becomes one", told(&values));
            unsure = Some(what);
        } else {
            admin.push("1".to_owned());
            if !column.plain_name().contains("admin") {
                unsure = Some("\"1\" is taken for an administrator because few rows have it".to_owned());
            }
        }
    }
    let reason = format!("its name, and its values: {}", told(&values));
    Some(Reasoned { part: Role { column: column.name.clone(), admin }, reason, unsure })
}

pub(super) fn skip_if(columns: &[ColumnSample]) -> Option<Reasoned<SkipIf>> {
    let column = columns.iter().find(|column| DELETED.contains(&column.plain_name().as_str()))?;
    let seen = values(column)?;
    let mut values: Vec<String> = seen.iter().filter(|(value, _)| one_of(&GOOD, value)).map(named).collect();
    if values.is_empty() {
        values.push("1".to_owned());
    }
    let reason = format!("its name, and its values: {}", told(&seen));
    Some(Reasoned { part: SkipIf { column: column.name.clone(), values }, reason, unsure: None })
}
