//! How accounts are shown to the operator: for people, or as JSON.

use dragoman_accounts::{AccountNumber, AuditRecord, Member, Role, clock::Timestamp};
use dragoman_dialect_frp::Plan;
use serde_json::{Value, json};

use super::{
    Complaint,
    output::{print, print_json},
    plain::plain,
};

/// What a command gives back.
pub(super) enum Answer {
    Account(Member),
    Accounts(Vec<Listed>),
    /// Dialect, purpose, begin.
    Sessions(Vec<(String, String, Timestamp)>),
    History(Vec<AuditRecord>),
    Done(AccountNumber, &'static str),
    Plan(Box<Plan>),
}

/// An account of a list, and the scope in which it has the name it is listed by; empty: everywhere.
pub(super) struct Listed {
    pub member: Member,
    pub scope: String,
}

impl Answer {
    pub fn print(&self, as_json: bool) -> Result<(), Complaint> {
        if as_json { print_json(&self.json()) } else { print(&self.text()) }
    }

    fn json(&self) -> Value {
        match self {
            Self::Account(member) => account(member),
            Self::Accounts(listed) => listed.iter().map(of_list).collect(),
            Self::Sessions(sessions) => sessions.iter().map(session).collect(),
            Self::History(records) => records.iter().map(record).collect(),
            Self::Done(number, what) => json!({ "number": number.0, "done": what }),
            Self::Plan(plan) => json!(plan),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Account(member) => account_text(member),
            Self::Accounts(listed) => table(listed),
            Self::Sessions(sessions) => sessions
                .iter()
                .map(|(dialect, purpose, begun)| format!("{}  {dialect:<8} {purpose}\n", date(*begun)))
                .collect(),
            Self::History(records) => records.iter().map(record_text).collect(),
            Self::Done(number, what) => format!("account {number}: {what}\n"),
            Self::Plan(plan) => plan_text(plan),
        }
    }
}

fn account(member: &Member) -> Value {
    let account = &member.account;
    json!({
        "number": account.number.0,
        "username": member.username,
        "role": role(account.role),
        "locked": account.locked,
        "email": account.email,
        "display_name": account.display_name,
        "bio": account.bio,
        "uuid": account.uuid,
        "created_at": account.created_at.map(date),
    })
}

fn of_list(Listed { member, scope }: &Listed) -> Value {
    let mut value = account(member);
    if let (Value::Object(members), false) = (&mut value, scope.is_empty()) {
        members.insert("scope".to_owned(), json!(scope));
    }
    value
}

fn session((dialect, purpose, begun): &(String, String, Timestamp)) -> Value {
    json!({ "dialect": dialect, "purpose": purpose, "created_at": date(*begun) })
}

fn record(record: &AuditRecord) -> Value {
    json!({
        "at": date(record.at),
        "action": record.action,
        "by": record.actor.map(|actor| actor.0),
        "dialect": record.dialect,
        "network": record.network,
    })
}

fn record_text(record: &AuditRecord) -> String {
    let AuditRecord { at, actor, action, dialect, network } = record;
    let by = actor.map_or_else(String::new, |actor| format!("by account {actor}"));
    let from = network.as_deref().unwrap_or_default();
    format!("{}  {action:<18} {dialect:<8} {by:<16} {from}\n", date(*at))
}

fn account_text(member: &Member) -> String {
    let account = &member.account;
    let none = || "-".to_owned();
    let lines = [
        ("number", account.number.to_string()),
        ("username", plain(&member.username)),
        ("role", role(account.role).to_owned()),
        ("locked", if account.locked { "yes" } else { "no" }.to_owned()),
        ("email", account.email.as_deref().map_or_else(none, plain)),
        ("display name", account.display_name.as_deref().map_or_else(none, plain)),
        ("bio", account.bio.as_deref().map_or_else(none, plain)),
        ("created", account.created_at.map_or_else(none, date)),
    ];
    lines.iter().map(|(name, value)| format!("{name:<13}{value}\n")).collect()
}

fn plan_text(plan: &Plan) -> String {
    let limit = |own: Option<i64>| own.map_or_else(|| "of its group".to_owned(), |limit| format!("{limit} KiB/s"));
    let text = |text: &str| if text.is_empty() { "-".to_owned() } else { plain(text) };
    let lines = [
        ("group", text(&plan.group)),
        ("traffic", format!("{} MiB", plan.traffic)),
        ("inbound", limit(plan.inbound)),
        ("outbound", limit(plan.outbound)),
        ("tunnels", plan.tunnels.to_string()),
        ("frp token", text(&plan.frp_token)),
        ("qq", text(&plan.qq)),
        ("qq social id", text(&plan.qq_social_id)),
    ];
    lines.iter().map(|(name, value)| format!("{name:<13}{value}\n")).collect()
}

fn table(listed: &[Listed]) -> String {
    let mut text = format!("{:>8}  {:<19} {:<6} {:<20} {}\n", "NUMBER", "ROLE", "LOCKED", "CREATED", "USERNAME");
    for Listed { member: Member { account, username, .. }, scope } in listed {
        let locked = if account.locked { "locked" } else { "" };
        let only = if scope.is_empty() { String::new() } else { format!("  (scope {})", plain(scope)) };
        let created = account.created_at.map_or_else(|| "-".to_owned(), date);
        let (number, role) = (account.number.to_string(), role(account.role));
        text.push_str(&format!("{number:>8}  {role:<19} {locked:<6} {created:<20} {}{only}\n", plain(username)));
    }
    text
}

fn role(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Administrator => "administrator",
        Role::SuperAdministrator => "super-administrator",
    }
}

pub(super) fn date(instant: Timestamp) -> String {
    jiff::Timestamp::from_second(instant.seconds()).map_or_else(|_| "-".to_owned(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_utc() {
        assert_eq!(date(Timestamp::from_millis(1_500)), "1970-01-01T00:00:01Z");
    }
}
