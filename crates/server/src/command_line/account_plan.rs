//! `dragoman account plan show|set`: what the frp dialect knows of an account.

use clap::{Args, Subcommand};
use dragoman_accounts::Amendment;
use dragoman_dialect::Facet;
use dragoman_dialect_frp::Plan;

use super::{
    Complaint,
    account_desk::{Desk, OPERATOR},
    account_view::Answer,
    acts::origin,
};

/// Its plan of the tunnel service, which the frp dialect shows.
#[derive(Debug, Subcommand)]
pub(super) enum PlanCommand {
    /// Show it
    Show { account: String },
    /// Set parts of it; what is not named stays as it is
    Set {
        account: String,
        #[command(flatten)]
        changes: PlanChanges,
    },
}

#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub(super) struct PlanChanges {
    /// Its group
    #[arg(long)]
    group: Option<String>,
    /// What is left, in MiB
    #[arg(long, value_name = "MIB", allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-NUMBER..=NUMBER))]
    traffic: Option<i64>,
    /// Download limit of its own in KiB per second, or `group`: that of its group
    #[arg(long, value_name = "KIB", value_parser = limit)]
    inbound: Option<Limit>,
    /// Upload limit of its own in KiB per second, or `group`: that of its group
    #[arg(long, value_name = "KIB", value_parser = limit)]
    outbound: Option<Limit>,
    /// Most tunnels; -1: any number
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-1..=NUMBER))]
    tunnels: Option<i64>,
    /// Its tunnel key; empty: a new one is made at its next login
    #[arg(long, value_name = "KEY", value_parser = tunnel_key)]
    frp_token: Option<String>,
    /// Its QQ number; empty: none
    #[arg(long, value_name = "NUMBER")]
    qq: Option<String>,
    /// Its identity at QQ Connect; empty: not bound
    #[arg(long, value_name = "ID")]
    qq_social_id: Option<String>,
}

/// The largest number that JavaScript reads without loss.
const NUMBER: i64 = (1 << 53) - 1;

/// A limit as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit(Option<i64>);

fn limit(typed: &str) -> Result<Limit, String> {
    match typed.parse() {
        _ if typed == "group" => Ok(Limit(None)),
        Ok(limit @ 0..=NUMBER) => Ok(Limit(Some(limit))),
        _ => Err("neither a whole number nor `group`".to_owned()),
    }
}

/// Clients keep names and keys in one line and paste them into queries unencoded (frp 9).
fn tunnel_key(typed: &str) -> Result<String, String> {
    if typed.contains(|letter: char| "|=&+/".contains(letter) || letter.is_whitespace() || letter.is_control()) {
        return Err("must not contain white space or any of | = & + /".to_owned());
    }
    Ok(typed.to_owned())
}

impl PlanChanges {
    fn apply(self, plan: Plan) -> Plan {
        Plan {
            group: self.group.unwrap_or(plan.group),
            traffic: self.traffic.unwrap_or(plan.traffic),
            inbound: self.inbound.map_or(plan.inbound, |Limit(limit)| limit),
            outbound: self.outbound.map_or(plan.outbound, |Limit(limit)| limit),
            tunnels: self.tunnels.unwrap_or(plan.tunnels),
            frp_token: self.frp_token.unwrap_or(plan.frp_token),
            qq: self.qq.unwrap_or(plan.qq),
            qq_social_id: self.qq_social_id.unwrap_or(plan.qq_social_id),
        }
    }
}

impl Desk<'_> {
    pub(super) async fn plan(&self, command: PlanCommand) -> Result<Answer, Complaint> {
        let number = match command {
            PlanCommand::Show { account } => self.number_of(&account).await?,
            PlanCommand::Set { account, changes } => {
                let number = self.number_of(&account).await?;
                let edit = Plan::edit(move |plan| changes.clone().apply(plan));
                let amendment = Amendment { facet: Some((Plan::NAME, edit)), ..Amendment::default() };
                self.accounts.amend(&self.seen, OPERATOR, Some(number), amendment, origin()).await?;
                number
            }
        };
        let found = self.accounts.find(&self.seen, number, Plan::NAME).await?;
        let member = found.ok_or_else(|| Complaint(format!("account {number} is gone")))?;
        Ok(Answer::Plan(Box::new(Plan::of(&member))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_keys() {
        assert_eq!(limit("group"), Ok(Limit(None)));
        assert_eq!(limit("0"), Ok(Limit(Some(0))));
        for wrong in ["-1", "1.5", "", "9007199254740992", "none"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
        assert!(tunnel_key("").is_ok());
        assert!(tunnel_key("0123abcd.X-~").is_ok());
        for wrong in ["a|b", "a=b", "a&b", "a+b", "a/b", "a b", "a\nb", "a\u{0}b"] {
            assert!(tunnel_key(wrong).is_err(), "{wrong:?}");
        }
    }
}
