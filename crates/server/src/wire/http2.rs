//! HTTP/2, with the bounds that the HTTP library has no switches for: on streams, on what is kept for a client that does not
//! read, and on the time such a client is waited for.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use actix_http::{
    BoxedPayloadStream, Payload, Request, Response, ResponseHead,
    body::{BodySize, BoxBody, MessageBody},
    error::PayloadError,
};
use actix_web::{
    dev::Service,
    http::{
        Method, StatusCode, Version,
        header::{self, HeaderName, HeaderValue, HttpDate},
    },
    web::Bytes,
};
use dragoman_accounts::clock::{Clock, SystemClock};
use futures_util::{
    Stream, StreamExt,
    future::{Either, LocalBoxFuture, select},
    stream::{self, FuturesUnordered},
};
use h2::{
    Reason, RecvStream, SendStream,
    server::{Builder, Connection, SendResponse},
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{limits::Limits, socket::Socket};

/// Streams open at once on a connection.
const STREAMS: u32 = 100;
/// Requests of a connection that are being answered, and answers that are kept until its client has read them; the other
/// streams wait unopened.
const ANSWERS: usize = 16;
/// What a client may send before it is read, on a stream and on a connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// What is kept in frames for a stream, and how much of a body goes into a frame.
const SEND_BUFFER: usize = 64 * 1024;
const FRAME: usize = 16 * 1024;
/// The longest head, counted as HTTP/2 counts it.
const LONGEST_HEAD: u32 = 64 * 1024;

/// A request and where its answer goes.
pub struct Asked {
    pub request: http::Request<RecvStream>,
    pub respond: SendResponse<Bytes>,
}

/// Answers a request that is not the application's; or gives it back.
pub type Elsewhere<'a> = dyn Fn(Asked) -> Either<LocalBoxFuture<'a, ()>, Asked> + 'a;

/// Serves a connection until it ends, is idle for too long, or the server shuts down.
pub async fn serve<S, B>(
    socket: Socket,
    peer: Option<SocketAddr>,
    service: &S,
    elsewhere: &Elsewhere<'_>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()>
where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody,
{
    let handshake = Builder::new()
        .max_concurrent_streams(STREAMS)
        .max_send_buffer_size(SEND_BUFFER)
        .max_header_list_size(LONGEST_HEAD)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .handshake(socket);
    let mut connection: Connection<Socket, Bytes> = timeout(limits.head, handshake).await?.map_err(io::Error::other)?;
    let (places, mut answers) = (Rc::new(Semaphore::new(ANSWERS)), FuturesUnordered::new());
    let mut shutdown = std::pin::pin!(shutdown);
    let mut is_ending = false;
    loop {
        tokio::select! {
            Some(()) = answers.next(), if !answers.is_empty() => {}
            accepted = connection.accept() => match accepted {
                Some(Ok((request, mut respond))) => {
                    let place = Rc::clone(&places);
                    answers.push(async move {
                        let _place = tokio::select! {
                            // Never closed.
                            place = place.acquire() => place,
                            // Whoever takes his request back keeps nothing waiting.
                            _ = poll_fn(|context| respond.poll_reset(context)) => return,
                        };
                        match elsewhere(Asked { request, respond }) {
                            Either::Left(answering) => answering.await,
                            Either::Right(Asked { request, respond }) => {
                                answer(request, respond, peer, service, limits.stall).await;
                            }
                        }
                    });
                }
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(()),
            },
            () = tokio::time::sleep(limits.idle.max(Duration::from_secs(1))), if answers.is_empty() => {
                if is_ending {
                    return Ok(());
                }
                is_ending = true;
                connection.graceful_shutdown();
            }
            () = &mut shutdown, if !is_ending => {
                is_ending = true;
                connection.graceful_shutdown();
            }
        }
    }
}

async fn answer<S, B>(
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    peer: Option<SocketAddr>,
    service: &S,
    stall: Duration,
) where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody,
{
    let is_head = request.method() == Method::HEAD;
    let answering = std::pin::pin!(service.call(taken_over(request, peer)));
    let gone = std::pin::pin!(poll_fn(|context| respond.poll_reset(context)));
    // What is asked for by a client that has reset the stream is not worked for any longer.
    let answered = match select(answering, gone).await {
        Either::Left((answered, _)) => answered,
        Either::Right(_) => return,
    };
    match answered {
        Ok(response) => send(response.into(), respond, is_head, stall).await,
        Err(error) => send(error.into(), respond, is_head, stall).await,
    }
}

/// The request as the HTTP library knows it.
fn taken_over(request: http::Request<RecvStream>, peer: Option<SocketAddr>) -> Request {
    let (parts, body) = request.into_parts();
    let payload: BoxedPayloadStream = Box::pin(received(body));
    let mut request = Request::with_payload(Payload::Stream { payload });
    let head = request.head_mut();
    head.uri = parts.uri;
    head.method = parts.method;
    head.version = parts.version;
    head.headers = parts.headers.into();
    head.peer_addr = peer;
    request
}

fn received(body: RecvStream) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    stream::unfold(body, |mut body| async move {
        let piece = body.data().await?;
        let piece = piece.and_then(|piece| body.flow_control().release_capacity(piece.len()).map(|()| piece));
        Some((piece.map_err(PayloadError::from), body))
    })
}

/// Sends an answer, as far as its client takes it.
async fn send<B: MessageBody>(response: Response<B>, mut respond: SendResponse<Bytes>, is_head: bool, stall: Duration) {
    let (response, body) = response.into_parts();
    let size = body.size();
    let is_over =
        is_head || size.is_eof() || matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    // A stream or connection that has gone is the client's affair.
    let Ok(mut stream) = respond.send_response(head_of(response.head(), size), is_over) else { return };
    if is_over {
        return;
    }
    let mut body = std::pin::pin!(body);
    while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        let Ok(piece) = piece else { return stream.send_reset(Reason::INTERNAL_ERROR) };
        if send_piece(&mut stream, piece, stall).await.is_none() {
            return;
        }
    }
    drop(stream.send_data(Bytes::new(), true));
}

