//! A fingerprint of what a row became, so that applying a plan notices a source that changed since.

use dragoman_accounts::{ForeignAccount, ImportedPassword};
use dragoman_passwords::hex;
use sha2::{Digest, Sha256};

/// 16 hex digits over everything that is imported of an account. Not a secret: a hash of hashes with the names in it, cut.
pub(crate) fn fingerprint(foreign: &ForeignAccount) -> String {
    let account = &foreign.account;
    let mut hash = Sha256::new();
    let mut part = |text: Option<&str>| {
        // Lengths go first, and absent is not empty.
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        hash.update(length.to_be_bytes());
        hash.update(text.unwrap_or_default());
    };
    part(Some(&foreign.key));
    part(account.uuid.as_deref());
    part(Some(&account.username));
    part(account.email.as_ref().map(|email| email.address.as_str()));
    part(account.display_name.as_deref());
    part(account.bio.as_deref());
    part(account.facet.as_ref().map(|(_, body)| body.as_str()));
    if let ImportedPassword::Verifiers(verifiers) = &account.password {
        for (view, scheme) in verifiers {
            part(Some(view.name()));
            part(Some(&scheme.to_string()));
        }
    }
    for token in account.session.iter().flat_map(|session| &session.tokens) {
        part(Some(&token.token));
    }
    let numbers = [
        account.id.unwrap_or(i64::MIN),
        account.created_at.map_or(i64::MIN, |at| at.millis()),
        foreign.deleted_at.map_or(i64::MIN, |at| at.millis()),
        i64::from(account.locked),
        account.role as i64,
    ];
    for number in numbers {
        hash.update(number.to_be_bytes());
    }
    hex::encode(hash.finalize().get(..8).unwrap_or_default())
}
