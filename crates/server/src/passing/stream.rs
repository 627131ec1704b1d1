//! One request of HTTP/2 that is passed: written as HTTP/1 on a connection of its own, where it passes like any other, and its answer
//! read back from there.

use std::{future::poll_fn, io, time::Duration};

use actix_web::web::Bytes;
use bytes::{Buf, BytesMut};
use dragoman_wire::{AnswerHead, Framing, Reading, read_answer};
use h2::{Reason, RecvStream, SendStream, server::SendResponse};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::time::timeout;

use crate::wire::{
    Limits,
    http2::{Asked, send_piece},
};

/// What is on its way between the two at most.
const UNDER_WAY: usize = 64 * 1024;
/// How much of a request may still come after its answer.
const FAREWELL_BYTES: usize = 1 << 20;
/// Of a connection, not of a message (RFC 9113, 8.2.2).
const HOP_BY_HOP: [HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Target and host of a request, by which it is found whether it is passed.
pub(crate) fn place(request: &http::Request<RecvStream>) -> Option<(&str, Option<&str>)> {
    let target = request.uri().path_and_query()?.as_str();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    Some((target, request.uri().authority().map(|authority| authority.as_str()).or(host)))
}

/// Answers a request by what `serve` answers on a connection of HTTP/1.
pub(crate) async fn answer<F: Future<Output = ()>>(
    asked: Asked,
    limits: Limits,
    serve: impl FnOnce(DuplexStream) -> F,
) {
    let Asked { request, mut respond } = asked;
    let (parts, mut body) = request.into_parts();
    let is_chunked = !body.is_end_stream() && !parts.headers.contains_key(header::CONTENT_LENGTH);
    let (ours, theirs) = duplex(UNDER_WAY);
    let mut serving = std::pin::pin!(serve(theirs));
    let mut is_served = false;
    {
        let (mut read, mut write) = split(ours);
        let head = written(&parts, is_chunked);
        let mut up = std::pin::pin!(upload(head, &mut body, is_chunked, &mut write));
        let mut down = std::pin::pin!(download(&mut read, &mut respond, parts.method.as_str(), limits.stall));
        let mut is_up = false;
        loop {
            tokio::select! {
                () = &mut down => break,
                sent = &mut up, if !is_up => match sent {
                    Ok(()) => is_up = true,
                    // Nobody reads on: the answer came before the request's end, and may still be on its way.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => is_up = true,
                    // The client has gone.
                    Err(_) => break,
                },
                () = &mut serving, if !is_served => is_served = true,
            }
        }
    }
    if !is_served {
        // Its connection has ended: what is left is to be told of it.
        serving.await;
    }
    // Many a client forgets an answer whose stream is reset while it still sends.
    drop(timeout(limits.farewell, forget(&mut body)).await);
}

/// Reads what nobody wants any more.
async fn forget(body: &mut RecvStream) {
    let mut left = FAREWELL_BYTES;
    while let Some(Ok(piece)) = body.data().await {
        let released = body.flow_control().release_capacity(piece.len());
        left = left.saturating_sub(piece.len());
        if released.is_err() || left == 0 {
            return;
        }
    }
}

/// The head as HTTP/1 has it.
fn written(parts: &http::request::Parts, is_chunked: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    let mut line = |name: &str, value: &[u8]| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    };
    let authority = parts.uri.authority();
    if let Some(authority) = authority {
        line("host", authority.as_str().as_bytes());
    }
    for (name, value) in &parts.headers {
        let is_said = name == header::COOKIE || (name == header::HOST && authority.is_some());
        if !is_said && !HOP_BY_HOP.contains(name) {
            line(name.as_str(), value.as_bytes());
        }
    }
    let cookies: Vec<&[u8]> = parts.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if !cookies.is_empty() {
        // Sent in crumbs, which are one line there (RFC 9113, 8.2.3).
        line("cookie", &cookies.join(&b"; "[..]));
    }
    if is_chunked {
        line("transfer-encoding", b"chunked");
    }
    line("connection", b"close");
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\n", parts.method).into_bytes();
    head.append(&mut out);
    head.extend_from_slice(b"\r\n");
    head
}

