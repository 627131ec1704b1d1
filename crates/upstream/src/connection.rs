//! One connection to an old server.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use dragoman_wire::{AnswerHead, Framing};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{address::Address, reader::Reader, unavailable::Unavailable};

/// What bytes come from and go to.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// With or without TLS.
pub(crate) type Connection = Reader<Box<dyn Stream>>;

impl Connection {
    pub async fn open(address: &Address, tls: Option<&Arc<ClientConfig>>) -> Result<Self, Unavailable> {
        let away = |error: io::Error| Unavailable::Away(error.to_string());
        let stream = TcpStream::connect((address.name.as_str(), address.port)).await.map_err(away)?;
        stream.set_nodelay(true).map_err(away)?;
        let stream: Box<dyn Stream> = match tls {
            None => Box::new(stream),
            Some(config) => {
                let name = ServerName::try_from(address.name.clone());
                let name = name.map_err(|error| Unavailable::Away(error.to_string()))?;
                Box::new(TlsConnector::from(Arc::clone(config)).connect(name, stream).await.map_err(away)?)
            }
        };
        Ok(Self::new(stream))
    }

    /// Whether an idle connection is still quiet and open. Bytes that nobody asked for make it useless.
    pub async fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let stream = &mut self.stream;
        poll_fn(|context| {
            let mut space = ReadBuf::new(&mut byte);
            Poll::Ready(Pin::new(&mut *stream).poll_read(context, &mut space).is_pending())
        })
        .await
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}

/// Whether another question may follow this answer on its connection.
pub(crate) fn keeps_alive(head: &AnswerHead, framing: &Framing) -> bool {
    framing.is_over() && says_keep_alive(head)
}

/// Whether its head allows it.
pub(crate) fn says_keep_alive(head: &AnswerHead) -> bool {
    !head.headers.names("Connection", "close") && !head.is_old
}
