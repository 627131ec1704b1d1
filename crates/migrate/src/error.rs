//! Why an import stops.

use dragoman_accounts::AccountError;

/// What stops a plan, an application, a verification or an undo.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source cannot be read to its end, or not at all.
    #[error("{0}")]
    Source(String),
    /// The plan file cannot be read or written.
    #[error("{file}: {cause}")]
    PlanFile {
        /// Its path.
        file: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is no plan, or not a whole one.
    #[error("{file}: {why}")]
    NoPlan {
        /// Its path.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The source is not as it was when the plan was made.
    #[error("{place}: this is not what the plan was made from; make the plan again")]
    Changed {
        /// The first row that differs.
        place: String,
    },
    /// The plan has errors.
    #[error("the plan has {0} errors; settle them and make it again")]
    Errors(u64),
    /// The gateway refused, and said why.
    #[error("{place}: {cause}")]
    Refused {
        /// The accounts it was about.
        place: String,
        /// Why.
        cause: AccountError,
    },
    /// The gateway cannot be asked.
    #[error("the gateway's database: {0}")]
    Accounts(#[from] AccountError),
    /// Applying was never begun, or everything was undone.
    #[error("this plan is not applied here: it never was, or it was undone")]
    NotApplied,
    /// Something an operator gave is wrong.
    #[error("{0}")]
    Given(String),
}
