//! Writing to somebody who may have stopped reading.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Writes all of it, as long as some of it is taken within each `stall`.
pub(crate) async fn write_all<W: AsyncWrite + Unpin>(to: &mut W, mut bytes: &[u8], stall: Duration) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = timeout(stall, to.write(bytes)).await.map_err(|_| io::ErrorKind::TimedOut)??;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(written..).unwrap_or_default();
    }
    timeout(stall, to.flush()).await.map_err(|_| io::ErrorKind::TimedOut)?
}
