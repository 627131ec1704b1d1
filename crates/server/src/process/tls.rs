//! HTTPS: a rustls configuration from two PEM files.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use dragoman_accounts::clock::Timestamp;

use crate::{config::TlsFiles, file::read, validity::validity};

/// Certificate chain and key in force; connections that begin after a reload get the new ones.
#[derive(Debug)]
pub(super) struct Certificate {
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads chain and key, and makes sure that they belong together.
    pub fn read(files: &TlsFiles) -> Result<Self, String> {
        Ok(Self { current: RwLock::new(Arc::new(certified(files)?)) })
    }

    /// When it ends, if that can be read.
    pub fn ends(&self) -> Option<Timestamp> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let (_, end) = validity(current.cert.first()?)?;
        Some(Timestamp::from_millis(end.as_millisecond()))
    }

    /// Reads them again.
    pub fn reload(&self, files: &TlsFiles) -> Result<(), String> {
        let fresh = Arc::new(certified(files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The provider is named here, so that nothing depends on a process-wide one.
pub(super) fn server_config(certificate: Arc<Certificate>) -> Result<ServerConfig, String> {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth();
    Ok(config.with_cert_resolver(certificate))
}

fn certified(files: &TlsFiles) -> Result<CertifiedKey, String> {
    let chain = certificates(&files.certificate)?;
    let key = private_key(&files.key)?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|error| format!("{} and {}: {error}", files.certificate.display(), files.key.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>() {
        Ok(chain) if chain.is_empty() => Err(format!("{} holds no certificate", path.display())),
        Ok(chain) => Ok(chain),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let pem = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match PrivateKeyDer::from_pem_slice(&pem) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(format!("{} holds no private key", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}
