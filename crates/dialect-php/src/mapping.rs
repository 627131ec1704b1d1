//! Which columns of an unknown site's table hold what (`legacy-databases/php/schema.md`, "Mapping").

use serde::{Deserialize, Serialize};

/// A column mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The table of the accounts.
    pub table: String,
    /// The columns every site has.
    pub columns: Columns,
    /// What the password column holds.
    pub password_scheme: PasswordScheme,
    /// The salt of [`PasswordScheme::Md5Md5Salt`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Column>,
    /// Which accounts may log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Who is an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Which rows are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_if: Option<SkipIf>,
    /// Where the address is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Column>,
    /// When an account was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<CreatedAt>,
}

/// The columns of names, password and uuid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Opaque, kept as it is; left out or empty: a new one is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The login name.
    pub username: String,
    /// Left out or empty: the user name is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// See [`Mapping::password_scheme`].
    pub password: String,
}

/// What a password column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordScheme {
    /// MD5(password)
    Md5,
    /// MD5(MD5(password) + salt)
    Md5Md5Salt,
    /// A login digest as the page sends it, nobody knows which.
    Digest,
    /// What PHP's `password_hash` gives with bcrypt.
    Bcrypt,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub column: String,
}

/// A column whose values, compared as text, say who may log in; any other value is an error for its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Its name.
    pub column: String,
    /// May log in.
    pub active: Vec<String>,
    /// May not.
    #[serde(default)]
    pub disabled: Vec<String>,
}

/// A column whose values say who is an administrator; everybody else is an ordinary user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub column: String,
    /// Administrators.
    pub admin: Vec<String>,
}

/// A column whose values say which rows are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipIf {
    /// Its name.
    pub column: String,
    /// Such rows are left out.
    pub values: Vec<String>,
}

/// When an account was made; a zero date, 0 and NULL mean that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreatedAt {
    /// The column's name.
    pub column: String,
    /// What it holds.
    pub format: TimeFormat,
    /// The offset of a `datetime`, e.g. `+08:00`; UTC if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<String>,
}

/// How a time is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `2020-06-01 09:00:00`
    Datetime,
    /// Seconds of the Unix epoch.
    UnixSeconds,
}

impl Mapping {
    /// Reads a mapping from TOML.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| format!("the mapping: {error}"))?;
        match (mapping.password_scheme, &mapping.salt) {
            (PasswordScheme::Md5Md5Salt, None) => Err("the mapping: md5_md5_salt needs `salt.column`".to_owned()),
            (PasswordScheme::Md5Md5Salt, Some(_)) | (_, None) => Ok(mapping),
            (_, Some(_)) => Err("the mapping: `salt` belongs to md5_md5_salt only".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "table = 'user'\npassword_scheme = 'md5'\n[columns]\nusername = 'u'\npassword = 'p'\n";

    #[test]
    fn a_mapping_says_what_is_wrong_with_it() {
        assert!(Mapping::parse(BARE).is_ok());
        for (more, wrong) in [("[salt]\ncolumn = 's'\n", "`salt` belongs"), ("[statue]\n", "unknown field `statue`")] {
            let error = Mapping::parse(&format!("{BARE}{more}")).unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
        let salted = BARE.replace("'md5'", "'md5_md5_salt'");
        assert!(Mapping::parse(&salted).unwrap_err().contains("needs `salt.column`"));
        assert!(Mapping::parse(&format!("{salted}[salt]\ncolumn = 's'\n")).is_ok());
        assert!(Mapping::parse("").is_err());
    }
}
