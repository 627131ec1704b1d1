//! Tells the operator the password of the super administrator that the first start made.

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dragoman_accounts::{Accounts, FirstStart};
use tokio::time::{MissedTickBehavior, interval};

use super::StartError;
use crate::operator::realm;

const FILE: &str = "first-administrator.txt";
/// Between two looks at whether its password was used.
const LOOK: Duration = Duration::from_secs(3);

/// Shows name and password on a terminal; without one they go to a file that only this user can read.
pub(super) fn tell(made: &FirstStart, data_folder: &Path) -> Result<(), StartError> {
    let text = format!("super administrator `{}`, password {}\n", made.username, made.password);
    let mut output = std::io::stdout();
    if output.is_terminal() {
        let told = output.write_all(format!("First start: made the {text}").as_bytes());
        return told.map_err(|source| StartError::File { what: "terminal".to_owned(), source });
    }
    let path = write_file(&text, data_folder)?;
    tracing::warn!(path = %path.display(), "first start: the super administrator's password is in this file");
    Ok(())
}

/// Removes the file once its password is of no more use: somebody logged in with it, or it was changed, or the account
/// is gone. Who never reads the file must not leave it for others.
pub(super) async fn forget_when_used(accounts: Accounts, data_folder: PathBuf) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        match forget_if_used(&accounts, &data_folder).await {
            Ok(Forgotten::Yes | Forgotten::NotThere) => return,
            Ok(Forgotten::NotYet) => {}
            Err(reason) => tracing::debug!(reason, "cannot tell whether the first administrator's password was used"),
        }
    }
}

/// What became of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// It is gone now.
    Yes,
    /// Its password may still be needed.
    NotYet,
    /// There is none.
    NotThere,
}

/// One look; see [`forget_when_used`].
pub(crate) async fn forget_if_used(accounts: &Accounts, data_folder: &Path) -> Result<Forgotten, String> {
    let path = data_folder.join(FILE);
    if std::fs::symlink_metadata(&path).is_err() {
        return Ok(Forgotten::NotThere);
    }
    if !accounts.is_first_password_used(&realm()).await.map_err(|error| error.to_string())? {
        return Ok(Forgotten::NotYet);
    }
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        // The server and a command beside it notice at once: either removes it.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Forgotten::NotThere),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    }
    tracing::info!(path = %path.display(), "the first administrator's password was used or changed: its file is removed");
    Ok(Forgotten::Yes)
}

fn write_file(text: &str, folder: &Path) -> Result<PathBuf, StartError> {
    let path = folder.join(FILE);
    let failed = |source| StartError::File { what: path.display().to_string(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Removed first: an older file could have a wider mode, or be a link to somewhere else.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_for_its_owner_only_and_replaces_an_older_one() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::os::unix::fs::symlink("/nowhere", data.join("first-administrator.txt")).unwrap();
        let path = write_file("secret\n", &data).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret\n");
        assert_eq!(std::fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
