//! A connection as the HTTP library sees it.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    exchange::Exchange,
    incoming::{Incoming, Waiting},
    limits::Limits,
    outgoing::Outgoing,
    patience::Patience,
};

/// How much a refused client may still send until it notices.
const FAREWELL_BYTES: usize = 1 << 20;

/// The wire between a client's socket and the HTTP library, for HTTP/1: requests arrive on it as the library wants them,
/// answers leave it as the old servers wrote them.
pub struct Wire<S> {
    socket: S,
    incoming: Incoming,
    outgoing: Outgoing,
    exchange: Rc<Exchange>,
    limits: Limits,
    /// For what is read.
    patience: Patience,
    patient_for: Waiting,
    /// What was read, and thrown away, since the last answer.
    farewell: usize,
    has_said_farewell: bool,
}

impl<S> Wire<S> {
    /// Wraps a socket that has just been accepted.
    pub fn new(socket: S, limits: Limits) -> Self {
        Self {
            socket,
            incoming: Incoming::new(),
            outgoing: Outgoing::new(limits.stall),
            exchange: Rc::new(Exchange::new()),
            limits,
            patience: Patience::default(),
            patient_for: Waiting::Other,
            farewell: 0,
            has_said_farewell: false,
        }
    }

    /// What this wire tells the application of its requests.
    pub fn exchange(&self) -> Rc<Exchange> {
        Rc::clone(&self.exchange)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Whether the wait for a request has lasted too long.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let waiting = self.incoming.waiting(&self.exchange);
        if waiting != self.patient_for {
            self.patient_for = waiting;
            self.patience.renew();
        }
        let limit = match waiting {
            Waiting::Head => self.limits.head,
            Waiting::Idle => self.limits.idle,
            Waiting::Other => return Poll::Pending,
        };
        ready!(self.patience.poll(context, limit));
        self.incoming.give_up(waiting, &self.exchange);
        Poll::Ready(())
    }

    /// Reads on for a while after a refusal: a connection that is closed with bytes unread takes the answer with it.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut space = [0; 4096];
        loop {
            let mut piece = ReadBuf::new(&mut space);
            match Pin::new(&mut self.socket).poll_read(context, &mut piece) {
                Poll::Pending => return self.patience.poll(context, self.limits.farewell),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => self.farewell += piece.filled().len(),
            }
            if piece.filled().is_empty() || self.farewell > FAREWELL_BYTES {
                return Poll::Ready(());
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let read = this.incoming.poll_read(&mut this.socket, &this.exchange, context, out);
            if read.is_ready() {
                return read;
            }
            ready!(this.poll_patience(context));
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(this.outgoing.poll_write(&mut this.socket, &this.exchange, context, bytes))?;
        // The next request may be here already, and nothing else would wake its reader.
        if !this.exchange.is_under_way() && this.incoming.has_more() {
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.outgoing.poll_drain(&mut this.socket, context))?;
        let flushed = Pin::new(&mut this.socket).poll_flush(context);
        this.outgoing.bounded(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.has_said_farewell {
            ready!(this.outgoing.poll_drain(&mut this.socket, context))?;
            let ended = Pin::new(&mut this.socket).poll_shutdown(context);
            ready!(this.outgoing.bounded(context, ended))?;
            this.has_said_farewell = true;
            this.patience.renew();
        }
        if this.exchange.is_last() {
            ready!(this.poll_farewell(context));
        }
        Poll::Ready(Ok(()))
    }
}
