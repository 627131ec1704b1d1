//! A connection as the HTTP library sees it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    exchange::{Exchange, Unpassed},
    incoming::{Incoming, Next, Waiting},
    limits::Limits,
    outgoing::Outgoing,
    patience::Patience,
    request_head::Passes,
};

/// How much a refused client may still send until it notices.
const FAREWELL_BYTES: usize = 1 << 20;

/// A connection between two requests, with what has been read of the next.
pub struct Handed<S> {
    /// The client's socket.
    pub socket: S,
    /// What has been read and not been looked at.
    pub buffer: BytesMut,
}

/// Where a wire leaves its connection when a request comes that is passed: the HTTP library sees a client that hangs up.
pub type Handover<S> = Rc<RefCell<Option<Handed<S>>>>;

/// The wire between a client's socket and the HTTP library, for HTTP/1: requests arrive on it as the library wants them,
/// answers leave it as the old servers wrote them.
pub struct Wire<S> {
    /// Gone once it has been handed over.
    socket: Option<S>,
    handover: Handover<S>,
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
    pub fn new(socket: S, limits: Limits, passes: Option<Rc<Passes>>) -> Self {
        Self::of(socket, limits, Incoming::new(passes))
    }

    /// Goes on with a connection that was handed over.
    pub fn resume(handed: Handed<S>, limits: Limits, passes: Option<Rc<Passes>>) -> Self {
        Self::of(handed.socket, limits, Incoming::resume(handed.buffer, passes))
    }

    /// Has the application say why a request that was handed over, whose head is in the buffer, has no answer.
    pub fn refusing(handed: Handed<S>, limits: Limits, unpassed: Unpassed) -> Self {
        let mut wire = Self::resume(handed, limits, None);
        wire.incoming.decline(unpassed.reason, &wire.exchange);
        wire.exchange.refuse_unpassed(unpassed);
        wire
    }

    fn of(socket: S, limits: Limits, incoming: Incoming) -> Self {
        Self {
            socket: Some(socket),
            handover: Handover::default(),
            incoming,
            outgoing: Outgoing::new(limits.stall),
            exchange: Rc::new(Exchange::new()),
            limits,
            patience: Patience::default(),
            patient_for: Waiting::Other,
            farewell: 0,
            has_said_farewell: false,
        }
    }

    /// Where the connection is found after a request that is passed has come.
    pub fn handover(&self) -> Handover<S> {
        Rc::clone(&self.handover)
    }

    fn hand_over(&mut self) {
        let incoming = std::mem::replace(&mut self.incoming, Incoming::new(None));
        if let Some(socket) = self.socket.take() {
            *self.handover.borrow_mut() = Some(Handed { socket, buffer: incoming.into_buffer() });
        }
    }

    /// What this wire tells the application of its requests.
    pub fn exchange(&self) -> Rc<Exchange> {
        Rc::clone(&self.exchange)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// What comes next; a request that is passed is handed over at once.
    pub async fn next(&mut self) -> Next {
        let next = poll_fn(|context| {
            let Some(socket) = &mut self.socket else { return Poll::Ready(Next::Ended) };
            match self.incoming.poll_next(socket, &self.exchange, context) {
                Poll::Ready(next) => Poll::Ready(next),
                // What becomes of a wait that was too long, the next look tells.
                Poll::Pending => self.poll_patience(context).map(|()| self.after_patience()),
            }
        })
        .await;
        if next == Next::Passed {
            self.hand_over();
        }
        next
    }

    fn after_patience(&self) -> Next {
        if self.exchange.is_under_way() { Next::Served } else { Next::Ended }
    }

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

    /// Says farewell to a client that may be sending still.
    pub async fn end(mut self) {
        self.exchange.end_after_this();
        let ended = poll_fn(|context| Pin::new(&mut self).poll_shutdown(context)).await;
        // It is the client's affair now.
        drop(ended);
    }

    /// Reads on for a while after a refusal: a connection that is closed with bytes unread takes the answer with it.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut space = [0; 4096];
        loop {
            let mut piece = ReadBuf::new(&mut space);
            let Some(socket) = &mut self.socket else { return Poll::Ready(()) };
            match Pin::new(socket).poll_read(context, &mut piece) {
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
            let Some(socket) = &mut this.socket else { return Poll::Ready(Ok(())) };
            let read = this.incoming.poll_read(socket, &this.exchange, context, out);
            if this.incoming.is_passed() {
                // The answer before it has been taken, and may not have left.
                ready!(this.outgoing.poll_drain(socket, context))?;
                let flushed = Pin::new(socket).poll_flush(context);
                ready!(this.outgoing.bounded(context, flushed))?;
                this.hand_over();
                return Poll::Ready(Ok(()));
            }
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
        let Some(socket) = &mut this.socket else { return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())) };
        let written = ready!(this.outgoing.poll_write(socket, &this.exchange, context, bytes))?;
        // The next request may be here already, and nothing else would wake its reader.
        if !this.exchange.is_under_way() && this.incoming.has_more() {
            context.waker().wake_by_ref();
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(socket) = &mut this.socket else { return Poll::Ready(Ok(())) };
        ready!(this.outgoing.poll_drain(socket, context))?;
        let flushed = Pin::new(socket).poll_flush(context);
        this.outgoing.bounded(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(socket) = &mut this.socket else { return Poll::Ready(Ok(())) };
        if !this.has_said_farewell {
            ready!(this.outgoing.poll_drain(socket, context))?;
            let ended = Pin::new(socket).poll_shutdown(context);
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
