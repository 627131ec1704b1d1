use crate::error::UnknownScheme;
use crate::foreign_bcrypt::ForeignBcrypt;
use crate::origin::Origin;
use crate::scheme::Scheme;

/// A bcrypt text of `origin`.
pub(super) fn read(origin: Origin, text: &str) -> Result<Scheme, UnknownScheme> {
    const LENGTH: usize = 60;
    let known = match origin {
        // Go looks neither at what follows the 60th character nor at the letter.
        Origin::Go => {
            let text = text.get(..LENGTH).unwrap_or(text);
            match text.as_bytes() {
                [b'$', b'2', letter, b'$', ..] if !b"abxy".contains(letter) => {
                    format!("$2a{}", text.get(3..).unwrap_or_default())
                }
                _ => text.to_owned(),
            }
        }
        _ => text.to_owned(),
    };
    ForeignBcrypt::parse(&known, origin.bcrypt_writer()).map(Scheme::Bcrypt)
}
