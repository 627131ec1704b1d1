//! A request's body on its way to the old server.

use std::cell::Cell;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use dragoman_wire::Framing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Instant, timeout};

use super::bounded::write_all;

const PIECE: usize = 65_536;

/// Why an upload ended before the body did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The body can be read in two ways. What is wrong with it has not been sent on.
    Malformed,
    /// The client has hung up, or sends nothing any more.
    ClientGone,
    /// The old server takes nothing any more; it may answer all the same.
    NotTaken,
}

/// Sends what the client sends until its body is over. `moved` tells when the last piece went.
pub(crate) async fn upload<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    from: &mut R,
    buffer: &mut BytesMut,
    framing: &mut Framing,
    to: &mut W,
    stall: Duration,
    moved: &Cell<Instant>,
) -> Result<(), Stopped> {
    loop {
        let taken = framing.take(buffer).map_err(|_| Stopped::Malformed)?;
        write_all(to, buffer.get(..taken).unwrap_or_default(), stall).await.map_err(|_| Stopped::NotTaken)?;
        buffer.advance(taken);
        moved.set(Instant::now());
        if framing.is_over() {
            return Ok(());
        }
        buffer.reserve(PIECE);
        match timeout(stall, from.read_buf(buffer)).await {
            Ok(Ok(read)) if read > 0 => {}
            _ => return Err(Stopped::ClientGone),
        }
    }
}
