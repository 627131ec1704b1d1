//! Where an operator's orders on accounts are carried out, and how an account is meant there.

use dragoman_accounts::{AccountNumber, Accounts, Admission, Authority, Member, Realm};

use super::{Complaint, account_view::Answer};
use crate::operator::realm;

pub(super) const OPERATOR: Authority = Authority::Operator;

/// Where an operator's orders are carried out.
pub(super) struct Desk<'a> {
    pub(super) accounts: &'a Accounts,
    /// Names are looked up here: the chosen scope's, then those that count everywhere.
    pub(super) seen: Realm,
    /// New names count here.
    pub(super) named: Realm,
    pub(super) by_number: bool,
}

impl<'a> Desk<'a> {
    pub(super) fn new(accounts: &'a Accounts, scope: Option<&str>, by_number: bool) -> Self {
        let seen = Realm { scope: scope.unwrap_or_default().into(), ..realm() };
        let admits = if scope.is_some() { Admission::Own } else { Admission::Everywhere };
        let named = Realm { admits, ..seen.clone() };
        Self { accounts, seen, named, by_number }
    }

    pub(super) async fn find(&self, account: &str) -> Result<Member, Complaint> {
        let found = if self.by_number {
            let number = account.parse().map_err(|_| format!("`{account}` is not a number"))?;
            self.accounts.find(&self.seen, AccountNumber(number), "").await?
        } else {
            self.accounts.find_by_name(&self.seen, account, "").await?
        };
        found.ok_or_else(|| Complaint(format!("no account `{account}`")))
    }

    pub(super) async fn number_of(&self, account: &str) -> Result<AccountNumber, Complaint> {
        Ok(self.find(account).await?.account.number)
    }

    pub(super) async fn shown(&self, number: AccountNumber) -> Result<Answer, Complaint> {
        let found = self.accounts.find(&self.seen, number, "").await?;
        found.map(Answer::Account).ok_or_else(|| Complaint(format!("account {number} is gone")))
    }
}
