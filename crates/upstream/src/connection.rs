//! One connection to an old server.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Buf, BytesMut};
use dragoman_wire::{AnswerHead, Framing, Reading, read_answer};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{address::Address, unavailable::Unavailable};

/// So many `100 Continue` and the like may precede an answer.
const MOST_INTERIM: usize = 16;
const PIECE: usize = 16_384;

/// What bytes come from and go to.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection, and what has been read from it and not yet used.
pub(crate) struct Connection {
    pub stream: Box<dyn Stream>,
    pub buffer: BytesMut,
    /// An answer came over it before.
    pub was_used: bool,
    /// The old server has sent all it will send.
    has_ended: bool,
}

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
        Ok(Self { stream, buffer: BytesMut::new(), was_used: false, has_ended: false })
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

    /// Reads some more; `false` when there will be no more.
    pub async fn fill(&mut self) -> io::Result<bool> {
        if self.has_ended {
            return Ok(false);
        }
        self.buffer.reserve(PIECE);
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(read) => self.has_ended = read == 0,
            // Many servers with TLS just hang up.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.has_ended = true,
            Err(error) => return Err(error),
        }
        Ok(!self.has_ended)
    }

    /// The next head, interim ones too.
    pub async fn head(&mut self, method: &str) -> Result<(AnswerHead, Framing), Unavailable> {
        loop {
            match read_answer(&self.buffer, method) {
                Reading::Head { head, length, body } => {
                    self.buffer.advance(length);
                    self.was_used = true;
                    return Ok((head, body));
                }
                Reading::Bad(_) => return Err(Unavailable::nonsense("no head of an answer", &self.buffer)),
                Reading::Incomplete => {}
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) if self.buffer.is_empty() => return Err(Unavailable::Away("it hung up".to_owned())),
                Ok(false) => return Err(Unavailable::nonsense("a head that breaks off", &self.buffer)),
                Err(error) => return Err(Unavailable::Away(error.to_string())),
            }
        }
    }

    /// The head of the answer itself.
    pub async fn final_head(&mut self, method: &str) -> Result<(AnswerHead, Framing), Unavailable> {
        for _ in 0..MOST_INTERIM {
            let (head, body) = self.head(method).await?;
            if head.status == 101 {
                return Err(Unavailable::nonsense("another protocol", &self.buffer));
            }
            if !head.is_interim() {
                return Ok((head, body));
            }
        }
        Err(Unavailable::nonsense("interim answers without end", &self.buffer))
    }

    /// A whole body of at most so many bytes.
    pub async fn body(&mut self, framing: &mut Framing, most: usize) -> Result<Vec<u8>, Unavailable> {
        let mut content = Vec::new();
        loop {
            let taken = framing.take_content(&self.buffer, |piece| content.extend_from_slice(piece));
            let Ok(taken) = taken else { return Err(Unavailable::nonsense("chunks that are none", &content)) };
            self.buffer.advance(taken);
            if content.len() > most || matches!(framing, Framing::Length(left) if *left > most as u64) {
                return Err(Unavailable::nonsense("a body without end", &content));
            }
            if framing.is_over() {
                return Ok(content);
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) if *framing == Framing::ToTheEnd => return Ok(content),
                Ok(false) | Err(_) => return Err(Unavailable::nonsense("a body that breaks off", &content)),
            }
        }
    }
}

/// Whether another question may follow this answer on its connection.
pub(crate) fn keeps_alive(head: &AnswerHead, framing: &Framing) -> bool {
    framing.is_over() && !head.headers.names("Connection", "close") && !head.is_old
}
