//! Files that an operator hands to us, without the byte order mark that editors and shells of Windows put before them.

use std::io;
use std::path::Path;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = std::fs::read(path)?;
    take_mark_off(&mut bytes);
    Ok(bytes)
}

/// The same for bytes that came another way.
pub(crate) fn take_mark_off(bytes: &mut Vec<u8>) {
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mark_is_taken_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (content, text) in
            [("\u{feff}a", "a"), ("a\u{feff}", "a\u{feff}"), ("\u{feff}\u{feff}", "\u{feff}"), ("", "")]
        {
            std::fs::write(&path, content).unwrap();
            assert_eq!(read_text(&path).unwrap(), text);
        }
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
