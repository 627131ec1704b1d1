//! One request and its answer.

use std::cell::Cell;

use bytes::{Buf, BytesMut};
use dragoman_wire::{BadChunk, Framing};
use tokio::io::{AsyncRead, AsyncWrite, split};
use tokio::time::{Instant, timeout};

use super::{
    answering::{Answering, Edit},
    client::Client,
    download::{Broken, Downloaded, Downloading},
    forwarding::Passable,
    tunnel::Tunnel,
    upload::{Stopped, upload},
};
use crate::{connection::Connection, unavailable::Unavailable, upstream::Upstream};

/// A request to be passed.
pub struct Passing<'a> {
    /// Its head as it is passed.
    pub request: Passable,
    /// What of its body has been read already, and is sent as it is.
    pub content: Vec<u8>,
    /// The rest of its body.
    pub body: Framing,
    /// What else is to be done with the head of its answer.
    pub edit: &'a mut (dyn Edit + Send),
}

/// A request that has been answered.
pub struct Passed {
    /// The answer's status.
    pub status: u16,
    /// Another request may follow on the client's connection.
    pub goes_on: bool,
    /// A web socket was opened: the client's connection is its own now.
    pub tunnel: Option<Tunnel>,
}

/// A request that has no whole answer.
#[derive(Debug)]
pub enum NotPassed {
    /// The client has been told nothing: it may be told this.
    Unavailable(Unavailable),
    /// Its body can be read in two ways; the client has been told nothing.
    Malformed,
    /// The client has been told this much, then it ended: its connection must end too.
    Broken {
        /// What of the answer arrived.
        status: Option<u16>,
    },
}

impl Upstream {
    /// Passes a request, and its answer back.
    pub async fn pass<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        passing: Passing<'_>,
        client: &mut Client<S>,
    ) -> Result<Passed, NotPassed> {
        let Passing { request, content, mut body, edit } = passing;
        let first = First::new(&request, &content, &mut body, &mut client.buffer).map_err(|_| NotPassed::Malformed)?;
        let (admitted, place) = self.admit().map_err(NotPassed::Unavailable)?;
        let mut answering = Answering { admitted: Some(admitted), edit };
        let told = Cell::new(None);
        let may_repeat = body.is_over() && matches!(request.head.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let mut fresh = false;
        let outcome = loop {
            let (connection, was_used) = match self.connection(may_repeat, fresh).await {
                Ok(found) => found,
                Err(unavailable) => break Err(Broken::Unavailable(unavailable).into()),
            };
            let mut exchange = Exchange { upstream: self, request: &request, told: &told, answering: &mut answering };
            match exchange.run(connection, &first.0, &mut body, client).await {
                // A kept connection that was dead, and nothing was said.
                Err(Failed::Broken(Broken::Unavailable(Unavailable::Away(_))))
                    if was_used && may_repeat && told.get().is_none() =>
                {
                    fresh = true;
                }
                outcome => break outcome,
            }
        };
        let status = told.get();
        match outcome {
            Ok(Passed { tunnel, status, goes_on }) => {
                let tunnel = tunnel.map(|tunnel| tunnel.holding(place));
                Ok(Passed { tunnel, status, goes_on })
            }
            Err(Failed::Malformed) if status.is_none() => Err(NotPassed::Malformed),
            Err(Failed::Broken(Broken::Unavailable(unavailable))) => {
                self.warn(&unavailable);
                // A page may be slow for reasons of its own.
                if let Some(admitted) = answering.admitted
                    && unavailable != Unavailable::Slow
                {
                    admitted.failed(Instant::now());
                }
                Err(if status.is_none() { NotPassed::Unavailable(unavailable) } else { NotPassed::Broken { status } })
            }
            Err(Failed::Malformed | Failed::Broken(Broken::ClientGone)) => Err(NotPassed::Broken { status }),
        }
    }
}

/// What goes out first: the head, and what is here of the body.
struct First(Vec<u8>);

