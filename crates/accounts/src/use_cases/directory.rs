//! All accounts as an administrator leafs through them, and finding some of them by what is shown.

use crate::{
    AccountError, Accounts, Member, Realm,
    identity::{IdentityKind, compared},
    queries::directory,
};

/// One page of the accounts a realm shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryPage {
    /// How many accounts there are on all pages.
    pub total: i64,
    /// Those of this page, by ascending shown number.
    pub members: Vec<Member>,
}

impl Accounts {
    /// `limit` accounts after the first `offset`, by ascending shown number, with the exact count of all (one-domain.md P10).
    pub async fn directory_page(
        &self,
        realm: &Realm,
        offset: i64,
        limit: i64,
        facet: &'static str,
    ) -> Result<DirectoryPage, AccountError> {
        let realm = realm.clone();
        let (total, members) =
            self.read(move |connection| directory::page(connection, &realm, offset, limit, facet)).await?;
        Ok(DirectoryPage { total, members })
    }

    /// The accounts whose shown number, name or address is this text, names and addresses whatever their case, by
    /// ascending shown number. An address that is shown by several accounts is found for those that log in with it.
    pub async fn search_directory(
        &self,
        realm: &Realm,
        text: &str,
        facet: &'static str,
    ) -> Result<Vec<Member>, AccountError> {
        let (realm, wanted) = (realm.clone(), text.to_owned());
        let id = whole_number(text);
        let alike = |kind, shown: &str| compared(kind, shown) == compared(kind, text);
        let candidates =
            self.read(move |connection| directory::alike(connection, &realm, (id, &wanted), facet)).await?;
        let is_meant = |member: &Member| {
            id == Some(member.id)
                || alike(IdentityKind::Username, &member.username)
                || member.account.email.as_ref().is_some_and(|email| alike(IdentityKind::Email, email))
        };
        let mut found: Vec<Member> = candidates.into_iter().filter(is_meant).collect();
        found.sort_by_key(|member| member.id);
        Ok(found)
    }
}

/// A number in digits only: `1abc` and `+1` are none.
fn whole_number(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
