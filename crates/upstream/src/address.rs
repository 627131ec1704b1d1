//! Where an old server is.

use thiserror::Error;
use url::{Host, Url};

/// What an operator's URL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) is_secure: bool,
    /// For the resolver and for its certificate.
    pub(crate) name: String,
    pub(crate) port: u16,
    /// As a client's `Host` would say it.
    pub(crate) host: String,
    /// In front of every target; without a slash at its end.
    pub(crate) folder: String,
}

/// Why a URL is none of an old server. It repeats nothing of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not `http://` or `https://`.
    #[error("must be an http:// or https:// URL with a host")]
    NoUrl,
    /// A name and password, a query, or a fragment.
    #[error("must have no user name, password, query or fragment")]
    TooMuch,
}

impl Address {
    /// Reads a URL such as `http://old:9999` or `https://old.example/folder`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::NoUrl)?;
        let is_secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(AddressError::NoUrl),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(AddressError::NoUrl);
        };
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::TooMuch);
        }
        let name = match &host {
            Host::Domain(name) => (*name).to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let host = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        Ok(Self { is_secure, name, port, host, folder: url.path().trim_end_matches('/').to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_old_servers() {
        let address = Address::parse("http://old:9999").unwrap();
        assert_eq!((address.host.as_str(), address.port, address.folder.as_str()), ("old:9999", 9999, ""));
        let address = Address::parse("https://[::1]/a/b/").unwrap();
        assert_eq!((address.host.as_str(), address.name.as_str(), address.port), ("[::1]", "::1", 443));
        assert_eq!(address.folder, "/a/b");
        for text in ["", "old:9999", "ftp://old", "http://", "unix:/x"] {
            assert_eq!(Address::parse(text), Err(AddressError::NoUrl), "{text}");
        }
        for text in ["http://a:b@old", "http://a@old", "http://old/?x", "http://old/#x"] {
            assert_eq!(Address::parse(text), Err(AddressError::TooMuch), "{text}");
        }
    }
}
