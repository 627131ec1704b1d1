//! Finding accounts and listing them, as a realm sees them.

use crate::{
    AccountError, AccountNumber, Accounts, Member, Realm, Role,
    clock::Timestamp,
    identity::IdentityKind,
    queries::{audit, counters, identities, members},
};

/// One page of a list that is read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The accounts, by ascending number.
    pub members: Vec<Member>,
    /// The number to go on after; `None`: this was the last page.
    pub next: Option<AccountNumber>,
}

/// One thing that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// By which account; `None`: by a visitor or the operator.
    pub actor: Option<AccountNumber>,
    /// What, such as `registered` or `password changed`.
    pub action: String,
    /// Through which dialect; empty: the operator.
    pub dialect: String,
    /// From which network.
    pub network: Option<String>,
}

/// Accounts a page holds at most (one-domain.md P10).
const PAGE: i64 = 1_000;

impl Accounts {
    /// The account a name leads to, if the realm shows it by that name (one-domain.md N9). Whoever acts on accounts by
    /// name finds them here.
    pub async fn find_by_name(
        &self,
        realm: &Realm,
        name: &str,
        facet: &'static str,
    ) -> Result<Option<Member>, AccountError> {
        let (realm, name) = (realm.clone(), name.to_owned());
        self.read(move |connection| members::find_by_shown_name(connection, &realm, &name, facet)).await
    }

    /// The account an address leads to.
    pub async fn find_by_email(
        &self,
        realm: &Realm,
        address: &str,
        facet: &'static str,
    ) -> Result<Option<Member>, AccountError> {
        let (realm, address) = (realm.clone(), address.to_owned());
        self.read(move |connection| members::find_by_identity(connection, &realm, IdentityKind::Email, &address, facet))
            .await
    }

    /// The account with the number this realm shows, or `None`.
    pub async fn find_by_id(
        &self,
        realm: &Realm,
        id: i64,
        facet: &'static str,
    ) -> Result<Option<Member>, AccountError> {
        let realm = realm.clone();
        self.read(move |connection| members::find_by_id(connection, &realm, id, facet)).await
    }

    /// The account with this number in the gateway, or `None`.
    pub async fn find(
        &self,
        realm: &Realm,
        number: AccountNumber,
        facet: &'static str,
    ) -> Result<Option<Member>, AccountError> {
        let realm = realm.clone();
        self.read(move |connection| members::find(connection, &realm, number, facet)).await
    }

    /// A page of the accounts with a role. Nothing is held between two pages.
    pub async fn page_by_role(
        &self,
        realm: &Realm,
        role: Role,
        after: Option<AccountNumber>,
        facet: &'static str,
    ) -> Result<Page, AccountError> {
        let (realm, after) = (realm.clone(), after.unwrap_or(AccountNumber(0)));
        let (members, next) =
            self.read(move |connection| members::page(connection, &realm, role, after, PAGE, facet)).await?;
        Ok(Page { members, next })
    }

    /// What happened to an account, dead or alive, newest first: the last thousand records (operator).
    pub async fn audit_of(&self, account: AccountNumber) -> Result<Vec<AuditRecord>, AccountError> {
        let rows = self.read(move |connection| audit::of_account(connection, account, PAGE)).await?;
        let record = |(at, actor, action, dialect, network): audit::AuditRow| AuditRecord {
            at: Timestamp::from_millis(at),
            actor: actor.map(AccountNumber),
            action,
            dialect,
            network,
        };
        let mut records: Vec<AuditRecord> = rows.into_iter().map(record).collect();
        records.extend(self.imports_of(account).await?);
        records.sort_by_key(|record| std::cmp::Reverse(record.at));
        Ok(records)
    }

    /// The scopes in which names count that do not count everywhere (operator).
    pub async fn scopes_of_names(&self) -> Result<Vec<String>, AccountError> {
        self.read(identities::scopes_of_names).await
    }

    /// How many live accounts there are.
    pub async fn count(&self) -> Result<i64, AccountError> {
        self.read(|connection| counters::value(connection, counters::LIVE_ACCOUNTS)).await
    }
}
