//! How much may be kept: for an account and for a network within a day, and on a disk until its reserve begins.

use std::path::Path;

use super::PictureError;

/// Allowances and reserve; 0: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PictureLimits {
    /// What one account may upload within a day, in MiB.
    pub account_mib_per_day: u32,
    /// What one network may, whatever its accounts, in MiB.
    pub network_mib_per_day: u32,
    /// What stays free on the disk of the folder, in MiB: databases live beside pictures.
    pub reserve_mib: u32,
}

const KIB: u64 = 1_024;
/// How many files the disk must still be able to hold.
const FILES_IN_RESERVE: u64 = 1_000;

/// Refuses to begin an upload when the disk is down to its reserve.
pub(super) fn check_reserve(folder: &Path, limits: PictureLimits) -> Result<(), PictureError> {
    if limits.reserve_mib == 0 {
        return Ok(());
    }
    let facts = rustix::fs::statvfs(folder);
    match facts.map(|facts| (facts.f_bavail.saturating_mul(facts.f_frsize), facts)) {
        // Where files are counted at all, the last thousand are for the database and the mails.
        Ok((_, facts)) if facts.f_files > 0 && facts.f_favail < FILES_IN_RESERVE.min(facts.f_files / 10) => {
            tracing::error!(
                free_files = facts.f_favail,
                "pictures: the disk holds hardly another file, nothing more is stored"
            );
            Err(PictureError::Full)
        }
        Ok((free, _)) if free < u64::from(limits.reserve_mib) * KIB * KIB => {
            tracing::error!(
                free_mib = free / KIB / KIB,
                "pictures: the disk is down to its reserve, nothing more is stored"
            );
            Err(PictureError::Full)
        }
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::error!(%error, "pictures: the folder cannot be looked at");
            Err(PictureError::Storage)
        }
    }
}
