//! The old server, as it is reached.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// Where the old server is.
#[derive(Clone)]
pub struct Upstream {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// Why an address is none of an old server.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It is no URL of the kind that is wanted.
    #[error("`{0}` is no address of a server: http:// or https://, a host, perhaps a port, and no path")]
    Unsuitable(String),
    /// Certificates of the system could not be used.
    #[error(transparent)]
    Trust(#[from] dragoman_fixtures::TargetError),
}

/// What both kinds of connection can do.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Upstream {
    /// Reads `http://host[:port]` or `https://host[:port]`; https is checked by the system's certificate authorities.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &str) -> Result<Self, UpstreamError> {
        let unsuitable = || UpstreamError::Unsuitable(text.chars().take(200).collect());
        let url = Url::parse(text).map_err(|_| unsuitable())?;
        let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.path() == "/";
        let host = url.host_str().filter(|_| plain && url.fragment().is_none()).ok_or_else(unsuitable)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().ok_or_else(unsuitable)?;
        let tls = match url.scheme() {
            "http" => None,
            "https" => {
                let name = ServerName::try_from(host.clone()).map_err(|_| unsuitable())?;
                let mut config = (*dragoman_fixtures::system_trust()?).clone();
                config.alpn_protocols = vec![b"http/1.1".to_vec()];
                Some((TlsConnector::from(Arc::new(config)), name))
            }
            _ => return Err(unsuitable()),
        };
        Ok(Self { host, port, tls })
    }

    pub(crate) async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(match &self.tls {
            None => Box::new(stream),
            Some((connector, name)) => Box::new(connector.connect(name.clone(), stream).await?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers() {
        for good in ["http://old.example", "http://127.0.0.1:8080/", "http://[::1]:80"] {
            assert!(Upstream::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "old.example", "ftp://x", "http://u:p@x", "http://x/api", "http://x?y", "http://x/#z"] {
            assert!(Upstream::parse(bad).is_err(), "{bad}");
        }
    }
}
