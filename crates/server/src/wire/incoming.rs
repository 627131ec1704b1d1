//! What a client sends: one request after another, the next only when the one before is answered.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use dragoman_dialect::Declined;
use dragoman_wire::{Framing, LONGEST_HEAD};
use tokio::io::{AsyncRead, ReadBuf};

use super::{
    exchange::Exchange,
    request_head::{Passes, Reading, may_begin, mend_line, read, stand_in},
};

/// How much is read at once, and of the requests behind the one that is being answered.
const PIECE: usize = 8192;

/// What is being waited for when nothing can be handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The first byte of a further request.
    Idle,
    /// The rest of a head, or the first request.
    Head,
    /// A body, or our own answer.
    Other,
}

/// The HTTP library takes the end of the connection for the end of a body of which more than this may not be read yet, though all of it
/// is here: a client that has sent a large body and closes its sending side would be told that its body is cut short.
const MOST_UNREAD: u64 = 16_384;

#[derive(Debug)]
enum Expected {
    Head,
    Body(Framing),
    /// Nothing more is handed on.
    Nothing,
    /// What stands in the buffer is for somebody else than the HTTP library.
    Passed,
}

/// What comes next on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A request for the HTTP library, or one that it is to refuse.
    Served,
    /// One that is passed.
    Passed,
    /// Nothing.
    Ended,
}

/// The bytes between the socket and the HTTP library.
pub struct Incoming {
    buffer: BytesMut,
    /// So many bytes at its front may be handed on.
    released: usize,
    expected: Expected,
    line_is_mended: bool,
    /// So many bytes of a head have been looked through for the end of a line.
    searched: usize,
    is_first: bool,
    /// So many bytes of a body belong to the request under way.
    body: u64,
    /// The client has sent all it will send.
    has_ended: bool,
    passes: Option<Rc<Passes>>,
}

impl Incoming {
    pub fn new(passes: Option<Rc<Passes>>) -> Self {
        Self {
            passes,
            buffer: BytesMut::new(),
            released: 0,
            expected: Expected::Head,
            line_is_mended: false,
            searched: 0,
            is_first: true,
            body: 0,
            has_ended: false,
        }
    }

    /// Goes on where a request that was passed ended.
    pub fn resume(buffer: BytesMut, passes: Option<Rc<Passes>>) -> Self {
        Self { buffer, is_first: false, ..Self::new(passes) }
    }

    /// What has been read of a request that is passed, and what is behind it.
    pub fn into_buffer(self) -> BytesMut {
        self.buffer
    }

    pub fn is_passed(&self) -> bool {
        matches!(self.expected, Expected::Passed)
    }

    /// Stands in for a request that another had the head of.
    pub fn decline(&mut self, reason: Declined, exchange: &Exchange) {
        self.refuse(reason, exchange);
    }

    /// Waits for the next request's head.
    pub fn poll_next<R: AsyncRead + Unpin>(
        &mut self,
        socket: &mut R,
        exchange: &Exchange,
        context: &mut Context<'_>,
    ) -> Poll<Next> {
        loop {
            self.interpret(exchange);
            match () {
                () if self.is_passed() => return Poll::Ready(Next::Passed),
                () if self.released > 0 => return Poll::Ready(Next::Served),
                () if self.has_ended => return Poll::Ready(Next::Ended),
                () => {}
            }
            if ready!(self.poll_fill(socket, context)).is_err() {
                return Poll::Ready(Next::Ended);
            }
        }
    }

    /// Whether a wait for our answer holds something up.
    pub fn has_more(&self) -> bool {
        !self.buffer.is_empty() || self.has_ended
    }

    /// What a pending read waits for.
    pub fn waiting(&self, exchange: &Exchange) -> Waiting {
        match self.expected {
            Expected::Head if exchange.is_under_way() || self.has_ended => Waiting::Other,
            Expected::Head if self.buffer.is_empty() && !self.is_first => Waiting::Idle,
            Expected::Head => Waiting::Head,
            Expected::Body(_) | Expected::Nothing | Expected::Passed => Waiting::Other,
        }
    }

    /// The wait has lasted too long.
    pub fn give_up(&mut self, waiting: Waiting, exchange: &Exchange) {
        match waiting {
            Waiting::Head => self.refuse(Declined::HeadTooSlow, exchange),
            Waiting::Idle => self.has_ended = true,
            Waiting::Other => {}
        }
    }

