//! What can be wrong with a configuration, told so that the operator knows which line to change.

use std::fmt;

use thiserror::Error;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigProblem {
    /// A key nobody reads.
    #[error("unknown key `{key}` ({origin}){}", nearest.as_ref().map(|near| format!(", did you mean `{near}`?")).unwrap_or_default())]
    UnknownKey {
        /// Dotted path as given.
        key: String,
        /// File, environment variable or command-line option.
        origin: String,
        /// The known key of the same section that looks most like it.
        nearest: Option<String>,
    },
    /// A value that cannot be what the key means.
    #[error("`{key}` {reason} ({origin})")]
    Invalid {
        /// Dotted path.
        key: String,
        /// A clause that follows the key: "must be a whole number, but is ...".
        reason: String,
        /// File, environment variable, command-line option or default.
        origin: String,
    },
    /// What belongs to no single key: an unreadable file, two mounts in each other's way.
    #[error("{0}")]
    General(String),
}

/// All problems of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

impl fmt::Display for ConfigProblems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "configuration: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigProblems {}

impl From<ConfigProblem> for ConfigProblems {
    fn from(problem: ConfigProblem) -> Self {
        Self(vec![problem])
    }
}
