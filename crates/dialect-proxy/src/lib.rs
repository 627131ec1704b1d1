//! dialect-proxy