    /// Hands on what may be handed on, reading from the socket as needed. An end of the connection is handed on as such.
    pub fn poll_read<R: AsyncRead + Unpin>(
        &mut self,
        socket: &mut R,
        exchange: &Exchange,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            self.interpret(exchange);
            if self.released > 0 {
                let length = self.released.min(out.remaining());
                out.put_slice(self.buffer.get(..length).unwrap_or_default());
                self.buffer.advance(length);
                self.released -= length;
                return Poll::Ready(Ok(()));
            }
            let waits_for_answer = matches!(self.expected, Expected::Head) && exchange.is_under_way();
            if self.is_passed() {
                return Poll::Ready(Ok(()));
            }
            if self.has_ended {
                let is_held_up = waits_for_answer && (!self.buffer.is_empty() || self.body > MOST_UNREAD);
                return if is_held_up { Poll::Pending } else { Poll::Ready(Ok(())) };
            }
            let is_full = waits_for_answer && self.buffer.len() >= PIECE;
            if is_full || matches!(self.expected, Expected::Nothing) {
                return Poll::Pending;
            }
            ready!(self.poll_fill(socket, context))?;
        }
    }

    fn poll_fill<R: AsyncRead + Unpin>(&mut self, socket: &mut R, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Space on the stack: an idle connection holds no buffer.
        let mut space = [MaybeUninit::<u8>::uninit(); PIECE];
        let mut piece = ReadBuf::uninit(&mut space);
        ready!(Pin::new(socket).poll_read(context, &mut piece))?;
        self.has_ended = piece.filled().is_empty();
        self.buffer.extend_from_slice(piece.filled());
        Poll::Ready(Ok(()))
    }

    /// Releases what is known to belong to the request under way, or begins the next.
    fn interpret(&mut self, exchange: &Exchange) {
        if let Expected::Body(framing) = &mut self.expected {
            match framing.take(self.buffer.get(self.released..).unwrap_or_default()) {
                Ok(taken) => {
                    self.released += taken;
                    self.body += taken as u64;
                    if framing.is_over() {
                        self.expected = Expected::Head;
                    }
                }
                // The dialect sees a body that breaks off and answers that; nothing behind it is looked at.
                Err(_) => {
                    self.buffer.truncate(self.released);
                    self.has_ended = true;
                    self.expected = Expected::Nothing;
                    exchange.end_after_this();
                }
            }
        }
        if matches!(self.expected, Expected::Head) && self.released == 0 && !exchange.is_under_way() {
            self.begin(exchange);
        }
    }

    fn begin(&mut self, exchange: &Exchange) {
        // Nothing is read twice for a client that sends byte by byte: only the end of a line can end a head.
        let has_line = self.buffer.get(self.searched..).is_some_and(|fresh| fresh.contains(&b'\n'));
        if !has_line && self.buffer.len() < LONGEST_HEAD {
            self.searched = self.buffer.len();
            if !may_begin(&self.buffer) {
                self.refuse(Declined::Malformed, exchange);
            }
            return;
        }
        if !self.line_is_mended {
            self.line_is_mended = mend_line(&mut self.buffer);
        }
        match read(&mut self.buffer, self.passes.as_deref()) {
            Reading::Incomplete => self.searched = self.buffer.len(),
            Reading::Declined(reason) => self.refuse(reason, exchange),
            Reading::Passed => self.expected = Expected::Passed,
            Reading::Head { length, body, is_head, is_last } => {
                exchange.begin(is_head);
                self.released = length;
                (self.line_is_mended, self.searched, self.is_first, self.body) = (false, 0, false, 0);
                self.expected = match body {
                    _ if is_last => Expected::Nothing,
                    body if body.is_over() => Expected::Head,
                    body => Expected::Body(body),
                };
                if is_last {
                    self.buffer.truncate(length);
                    exchange.end_after_this();
                }
            }
        }
    }

    fn refuse(&mut self, reason: Declined, exchange: &Exchange) {
        let request = stand_in(&self.buffer);
        exchange.begin(request.starts_with(b"HEAD "));
        exchange.refuse(reason);
        self.buffer = BytesMut::from(&request[..]);
        self.released = request.len();
        self.expected = Expected::Nothing;
    }
}
