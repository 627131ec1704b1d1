/// Why a text is not taken as a password verifier. Never holds any part of a salt or hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownScheme {
    /// The method is none of those known; the name is given when it looks like one.
    #[error("unknown password scheme {0:?}")]
    Method(String),
    /// The method is known but the rest does not fit it.
    #[error("malformed password hash: {0}")]
    Malformed(&'static str),
    /// A cost that would let one login occupy the machine: such a hash comes from a broken or hostile dump.
    #[error("{parameter} of a password hash is {value}, allowed is {allowed}")]
    OutOfBounds {
        /// Which parameter.
        parameter: &'static str,
        /// Its value in the hash, in digits.
        value: String,
        /// The bounds.
        allowed: &'static str,
    },
    /// A digest template that cannot be used.
    #[error("password template: {0}")]
    Template(&'static str),
}

impl UnknownScheme {
    /// The error for `method`, which is repeated only if it looks like a name and not like a piece of a secret.
    pub(super) fn method(method: &str) -> Self {
        let short = method.len() <= 32;
        let plain =
            method.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:-".contains(&byte));
        let digits = method.bytes().filter(u8::is_ascii_digit).count();
        Self::Method(if short && plain && digits <= 12 { method.to_owned() } else { "?".to_owned() })
    }
}
