//! An answer on its way to the client.

use std::cell::Cell;
use std::time::Duration;

use bytes::Buf;
use dragoman_wire::{AnswerHead, Framing};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout, timeout_at};

use super::{answering::Answering, bounded::write_all, forwarding::answer_for_client};
use crate::{
    connection::says_keep_alive,
    reader::{MOST_INTERIM, Reader},
    unavailable::Unavailable,
};

/// A body may pause for so long; a page that says a word a minute is none that is broken.
const PAUSE: Duration = Duration::from_secs(75);

/// What there is to know for it.
pub(crate) struct Downloading<'a> {
    pub method: &'a str,
    /// The client speaks HTTP/1.0: nothing interim, no chunks.
    pub is_old: bool,
    pub is_upgrade: bool,
    pub is_kept_alive: bool,
    /// For an answer to begin, after the last piece of the request has gone.
    pub time_out: Duration,
    /// While the client takes nothing.
    pub stall: Duration,
    pub moved: &'a Cell<Instant>,
    /// The status that the client has been told, once it has.
    pub told: &'a Cell<Option<u16>>,
}

/// An answer that has been sent.
#[derive(Debug)]
pub(crate) struct Downloaded {
    pub status: u16,
    /// The client can tell where it ended.
    pub client_goes_on: bool,
    pub old_server_goes_on: bool,
    /// Another protocol follows.
    pub is_switched: bool,
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(crate) enum Broken {
    Unavailable(Unavailable),
    ClientGone,
}

impl Downloading<'_> {
    /// Sends on what the old server sends; what `answering` does is done to the head of the answer itself.
    pub async fn run<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        from: &mut Reader<R>,
        to: &mut W,
        answering: &mut Answering<'_>,
    ) -> Result<Downloaded, Broken> {
        let (mut head, mut framing) = self.head(from, to).await?;
        let old_server_goes_on = says_keep_alive(&head) && framing != Framing::ToTheEnd;
        let client_goes_on = self.is_kept_alive && framing != Framing::ToTheEnd;
        let is_switched = head.status == 101;
        answering.begin(&mut head).await;
        answer_for_client(&mut head, !client_goes_on);
        let mut out = Vec::with_capacity(512 + from.buffer.len());
        head.write(&mut out);
        if !is_switched {
            self.body(from, to, &mut framing, head.status, out).await?;
        } else {
            self.told.set(Some(head.status));
            write_all(to, &out, self.stall).await.map_err(|_| Broken::ClientGone)?;
        }
        Ok(Downloaded { status: head.status, client_goes_on, old_server_goes_on, is_switched })
    }

    async fn head<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        from: &mut Reader<R>,
        to: &mut W,
    ) -> Result<(AnswerHead, Framing), Broken> {
        for _ in 0..MOST_INTERIM {
            let (mut head, framing) = self.awaited(from).await.map_err(Broken::Unavailable)?;
            if !head.is_interim() {
                let is_wanted = (head.status != 101 || self.is_upgrade) && !(self.is_old && is_chunked(&framing));
                let nonsense = || Unavailable::nonsense("what was not asked for", &from.buffer);
                return if is_wanted { Ok((head, framing)) } else { Err(Broken::Unavailable(nonsense())) };
            }
            if !self.is_old {
                answer_for_client(&mut head, false);
                let mut out = Vec::new();
                head.write(&mut out);
                write_all(to, &out, self.stall).await.map_err(|_| Broken::ClientGone)?;
            }
        }
        Err(Broken::Unavailable(Unavailable::nonsense("interim answers without end", &from.buffer)))
    }

    /// As long as the request still moves, its answer has time.
    async fn awaited<R: AsyncRead + Unpin>(&self, from: &mut Reader<R>) -> Result<(AnswerHead, Framing), Unavailable> {
        loop {
            let due = self.moved.get() + self.time_out;
            match timeout_at(due, from.head(self.method)).await {
                Ok(read) => return read,
                Err(_) if self.moved.get() + self.time_out > due => {}
                Err(_) => return Err(Unavailable::Slow),
            }
        }
    }

    /// Sends `out`, and the body behind it.
    async fn body<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        from: &mut Reader<R>,
        to: &mut W,
        framing: &mut Framing,
        status: u16,
        mut out: Vec<u8>,
    ) -> Result<(), Broken> {
        let broken = |reason, bytes: &[u8]| Broken::Unavailable(Unavailable::nonsense(reason, bytes));
        loop {
            let taken = framing.take(&from.buffer).map_err(|_| broken("chunks that are none", &from.buffer))?;
            let piece = from.buffer.get(..taken).unwrap_or_default();
            // An answer that is nonsense before its first byte has left is none: the dialect says so in its place.
            self.told.set(Some(status));
            // A head goes out together with what is here of its body.
            let sent = if out.is_empty() {
                write_all(to, piece, self.stall).await
            } else {
                out.extend_from_slice(piece);
                write_all(to, &std::mem::take(&mut out), self.stall).await
            };
            sent.map_err(|_| Broken::ClientGone)?;
            from.buffer.advance(taken);
            if framing.is_over() {
                return Ok(());
            }
            match timeout(PAUSE, from.fill()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) if *framing == Framing::ToTheEnd => return Ok(()),
                Ok(_) => return Err(broken("a body that breaks off", &[])),
                Err(_) => return Err(Broken::Unavailable(Unavailable::Slow)),
            }
        }
    }
}

fn is_chunked(framing: &Framing) -> bool {
    matches!(framing, Framing::Chunked(_))
}
