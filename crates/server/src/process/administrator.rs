//! Tells the operator the password of the super administrator that the first start made.

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use dragoman_accounts::FirstStart;

use super::StartError;

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

fn write_file(text: &str, folder: &Path) -> Result<PathBuf, StartError> {
    let path = folder.join("first-administrator.txt");
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