async fn upload<W: AsyncWrite + Unpin>(
    head: Vec<u8>,
    body: &mut RecvStream,
    is_chunked: bool,
    to: &mut W,
) -> io::Result<()> {
    to.write_all(&head).await?;
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(io::Error::other)?;
        // An empty chunk would be the last.
        if is_chunked && !piece.is_empty() {
            to.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            to.write_all(&piece).await?;
            to.write_all(b"\r\n").await?;
        } else {
            to.write_all(&piece).await?;
        }
        body.flow_control().release_capacity(piece.len()).map_err(io::Error::other)?;
    }
    if is_chunked {
        let trailers = body.trailers().await.map_err(io::Error::other)?.unwrap_or_default();
        let mut end = b"0\r\n".to_vec();
        for (name, value) in &trailers {
            end.extend_from_slice(name.as_str().as_bytes());
            end.extend_from_slice(b": ");
            end.extend_from_slice(value.as_bytes());
            end.extend_from_slice(b"\r\n");
        }
        end.extend_from_slice(b"\r\n");
        to.write_all(&end).await?;
    }
    Ok(())
}

/// Reads the answer and sends it on; one that is none resets the stream.
async fn download<R: AsyncRead + Unpin>(
    from: &mut R,
    respond: &mut SendResponse<Bytes>,
    method: &str,
    stall: Duration,
) {
    let mut buffer = BytesMut::new();
    let head = tokio::select! {
        head = read_head(from, &mut buffer, method) => head,
        _ = poll_fn(|context| respond.poll_reset(context)) => return,
    };
    let Some((head, framing)) = head else { return respond.send_reset(Reason::INTERNAL_ERROR) };
    // A stream or connection that has gone is the client's affair.
    let Ok(mut stream) = respond.send_response(response(&head), framing.is_over()) else { return };
    if !framing.is_over() && send_body(from, &mut buffer, framing, &mut stream, stall).await == Some(Whole::No) {
        stream.send_reset(Reason::INTERNAL_ERROR);
    }
}

async fn read_head<R: AsyncRead + Unpin>(
    from: &mut R,
    buffer: &mut BytesMut,
    method: &str,
) -> Option<(AnswerHead, Framing)> {
    loop {
        match read_answer(buffer, method) {
            Reading::Head { head, length, body } => {
                buffer.advance(length);
                // Interim answers end here: the library has none.
                if !head.is_interim() {
                    return Some((head, body));
                }
            }
            Reading::Incomplete => {
                if from.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            Reading::Bad(_) => return None,
        }
    }
}

fn response(head: &AnswerHead) -> http::Response<()> {
    let mut response = http::Response::new(());
    *response.version_mut() = http::Version::HTTP_2;
    *response.status_mut() = http::StatusCode::from_u16(head.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    let lines = head.headers.iter().map(|header| (header.name.as_bytes(), &*header.value));
    extend(response.headers_mut(), lines);
    response
}

fn extend<'l>(headers: &mut HeaderMap, lines: impl Iterator<Item = (&'l [u8], &'l [u8])>) {
    for (name, value) in lines {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) else { continue };
        if !HOP_BY_HOP.contains(&name) {
            headers.append(name, value);
        }
    }
}

/// Whether an answer came to its end.
#[derive(PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// `None`: its client has gone.
async fn send_body<R: AsyncRead + Unpin>(
    from: &mut R,
    buffer: &mut BytesMut,
    mut framing: Framing,
    stream: &mut SendStream<Bytes>,
    stall: Duration,
) -> Option<Whole> {
    let mut trailers = Vec::new();
    loop {
        let mut content = Vec::new();
        let Ok(taken) =
            framing.take_parts(buffer, |piece| content.extend_from_slice(piece), |byte| trailers.push(byte))
        else {
            return Some(Whole::No);
        };
        buffer.advance(taken);
        send_piece(stream, content.into(), stall).await?;
        if framing.is_over() {
            break;
        }
        match from.read_buf(buffer).await {
            Ok(0) if framing == Framing::ToTheEnd => break,
            Ok(0) | Err(_) => return Some(Whole::No),
            Ok(_) => {}
        }
    }
    let mut lines = HeaderMap::new();
    let pairs = trailers.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        Some((name, value.get(1..)?.trim_ascii()))
    });
    extend(&mut lines, pairs);
    let ended = if lines.is_empty() { stream.send_data(Bytes::new(), true) } else { stream.send_trailers(lines) };
    ended.ok().map(|()| Whole::Yes)
}
