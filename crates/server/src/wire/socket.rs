//! A client's socket, with or without TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The name of HTTP/2 in a handshake (RFC 9113, 3.1).
const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// A socket that bytes of HTTP are read from and written to.
#[derive(Debug)]
pub enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Of one stream of HTTP/2, written as HTTP/1.
    Within(DuplexStream),
}

impl Socket {
    /// Whether both sides agreed on HTTP/2.
    pub fn speaks_http2(&self) -> bool {
        match self {
            Self::Plain(_) | Self::Within(_) => false,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(HTTP2),
        }
    }
}

/// Makes sockets of accepted connections.
#[derive(Clone)]
pub struct Acceptor {
    tls: Option<TlsAcceptor>,
    patience: Duration,
}

impl Acceptor {
    /// With TLS when there is a configuration for it; a handshake may take as long as `patience`.
    pub fn new(tls: Option<ServerConfig>, patience: Duration) -> Self {
        let acceptor = |mut config: ServerConfig| {
            config.alpn_protocols = [HTTP2, HTTP1].map(<[u8]>::to_vec).to_vec();
            TlsAcceptor::from(Arc::new(config))
        };
        Self { tls: tls.map(acceptor), patience }
    }

    pub fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// Shakes hands, where that is wanted.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<Socket> {
        // An answer is written in several pieces: the last one would wait for the client's acknowledgement of those before it, which many
        // systems hold back for 40 ms.
        stream.set_nodelay(true)?;
        match &self.tls {
            None => Ok(Socket::Plain(stream)),
            Some(tls) => Ok(Socket::Tls(Box::new(timeout(self.patience, tls.accept(stream)).await??))),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, out),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, out),
            Self::Within(stream) => Pin::new(stream).poll_read(context, out),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Within(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Within(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Within(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn the_end_of_an_answer_waits_for_no_acknowledgement() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(!accepted.nodelay().unwrap());
        let socket = Acceptor::new(None, Duration::from_secs(1)).accept(accepted).await.unwrap();
        let Socket::Plain(stream) = socket else { unreachable!("no TLS") };
        assert!(stream.nodelay().unwrap());
    }
}
