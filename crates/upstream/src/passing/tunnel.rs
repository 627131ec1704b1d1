//! What follows `101 Switching Protocols`: bytes both ways, until both sides are done or nothing has moved for long.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use super::{bounded::write_all, client::Client};
use crate::connection::Connection;

/// A tunnel through which nothing has come for so long is given up.
const IDLE: Duration = Duration::from_secs(3600);
const PIECE: usize = 16_384;

/// An old server's side of a web socket.
pub struct Tunnel {
    connection: Connection,
    /// Among the requests that are being passed.
    place: Option<OwnedSemaphorePermit>,
}

impl Tunnel {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, place: None }
    }

    pub(super) fn holding(self, place: OwnedSemaphorePermit) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Carries bytes until it is over. Dropped, it ends at once.
    pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(self, client: &mut Client<S>) {
        let (stall, moved) = (client.stall, Cell::new(Instant::now()));
        let Self { connection, place: _place } = self;
        let (mut old_read, mut old_write) = split(connection.stream);
        let (mut client_read, mut client_write) = split(&mut client.stream);
        let up = pump(&mut client_read, std::mem::take(&mut client.buffer), &mut old_write, stall, &moved);
        let down = pump(&mut old_read, connection.buffer, &mut client_write, stall, &moved);
        let idle = async {
            while moved.get().elapsed() < IDLE {
                sleep_until(moved.get() + IDLE).await;
            }
        };
        tokio::select! {
            // Either side's failure is the end; either side's farewell is passed on and the other may go on talking.
            result = async { tokio::try_join!(up, down) } => drop(result),
            () = idle => {}
        }
    }
}

async fn pump<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    from: &mut R,
    mut buffer: BytesMut,
    to: &mut W,
    stall: Duration,
    moved: &Cell<Instant>,
) -> io::Result<()> {
    loop {
        write_all(to, &buffer, stall).await?;
        moved.set(Instant::now());
        buffer.clear();
        buffer.reserve(PIECE);
        if from.read_buf(&mut buffer).await? == 0 {
            return to.shutdown().await;
        }
    }
}
