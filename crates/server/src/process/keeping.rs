//! The key by which sessions of old servers are kept, where paths are passed to them.

use super::{Domain, StartError, sealing_key_or_new};
use crate::config::Settings;
use dragoman_store::Backend;

/// Sees to a sealing key, if a mount keeps sessions of its old server. One process alone with its file makes it, as an import does;
/// replicas would each make another, so they are only told what its lack costs.
pub(super) fn provide_key(settings: &Settings, domain: &Domain) -> Result<(), StartError> {
    let keeps = settings.mounts.iter().any(|mount| mount.upstream.keeps_sessions());
    if !keeps || domain.accounts.sealing_key().is_some() {
        return Ok(());
    }
    if domain.accounts.backend() == Backend::Sqlite {
        let key = sealing_key_or_new(&settings.passwords, &domain.data_folder, domain.accounts.randomness())?;
        domain.accounts.set_sealing_key(key);
        return Ok(());
    }
    tracing::warn!(
        "no `passwords.sealing_key`: sessions of the old server are not kept, and its pages behind `pass_through` take every login here for none"
    );
    Ok(())
}
