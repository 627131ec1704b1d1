//! Bytes from one side to the other, as they are. Nothing is added, taken away or waited for; somebody reads along.

use std::io;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Sender;

use crate::conversation::{Conversation, Passed};
use crate::upstream::Upstream;

/// So much is read at once, in each direction.
const PIECE: usize = 16 * 1024;

/// What a relay tells: an exchange and whose it was, or that a connection cannot be recorded.
pub(crate) enum Told {
    Passed(IpAddr, Box<Passed>),
    Unreadable(IpAddr),
    Unreachable(io::Error),
}

/// Serves one client to the end of its connection.
pub(crate) async fn relay(client: TcpStream, upstream: Upstream, now: fn() -> Timestamp, told: Sender<Told>) {
    let Ok(address) = client.peer_addr().map(|address| address.ip().to_canonical()) else { return };
    let server = match upstream.connect().await {
        Ok(server) => server,
        Err(error) => return drop(told.send(Told::Unreachable(error)).await),
    };
    let _ = client.set_nodelay(true);
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = split(server);
    let conversation = Mutex::new(Conversation::new());
    let asking = ask(&mut from_client, &mut to_server, &conversation, now);
    let answering = answer(&mut from_server, &mut to_client, &conversation, address, &told);
    tokio::pin!(answering);
    tokio::select! {
        biased;
        // When the server has said all, nobody listens to the client any more.
        _ = &mut answering => {}
        asked = asking => {
            if asked.is_ok() {
                // A client may have said all and still listen.
                let _ = answering.await;
            }
        }
    }
    if lock(&conversation).is_unreadable() {
        let _ = told.send(Told::Unreadable(address)).await;
    }
}

async fn ask(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    conversation: &Mutex<Conversation>,
    now: fn() -> Timestamp,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        let bytes = piece.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        lock(conversation).ask(bytes, now());
        to.write_all(bytes).await?;
        to.flush().await?;
    }
}

async fn answer(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    conversation: &Mutex<Conversation>,
    address: IpAddr,
    told: &Sender<Told>,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = match from.read(&mut piece).await {
            Ok(length) => length,
            // A TLS peer that hangs up without a farewell has ended its answer all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(error),
        };
        let bytes = piece.get(..length).unwrap_or_default();
        let passed = match bytes {
            [] => lock(conversation).end().into_iter().collect(),
            bytes => lock(conversation).answer(bytes),
        };
        // Told before the client hears it: what follows on this answer is recorded after it.
        for passed in passed {
            let _ = told.send(Told::Passed(address, Box::new(passed))).await;
        }
        to.write_all(bytes).await?;
        if bytes.is_empty() {
            return to.shutdown().await;
        }
    }
}

fn lock(conversation: &Mutex<Conversation>) -> std::sync::MutexGuard<'_, Conversation> {
    conversation.lock().unwrap_or_else(PoisonError::into_inner)
}
