//! What an operator wants done where two people want one name.

use std::collections::BTreeMap;

use dragoman_passwords::Secret;
use serde::{Deserialize, Serialize};

use crate::ImportError;

/// What is done about a conflict in one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// Both people keep it, each in the scope of its dialect.
    #[default]
    Scope,
    /// The two are one person, where the operator lists them as a pair; for addresses also where a proven address and the password
    /// are the same.
    Merge,
    /// The newcomer gets another name, or only shows the address.
    Rename,
    /// The newcomer is left out.
    Skip,
    /// Nothing is imported.
    Fail,
}

/// The choices for all fields, and the pairs that are one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// For login names.
    #[serde(default)]
    pub username: Choice,
    /// For addresses.
    #[serde(default)]
    pub email: Choice,
    /// Login in the source -> name of the account in the gateway that is the same person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<String, String>,
    /// Login in the source -> the password that must open both, where the operator knows it. Never written down.
    #[serde(skip)]
    pub proofs: BTreeMap<String, Secret>,
}

impl Policies {
    /// Reads `FIELD=CHOICE`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn set(&mut self, text: &str) -> Result<(), ImportError> {
        let wrong = || {
            ImportError::Given(format!(
                "`{text}` is no policy: FIELD=CHOICE with FIELD one of username, email and CHOICE one of scope, merge, rename, skip, fail"
            ))
        };
        let (field, choice) = text.split_once('=').ok_or_else(wrong)?;
        let choice = match choice {
            "scope" => Choice::Scope,
            "merge" => Choice::Merge,
            "rename" => Choice::Rename,
            "skip" => Choice::Skip,
            "fail" => Choice::Fail,
            _ => return Err(wrong()),
        };
        match field {
            "username" => self.username = choice,
            "email" => self.email = choice,
            _ => return Err(wrong()),
        }
        Ok(())
    }

    /// Reads the pairs of a file: JSON lines `{"source": LOGIN, "gateway": NAME}`, with `"password"` where it must prove them.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn add_pairs(&mut self, text: &str) -> Result<(), ImportError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            source: String,
            gateway: String,
            password: Option<String>,
        }
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let pair: Pair = serde_json::from_str(line)
                // The error's text may quote the line, which may hold a password.
                .map_err(|_| {
                    let form = r#"{"source": LOGIN, "gateway": NAME}, perhaps with "password""#;
                    ImportError::Given(format!("pairs, line {}: not {form}", index + 1))
                })?;
            if let Some(password) = pair.password {
                self.proofs.insert(pair.source.clone(), password.into());
            }
            self.pairs.insert(pair.source, pair.gateway);
        }
        Ok(())
    }
}
