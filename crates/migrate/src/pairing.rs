//! Who in the source is the same person as somebody who is here: listed by the operator, or proven pair by pair. An address alone
//! proves nothing, and neither does a name.

use std::collections::BTreeMap;

use dragoman_accounts::{AccountNumber, ForeignAccount, Found, ImportedPassword};
use dragoman_passwords::{Presented, check};

use crate::{Choice, Header, ImportError, Target};

/// What is known of an account and somebody who is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Pair {
    /// They are two.
    #[default]
    None,
    /// The operator says that they are one.
    Listed(i64),
    /// A password that the operator knows opens both.
    ProvenByPassword(i64),
    /// A proven address is that of both, and so is the password.
    ProvenByAddress(i64),
    /// The operator says that they are one, but the password does not open both.
    Disproved(i64),
}

/// Finds pairs.
pub(crate) struct Pairing<'p> {
    target: &'p Target<'p>,
    header: &'p Header,
    /// Login in the source -> account and its name here.
    listed: BTreeMap<String, (AccountNumber, String)>,
}

impl<'p> Pairing<'p> {
    /// Looks the listed accounts up.
    pub async fn new(target: &'p Target<'p>, header: &'p Header) -> Result<Self, ImportError> {
        let mut listed = BTreeMap::new();
        for (source, name) in &header.policies.pairs {
            let member = target.accounts.find_by_name(target.realm, name, "").await?;
            let Some(member) = member else {
                return Err(ImportError::Given(format!("pairs: the gateway has no account {name:?}")));
            };
            listed.insert(source.clone(), (member.account.number, member.username));
        }
        Ok(Self { target, header, listed })
    }

    /// The pair of an account, if it has one. `is_first`: nobody before it in the source logs in with its address.
    pub async fn of(&self, account: &ForeignAccount, found: &Found, is_first: bool) -> Result<Pair, ImportError> {
        let login = account.login_text();
        if let Some((number, name)) = self.listed.get(login) {
            let Some(password) = self.header.policies.proofs.get(login) else { return Ok(Pair::Listed(number.0)) };
            let opens_old = match &account.account.password {
                ImportedPassword::Verifiers(verifiers) => {
                    let presented = Presented::Plain(password.clone());
                    check(verifiers, Some(&account.account.username), &presented, &[]).is_some()
                }
                ImportedPassword::Plain(_) | ImportedPassword::None => false,
            };
            let is_proven = opens_old && self.target.accounts.is_password_of(*number, name, password).await?;
            return Ok(if is_proven { Pair::ProvenByPassword(number.0) } else { Pair::Disproved(number.0) });
        }
        self.by_address(account, found, is_first).await
    }

    /// An address that counts everywhere was proven here; the old deployment must have proven it as well.
    async fn by_address(&self, account: &ForeignAccount, found: &Found, is_first: bool) -> Result<Pair, ImportError> {
        let is_proven = account.account.email.as_ref().is_some_and(|email| email.verified);
        let (Some(holder), ImportedPassword::Verifiers(verifiers)) = (found.shared_email, &account.account.password)
        else {
            return Ok(Pair::None);
        };
        let is_asked = self.header.policies.email == Choice::Merge && account.deleted_at.is_none();
        if !is_asked || !is_proven || !is_first || found.imported.is_some() {
            return Ok(Pair::None);
        }
        let is_same = self.target.accounts.has_password_of(holder, verifiers.clone()).await?;
        Ok(if is_same { Pair::ProvenByAddress(holder.0) } else { Pair::None })
    }
}