impl First {
    fn new(request: &Passable, content: &[u8], body: &mut Framing, buffer: &mut BytesMut) -> Result<Self, BadChunk> {
        let mut out = Vec::with_capacity(1024);
        request.head.write(&mut out);
        out.extend_from_slice(content);
        let taken = body.take(buffer)?;
        out.extend_from_slice(buffer.get(..taken).unwrap_or_default());
        buffer.advance(taken);
        Ok(Self(out))
    }
}

enum Failed {
    Malformed,
    Broken(Broken),
}

impl From<Broken> for Failed {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

struct Exchange<'a, 'e> {
    upstream: &'a Upstream,
    request: &'a Passable,
    told: &'a Cell<Option<u16>>,
    answering: &'a mut Answering<'e>,
}

impl Exchange<'_, '_> {
    async fn run<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        mut connection: Connection,
        first: &[u8],
        body: &mut Framing,
        client: &mut Client<S>,
    ) -> Result<Passed, Failed> {
        let sent = timeout(self.upstream.time_out(), connection.send(first)).await;
        let Ok(sent) = sent else { return Err(Broken::Unavailable(Unavailable::Slow).into()) };
        let moved = Cell::new(Instant::now());
        let downloading = Downloading {
            method: &self.request.head.method,
            is_old: self.request.head.is_old,
            is_upgrade: self.request.is_upgrade,
            is_kept_alive: self.request.is_kept_alive,
            time_out: self.upstream.time_out(),
            stall: client.stall,
            moved: &moved,
            told: self.told,
        };
        // Who takes no more may have answered why.
        let is_uploading = sent.is_ok() && !body.is_over();
        let (mut connection, downloaded) = if is_uploading {
            both(&downloading, connection, body, client, self.answering).await?
        } else {
            let downloaded = downloading.run(&mut connection, &mut client.stream, self.answering).await?;
            (connection, downloaded)
        };
        let is_whole = body.is_over() && sent.is_ok();
        let Downloaded { status, client_goes_on, old_server_goes_on, is_switched } = downloaded;
        let tunnel = if is_switched {
            Some(Tunnel::new(connection))
        } else {
            // A server that does not look for trailers takes them for the next request, which would be somebody else's.
            let is_read_alike = !body.has_trailers();
            if is_whole && is_read_alike && old_server_goes_on && !connection.has_ended() {
                connection.rest();
                self.upstream.keep(connection);
            }
            None
        };
        Ok(Passed { status, goes_on: is_whole && client_goes_on && !is_switched, tunnel })
    }
}

/// Up and down at once. An answer may come, and be over, before the request is.
async fn both<S: AsyncRead + AsyncWrite + Unpin>(
    downloading: &Downloading<'_>,
    connection: Connection,
    body: &mut Framing,
    client: &mut Client<S>,
    answering: &mut Answering<'_>,
) -> Result<(Connection, Downloaded), Failed> {
    let mut writing = None;
    let mut reader = connection.over(|stream| {
        let (read, write) = split(stream);
        writing = Some(write);
        read
    });
    let Some(mut writing) = writing else { return Err(Failed::Malformed) };
    let (mut client_read, mut client_write) = split(&mut client.stream);
    let downloaded = {
        let up = upload(&mut client_read, &mut client.buffer, body, &mut writing, client.stall, downloading.moved);
        let down = downloading.run(&mut reader, &mut client_write, answering);
        let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
        let mut is_up = false;
        loop {
            tokio::select! {
                downloaded = &mut down => break downloaded?,
                stopped = &mut up, if !is_up => match stopped {
                    Ok(()) | Err(Stopped::NotTaken) => is_up = true,
                    Err(Stopped::Malformed) => return Err(Failed::Malformed),
                    Err(Stopped::ClientGone) => return Err(Broken::ClientGone.into()),
                },
            }
        }
    };
    Ok((reader.over(|read| read.unsplit(writing)), downloaded))
}
