//! What is sent: answers with their heads written anew, bodies as they are.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use dragoman_wire::Framing;
use tokio::io::AsyncWrite;

use super::{answer_head, exchange::Exchange, patience::Patience};

/// As much of a body goes out together with its head.
const TOGETHER: usize = 16_384;

/// The bytes between the HTTP library and the socket.
pub struct Outgoing {
    /// A head, and what goes with it.
    waiting: BytesMut,
    /// The body that is being sent; `None` between answers.
    body: Option<Framing>,
    stall: Patience,
    stall_limit: Duration,
}

impl Outgoing {
    /// A client that takes nothing for `stall_limit` has gone.
    pub fn new(stall_limit: Duration) -> Self {
        Self { waiting: BytesMut::new(), body: None, stall: Patience::default(), stall_limit }
    }

    /// Takes bytes of the library's. An answer whose last byte is taken ends its exchange.
    pub fn poll_write<W: AsyncWrite + Unpin>(
        &mut self,
        socket: &mut W,
        exchange: &Exchange,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_drain(socket, context))?;
        let Some(mut body) = self.body else {
            return Poll::Ready(Ok(self.begin(exchange, bytes)));
        };
        let belonging = take(&mut body, bytes);
        let piece = bytes.get(..belonging).unwrap_or_default();
        let written = ready!(self.poll_socket(socket, context, piece))?;
        if written == belonging {
            self.body = Some(body);
        } else if let Some(body) = &mut self.body {
            take(body, piece.get(..written).unwrap_or_default());
        }
        self.end_if_over(exchange);
        Poll::Ready(Ok(written))
    }

    /// Sends what is waiting.
    pub fn poll_drain<W: AsyncWrite + Unpin>(
        &mut self,
        socket: &mut W,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            let written = self.poll_socket(socket, context, &waiting);
            self.waiting = waiting;
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.waiting.advance(written),
            }
        }
        // An idle connection holds no buffer.
        self.waiting = BytesMut::new();
        Poll::Ready(Ok(()))
    }

    fn poll_socket<W: AsyncWrite + Unpin>(
        &mut self,
        socket: &mut W,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(socket).poll_write(context, bytes);
        self.bounded(context, written)
    }

    /// What the socket says, unless it has said "later" for too long. With TLS even a flush or a farewell can wait for a
    /// client that reads nothing.
    pub fn bounded<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stall.renew();
        } else if self.stall.poll(context, self.stall_limit).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }

    /// Takes a head and the beginning of its body.
    fn begin(&mut self, exchange: &Exchange, bytes: &[u8]) -> usize {
        let without_body = exchange.is_without_body();
        let Some(head) = answer_head::rewrite(bytes, exchange.names(), without_body, &mut self.waiting) else {
            // Not a thing the library does; whatever it is goes out as it is.
            self.body = Some(Framing::ToTheEnd);
            self.waiting.extend_from_slice(bytes);
            return bytes.len();
        };
        let mut body = head.body;
        let behind = bytes.get(head.length..).unwrap_or_default();
        let behind = behind.get(..TOGETHER).unwrap_or(behind);
        let taken = take(&mut body, behind);
        self.waiting.extend_from_slice(behind.get(..taken).unwrap_or_default());
        if !head.is_interim {
            self.body = Some(body);
            self.end_if_over(exchange);
        }
        head.length + taken
    }

    fn end_if_over(&mut self, exchange: &Exchange) {
        if self.body.is_some_and(|body| body.is_over()) {
            self.body = None;
            exchange.answered();
        }
    }
}

/// The library's own chunks are never bad.
fn take(body: &mut Framing, bytes: &[u8]) -> usize {
    body.take(bytes).unwrap_or(bytes.len())
}
