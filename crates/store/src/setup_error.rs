//! Why a store cannot be opened at all.

use std::path::PathBuf;

/// Why a store could not be opened. Nothing here depends on whether the database is up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreSetupError {
    /// The runtime for the sockets or a database thread could not be started.
    #[error("cannot start the database threads: {0}")]
    Runtime(#[source] std::io::Error),
    /// A certificate file named in the URL is missing or holds no certificate.
    #[error("cannot use the certificates in {path}: {reason}")]
    Certificates {
        /// The file as the URL names it.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The TLS library refused its configuration.
    #[error("cannot configure TLS for the database: {0}")]
    Tls(String),
}
