//! What the commands take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Old deployments into the gateway
#[derive(Debug, Subcommand)]
pub(in crate::command_line) enum ImportCommand {
    /// Read an old deployment and write down what would become of it; changes nothing
    Plan(Box<PlanArguments>),
    /// Carry out a plan; killed, it goes on where it was
    Apply(ApplyArguments),
    /// Read the old deployment again and prove that the gateway holds it
    Verify(VerifyArguments),
    /// Take back what a plan did, except what has changed since
    Undo(PlanFile),
    /// Read tables nobody knows and draft the column mapping for them
    SuggestMapping(SuggestArguments),
    /// Show the imports there were, and how passwords are kept
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a plan is made from.
#[derive(Debug, Args)]
pub(in crate::command_line) struct PlanArguments {
    /// Whose tables they are: frp, medusa, php, proxy, v1; or jsonl, with --scope
    pub dialect: String,
    /// A SQLite file, a dump, an export, a folder, or a mysql:// URL
    #[arg(long)]
    pub from: String,
    /// Where the plan goes
    #[arg(long, value_name = "PLAN")]
    pub out: PathBuf,
    /// The scope of the mount it goes into; the dialect's own without it
    #[arg(long)]
    pub scope: Option<String>,
    /// The column mapping of a php site, TOML
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// What to do about conflicts: username or email = scope, merge, rename, skip or fail
    #[arg(long, value_name = "FIELD=CHOICE")]
    pub policy: Vec<String>,
    /// Accounts that are one person: JSON lines {"source": LOGIN, "gateway": NAME}; with "password" only if it opens both
    #[arg(long, value_name = "FILE")]
    pub pairs: Option<PathBuf>,
    /// The folder with the old deployment's pictures
    #[arg(long, value_name = "DIR")]
    pub pictures: Option<PathBuf>,
    /// The zone of the old server's clock, e.g. Asia/Shanghai
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// The character set of files that do not name theirs, by MySQL's name
    #[arg(long)]
    pub charset: Option<String>,
    /// Write the old settings, as a part of dragoman.toml, to this file
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Ask for the password of one account and say whether it opens it
    #[arg(long, value_name = "LOGIN")]
    pub prove: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// What a mapping is drafted from.
#[derive(Debug, Args)]
pub(in crate::command_line) struct SuggestArguments {
    /// A SQLite file, a dump, an export, a folder, or a mysql:// URL
    #[arg(long)]
    pub from: String,
    /// The character set of files that do not name theirs, by MySQL's name
    #[arg(long)]
    pub charset: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// What is applied.
#[derive(Debug, Args)]
pub(in crate::command_line) struct ApplyArguments {
    /// What `import plan` wrote
    pub plan: PathBuf,
    /// The plan's warnings are all right
    #[arg(long)]
    pub accept: bool,
    /// When weak hashes are wrapped in bcrypt: before the command ends, or by the server while it serves; without it, now
    /// unless that takes over ten minutes
    #[arg(long, value_enum)]
    pub wrap: Option<Wrap>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// When weak hashes are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::command_line) enum Wrap {
    Now,
    Background,
}

/// What is proved.
#[derive(Debug, Args)]
pub(in crate::command_line) struct VerifyArguments {
    /// What `import plan` wrote
    pub plan: PathBuf,
    /// Also log in as these users, through the dialect's own endpoints: JSON lines {"login": .., "password": ..}
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// A plan.
#[derive(Debug, Args)]
pub(in crate::command_line) struct PlanFile {
    /// What `import plan` wrote
    pub plan: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