/// `None`: nobody takes it any more, and the stream has ended.
pub async fn send_piece(stream: &mut SendStream<Bytes>, mut piece: Bytes, stall: Duration) -> Option<()> {
    while !piece.is_empty() {
        let frame = piece.split_to(piece.len().min(FRAME));
        match timeout(stall, send_frame(stream, frame)).await {
            Ok(sent) => sent?,
            Err(_) => {
                stream.send_reset(Reason::CANCEL);
                return None;
            }
        }
    }
    Some(())
}

/// `None`: nobody takes it any more.
async fn send_frame(stream: &mut SendStream<Bytes>, mut frame: Bytes) -> Option<()> {
    while !frame.is_empty() {
        stream.reserve_capacity(frame.len());
        let capacity = poll_fn(|context| stream.poll_capacity(context)).await?.ok()?;
        let sent = frame.split_to(capacity.min(frame.len()));
        stream.send_data(sent, false).ok()?;
    }
    Some(())
}

/// The head of an answer without what only HTTP/1 knows.
fn head_of(head: &ResponseHead, size: BodySize) -> http::Response<()> {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    let mut response = http::Response::new(());
    *response.status_mut() = head.status;
    *response.version_mut() = Version::HTTP_2;
    let headers = response.headers_mut();
    for (name, value) in head.headers.iter() {
        if ![header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, KEEP_ALIVE].contains(name) {
            headers.append(name, value.clone());
        }
    }
    if let BodySize::Sized(length) = size
        && !matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(SystemClock.now().millis()).unwrap_or(0));
    if let Ok(date) = HeaderValue::try_from(HttpDate::from(now).to_string()) {
        headers.entry(header::DATE).or_insert(date);
    }
    response
}
