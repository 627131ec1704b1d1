//! What an account may change about itself.

use crate::{
    AccountError, AccountNumber, Accounts,
    account::{TEXT_BYTES, is_storable},
    queries::{accounts, facets},
    refuse,
    use_cases::facets::check_storable,
};

/// The parts of a profile to overwrite; `None` leaves one as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default)]
pub struct ProfileEdit {
    /// See [`crate::Account::display_name`].
    pub display_name: Option<Option<String>>,
    /// See [`crate::Account::bio`].
    pub bio: Option<Option<String>>,
    /// A facet to write: name and body.
    pub facet: Option<(&'static str, String)>,
}

impl Accounts {
    /// Overwrites parts of a profile in one write. Errors: `NotStorable`, `UnknownAccount`.
    pub async fn edit_profile(&self, account: AccountNumber, edit: ProfileEdit) -> Result<(), AccountError> {
        let texts = [&edit.display_name, &edit.bio].into_iter().flatten().flatten();
        if !texts.into_iter().all(|text| is_storable(text, TEXT_BYTES)) {
            return Err(AccountError::NotStorable);
        }
        if let Some((_, body)) = &edit.facet {
            check_storable(body)?;
        }
        self.write(move |connection| {
            if !accounts::hold(connection, account)? {
                return refuse(AccountError::UnknownAccount);
            }
            if let Some(name) = &edit.display_name {
                accounts::set_display_name(connection, account, name.as_deref())?;
            }
            if let Some(bio) = &edit.bio {
                accounts::set_bio(connection, account, bio.as_deref())?;
            }
            if let Some((name, body)) = &edit.facet {
                facets::put(connection, account, name, body)?;
            }
            Ok(())
        })
        .await
    }
}
