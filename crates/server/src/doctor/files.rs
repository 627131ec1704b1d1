//! Files and disks of this machine.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Finding;
use crate::{config::Settings, process::data_folder};

const MIB: u64 = 1024 * 1024;
/// A database and a day of uploads find room.
const ENOUGH_MIB: u64 = 1_024;

pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let folder = data_folder(&settings.database.url);
    let database = settings.database.url.strip_prefix("sqlite://").map(PathBuf::from);
    let key = settings.server.tls_key.clone();
    let first = Some(folder.join("first-administrator.txt")).filter(|file| file.exists());
    let mut findings = vec![disk(&folder, settings.pictures.reserve_mib)];
    findings.extend([database, key].into_iter().flatten().filter_map(|file| mode(&file)));
    findings.extend(first.map(|file| {
        Finding::doubtful(
            "first password",
            format!("{} is still there", file.display()),
            "log in with it, or `dragoman account set-password admin`: then it is removed",
        )
    }));
    findings
}

fn disk(folder: &Path, reserve_mib: u32) -> Finding {
    let there = folder.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(there) {
        Ok(facts) => {
            let free = facts.f_bavail.saturating_mul(facts.f_frsize) / MIB;
            let found = format!("{free} MiB free for {}", folder.display());
            if free < u64::from(reserve_mib) {
                Finding::broken("disk", found, "below pictures.reserve_mib: uploads are refused; make room")
            } else if free < ENOUGH_MIB {
                Finding::doubtful("disk", found, "make room before uploads and the database fill it")
            } else {
                Finding::good("disk", found)
            }
        }
        Err(error) => Finding::broken("disk", format!("{}: {error}", there.display()), "make the folder readable"),
    }
}

/// A file with secrets that others of this machine may read.
fn mode(file: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode() & 0o777;
    let found = format!("{} has mode {mode:03o}", file.display());
    Some(if mode & 0o007 == 0 {
        Finding::good("file mode", found)
    } else {
        Finding::doubtful("file mode", found, format!("chmod o-rwx {}", file.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_doubtful() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.pem");
        std::fs::write(&file, "").unwrap();
        for (bits, state) in
            [(0o600, State::Good), (0o640, State::Good), (0o644, State::Doubtful), (0o602, State::Doubtful)]
        {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(bits)).unwrap();
            assert_eq!(mode(&file).unwrap().state, state, "{bits:o}");
        }
        assert!(mode(&folder.path().join("none")).is_none());
    }

    #[test]
    fn the_reserve_of_the_disk_is_what_breaks() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(disk(&folder.path().join("not/there/yet"), u32::MAX).state, State::Broken);
        assert_ne!(disk(folder.path(), 0).state, State::Broken);
    }
}
