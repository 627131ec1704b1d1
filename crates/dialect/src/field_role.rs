//! What the fields of a dialect are for, told to those who read recordings of it: no recording says which value is a password, which was
//! read off a picture, which differs at every run.

/// A field of the dialect's requests or answers, by its name in a query, a form or a JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRole {
    /// Its name.
    pub field: &'static str,
    /// What it holds.
    pub role: Role,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A password or another secret of a person or of the deployment.
    Secret,
    /// What a session is recognised by.
    Token,
    /// A JWT that clients of old deployments could make themselves: they sign it (HS256) with this public text.
    SignedToken(&'static str),
    /// An e-mail address.
    Email,
    /// A network address of somebody.
    Address,
    /// The text of a captcha.
    Captcha(Puzzle),
    /// A code from a mail.
    MailedCode(Puzzle),
    /// Where a slider's piece belongs.
    Slider(Puzzle),
    /// A text of answers that differs at every run, and the regular expression it matches as a whole.
    VolatileText(&'static str),
    /// A whole number of answers that differs at every run, and its range, ends included.
    VolatileNumber(i64, i64),
}

/// Where a puzzle comes from, and how a wrong solution is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Puzzle {
    /// The end of the path of the request that issues it.
    pub issued_by: &'static str,
    /// The field of the solving request that says which one is meant: an address, or a key from the issuing answer. None: the newest.
    pub bound_to: Option<&'static str>,
    /// What an answer says that refuses a wrong solution.
    pub refused: &'static str,
}

impl FieldRole {
    /// A field that holds what a session is recognised by.
    pub const fn token(field: &'static str) -> Self {
        Self { field, role: Role::Token }
    }

    /// A field that holds an e-mail address.
    pub const fn email(field: &'static str) -> Self {
        Self { field, role: Role::Email }
    }

    /// A field that holds a secret.
    pub const fn secret(field: &'static str) -> Self {
        Self { field, role: Role::Secret }
    }
}
