//! TLS towards a database server, with the meanings that PostgreSQL's and MySQL's own clients give to their modes.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::setup_error::StoreSetupError;

/// How much TLS an operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    /// If the server offers it; nothing is verified.
    Prefer,
    /// Always; nothing is verified.
    Require,
    /// The certificate must come from a known authority; its host name does not matter.
    VerifyCa,
    /// Authority and host name.
    VerifyFull,
}

/// The mode and the file of authorities, if not the system's.
#[derive(Debug, Clone)]
pub(super) struct TlsWish {
    pub(super) mode: TlsMode,
    roots: Option<PathBuf>,
}

impl TlsWish {
    /// libpq's `sslmode` and `sslrootcert`.
    pub(super) fn postgres(mode: Option<String>, roots: Option<String>) -> Result<Self, String> {
        let roots = roots.filter(|file| file != "system").map(PathBuf::from);
        let mode = match mode.as_deref() {
            // libpq's "allow" tries without TLS first, which protects nobody; both accept any server.
            None | Some("prefer" | "allow") => TlsMode::Prefer,
            Some("disable") => TlsMode::Disable,
            // As libpq: with authorities at hand "require" verifies them.
            Some("require") if roots.is_some() => TlsMode::VerifyCa,
            Some("require") => TlsMode::Require,
            Some("verify-ca") => TlsMode::VerifyCa,
            Some("verify-full") => TlsMode::VerifyFull,
            Some(other) => {
                return Err(format!(
                    "sslmode is disable, allow, prefer, require, verify-ca or verify-full, not {other:?}"
                ));
            }
        };
        Ok(Self { mode, roots })
    }

    /// The `mysql` client's `--ssl-mode` and `--ssl-ca`.
    pub(super) fn mysql(mode: Option<String>, roots: Option<String>) -> Result<Self, String> {
        let roots = roots.map(PathBuf::from);
        let mode = match mode.map(|text| text.to_ascii_lowercase()).as_deref() {
            None if roots.is_some() => TlsMode::VerifyCa,
            None | Some("preferred") => TlsMode::Prefer,
            Some("disabled") => TlsMode::Disable,
            Some("required") => TlsMode::Require,
            Some("verify_ca") => TlsMode::VerifyCa,
            Some("verify_identity") => TlsMode::VerifyFull,
            Some(other) => {
                return Err(format!(
                    "ssl-mode is disabled, preferred, required, verify_ca or verify_identity, not {other:?}"
                ));
            }
        };
        Ok(Self { mode, roots })
    }

    /// The authorities to verify against: none if nothing is verified, else the named file's or the system's.
    pub(super) fn authorities(&self) -> Result<Vec<CertificateDer<'static>>, StoreSetupError> {
        let Self { mode: TlsMode::VerifyCa | TlsMode::VerifyFull, roots } = self else {
            return Ok(Vec::new());
        };
        let Some(path) = roots else {
            let mut found = rustls_native_certs::load_native_certs().certs;
            // One certificate in an old format must not make the others useless.
            found.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
            return Ok(found);
        };
        let unusable = |reason: String| StoreSetupError::Certificates { path: path.clone(), reason };
        let file = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let pem = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file);
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unusable(error.to_string()))?;
        if certificates.is_empty() {
            return Err(unusable("no PEM certificate in it".to_owned()));
        }
        Ok(certificates)
    }

    /// The client side for a driver that takes rustls as it is.
    pub(super) fn client_config(&self) -> Result<ClientConfig, StoreSetupError> {
        let refused = |error: String| StoreSetupError::Tls(error);
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        for certificate in self.authorities()? {
            roots.add(certificate).map_err(|error| refused(error.to_string()))?;
        }
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(error.to_string()))?;
        let authorities = match self.mode {
            TlsMode::VerifyFull => {
                return Ok(builder.with_root_certificates(roots).with_no_client_auth());
            }
            TlsMode::VerifyCa => Some(
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build()
                    .map_err(|error| refused(error.to_string()))?,
            ),
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => None,
        };
        let verifier = Lenient { authorities, provider };
        Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
    }
}

/// Verifies less than rustls would, because the operator's mode says so: no host name, or nothing at all.
#[derive(Debug)]
struct Lenient {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        match authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
