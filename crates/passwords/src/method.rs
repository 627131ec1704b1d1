use super::error::UnknownScheme;
use super::salt::{IN_HEX, Salt};

/// The part between the braces of a stored text, taken apart: `NAME:ARGUMENT:...`, then `kLENGTH` where a key has not its
/// usual length and `x` where the salt is in hex.
pub(super) struct Method<'a> {
    pub whole: &'a str,
    pub name: &'a str,
    arguments: Vec<&'a str>,
    pub key_length: Option<usize>,
    pub salt_in_hex: bool,
}

impl<'a> Method<'a> {
    pub fn parse(whole: &'a str) -> Self {
        let mut arguments: Vec<&str> = whole.split(':').collect();
        let name = arguments.remove(0);
        let salt_in_hex = arguments.pop_if(|last| *last == IN_HEX).is_some();
        let key_length = arguments.last().and_then(|last| last.strip_prefix('k')?.parse().ok());
        if key_length.is_some() {
            arguments.pop();
        }
        Self { whole, name, arguments, key_length, salt_in_hex }
    }

    /// The arguments, if there are exactly so many.
    pub fn arguments<const N: usize>(&self) -> Option<[&'a str; N]> {
        self.arguments.clone().try_into().ok()
    }

    pub fn unknown(&self) -> UnknownScheme {
        UnknownScheme::method(self.whole)
    }

    pub fn write(name: &str, key_length: Option<usize>, salt: &Salt) -> String {
        let length = key_length.map(|length| format!(":k{length}")).unwrap_or_default();
        let hex = if salt.is_hex() { format!(":{IN_HEX}") } else { String::new() };
        format!("{name}{length}{hex}")
    }
}
