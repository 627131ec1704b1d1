//! Whom an old server with TLS has to be certified by: the operator's authorities, or the system's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use thiserror::Error;

/// Authorities that cannot be used; the text is for the operator.
#[derive(Debug, Error)]
#[error("{}: {reason}", path.display())]
pub struct CertificateError {
    path: PathBuf,
    reason: String,
}

/// The client's side of a handshake.
pub(crate) fn client_config(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, CertificateError> {
    let unusable =
        |reason: String| CertificateError { path: authorities.unwrap_or(Path::new("TLS")).to_owned(), reason };
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(path) => {
            for certificate in certificates(path).map_err(unusable)? {
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
        }
        // One certificate in an old format must not make the others useless.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let file = std::fs::read(path).map_err(|error| error.to_string())?;
    let pem = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file);
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() { Err("no PEM certificate in it".to_owned()) } else { Ok(found) }
}
