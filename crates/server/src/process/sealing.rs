//! The key that weak password hashes of an import are sealed with: from the settings, or a file of the gateway's own that is
//! made once. It is never in the database.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use dragoman_passwords::{SealingKey, random::Randomness};
use zeroize::Zeroizing;

use super::StartError;
use crate::{config::PasswordSettings, file::read_text};

/// The key at hand, if there is one: nothing is made.
pub fn sealing_key(passwords: &PasswordSettings, data_folder: &Path) -> Result<Option<SealingKey>, StartError> {
    if let Some(text) = &passwords.sealing_key {
        return Ok(Some(parse("passwords.sealing_key", text)?));
    }
    let file = file_in(data_folder);
    match read_text(&file).map(Zeroizing::new) {
        Ok(text) => parse(&file.display().to_string(), &text).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StartError::File { what: file.display().to_string(), source }),
    }
}

/// The key at hand, or a new one in its file, readable to the owner only; the log says where.
pub fn sealing_key_or_new(
    passwords: &PasswordSettings,
    data_folder: &Path,
    randomness: &dyn Randomness,
) -> Result<SealingKey, StartError> {
    if let Some(key) = sealing_key(passwords, data_folder)? {
        return Ok(key);
    }
    let file = file_in(data_folder);
    let failed = |source| StartError::File { what: file.display().to_string(), source };
    fs::create_dir_all(data_folder).map_err(failed)?;
    let key = SealingKey::generate(randomness);
    match write_new(&file, &key) {
        Ok(()) => {
            tracing::info!(file = %file.display(), key = key.id(), "made the key that imported weak hashes and sessions of old servers are sealed with: keep a copy, without it the former need a reset");
            Ok(key)
        }
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match sealing_key(passwords, data_folder)? {
            Some(key) => Ok(key),
            None => Err(failed(error)),
        },
        Err(error) => Err(failed(error)),
    }
}

fn file_in(data_folder: &Path) -> PathBuf {
    data_folder.join("sealing.key")
}

fn parse(place: &str, text: &str) -> Result<SealingKey, StartError> {
    SealingKey::parse(text).ok_or_else(|| StartError::SealingKey(place.to_owned()))
}

/// Whole or not at all: a half-written key would be taken for a damaged one.
fn write_new(file: &Path, key: &SealingKey) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    // Made with mode 0600.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(temporary, "{}", *key.to_text())?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(file).map_err(|failed| failed.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use dragoman_passwords::random::{SeededRandomness, SystemRandomness};

    use super::*;

    fn settings(sealing_key: Option<&str>) -> PasswordSettings {
        PasswordSettings { sealing_key: sealing_key.map(str::to_owned), ..PasswordSettings::default() }
    }

    #[test]
    fn a_key_is_made_once_and_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(sealing_key(&settings(None), &data).unwrap().is_none());
        let made = sealing_key_or_new(&settings(None), &data, &SeededRandomness::new(1)).unwrap();
        let again = sealing_key_or_new(&settings(None), &data, &SystemRandomness).unwrap();
        assert_eq!((made.id(), sealing_key(&settings(None), &data).unwrap().unwrap().id()), (again.id(), made.id()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(data.join("sealing.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[test]
    fn a_configured_key_wins_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = "ab".repeat(32);
        let configured = sealing_key_or_new(&settings(Some(&text)), folder.path(), &SystemRandomness).unwrap();
        assert_eq!(configured.id(), SealingKey::new([0xab; 32]).id());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join("sealing.key"), "rubbish").unwrap();
        let error = sealing_key(&settings(None), folder.path()).unwrap_err().to_string();
        assert!(error.contains("sealing.key") && !error.contains("rubbish"), "{error}");
        assert!(sealing_key(&settings(Some("short")), folder.path()).is_err());
    }
}
