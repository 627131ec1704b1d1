//! The recorder at work: takes connections, gathers what passes, writes sessions as they close.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dragoman_fixtures::{Body, Exchange, Headers, Hints, ImportOptions, Loss, SeenAnswer, SentRequest, decoded_body};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use crate::body::{LONGEST, PassingBody};
use crate::conversation::Passed;
use crate::redaction::Pseudonyms;
use crate::relay::{Told, relay};
use crate::scenario::{Report, Writer, make_folder};
use crate::sessions::{Session, Sessions};
use crate::upstream::Upstream;

/// So many exchanges may wait to be gathered; then connections wait too.
const WAITING: usize = 1_024;

/// How to record.
pub struct RecordOptions {
    /// The old server.
    pub upstream: Upstream,
    /// Dialects, and what is given, if it is known.
    pub import: ImportOptions,
    /// Where the fixtures go.
    pub folder: PathBuf,
    /// How long a session may be silent.
    pub idle: Duration,
    /// Each session is recorded twice, and compared.
    pub twice: bool,
    /// So many clients are served at once; others wait.
    pub connections: usize,
    /// The key of all pseudonyms, kept nowhere.
    pub key: [u8; 32],
    /// What time it is.
    pub now: fn() -> Timestamp,
}

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(String, std::io::Error),
    /// The folder cannot be written to.
    #[error("{folder}: {source}")]
    Folder {
        /// Which.
        folder: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A recorder that listens.
pub struct Recorder {
    listener: TcpListener,
    options: RecordOptions,
}

impl Recorder {
    /// Listens, and makes the folder.
    ///
    /// # Errors
    /// Either cannot be done.
    pub async fn bind(listen: &str, options: RecordOptions) -> Result<Self, RecordError> {
        let folder = options.folder.display().to_string();
        make_folder(&options.folder).map_err(|source| RecordError::Folder { folder, source })?;
        let listener =
            TcpListener::bind(listen).await.map_err(|error| RecordError::Listen(listen.to_owned(), error))?;
        Ok(Self { listener, options })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Records until `end`, then closes all sessions and writes them. Each report is given to `report`.
    pub async fn run(self, end: impl Future<Output = ()>, mut report: impl FnMut(Report) + Send) {
        let RecordOptions { upstream, mut import, folder, idle, twice, connections, key, now } = self.options;
        let sessions = Sessions::new(&import.dialects, idle);
        let waiting = twice.then(Vec::new);
        // The state holds secrets as well: a fixture gets that of its recording, which is redacted.
        let given = import.given.take();
        let writer = Writer { folder, options: import, given, pseudonyms: Pseudonyms::new(key), waiting, written: 0 };
        let (told, heard) = channel(WAITING);
        let (reports, mut reported) = channel(WAITING);
        let gathering = tokio::spawn(gather(heard, sessions, writer, reports));
        let mut serving = Box::pin(serve(self.listener, connections, upstream, now, told));
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut serving => break,
                () = &mut end => break,
                Some(next) = reported.recv() => report(next),
            }
        }
        // With the connections their senders go, and so what is gathered comes to its end.
        drop(serving);
        while let Some(next) = reported.recv().await {
            report(next);
        }
        let _ = gathering.await;
    }
}

/// Takes connections for as long as it is asked to.
async fn serve(listener: TcpListener, most: usize, upstream: Upstream, now: fn() -> Timestamp, told: Sender<Told>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < most => match accepted {
                // One that cannot be told is one that has gone.
                Ok((client, _)) if client.set_nodelay(true).is_err() => {}
                Ok((client, _)) => drop(connections.spawn(relay(client, upstream.clone(), now, told.clone()))),
                // Too many files, or a client that went away: the others go on.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn gather(mut heard: Receiver<Told>, mut sessions: Sessions, mut writer: Writer, reports: Sender<Report>) {
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        let closed = tokio::select! {
            told = heard.recv() => match told {
                Some(Told::Passed(client, passed)) => {
                    let (exchange, losses, held) = exchange_of(*passed);
                    sessions.take(client, exchange, losses, held, Instant::now())
                }
                Some(Told::Unreadable(client)) => {
                    let what = format!("a connection of {client} was passed on unrecorded: no HTTP/1 that can be read in one way");
                    let _ = reports.send(Report::Unrecorded(what)).await;
                    Vec::new()
                }
                Some(Told::Unreachable(error)) => {
                    let _ = reports.send(Report::Unrecorded(format!("the old server cannot be reached: {error}"))).await;
                    Vec::new()
                }
                None => break,
            },
            _ = tick.tick() => sessions.close_idle(Instant::now()),
        };
        writer = write_all(writer, closed, &reports).await;
    }
    writer = write_all(writer, sessions.close_all(), &reports).await;
    for report in writer.finish() {
        let _ = reports.send(report).await;
    }
}

/// Writing takes its time; what passes meanwhile waits in the channel.
async fn write_all(mut writer: Writer, closed: Vec<Session>, reports: &Sender<Report>) -> Writer {
    for session in closed {
        let written = tokio::task::spawn_blocking(move || {
            let report = writer.write(session);
            (writer, report)
        });
        match written.await {
            Ok((same, report)) => {
                writer = same;
                let _ = reports.send(report).await;
            }
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
    writer
}

/// The exchange as recordings have it, what is missing in it, and how many bytes it holds.
fn exchange_of(passed: Passed) -> (Exchange, Vec<Loss>, usize) {
    let mut losses = Vec::new();
    let mut lose = |what: String| losses.push(Loss { entry: None, what });
    let (sent, seen) = (headers(&passed.request.headers), headers(&passed.answer.headers));
    let has_early_answer = passed.is_early;
    let request_body = match has_early_answer {
        true => {
            lose("request: the answer came before its body had ended".into());
            Body::Lost
        }
        false => body("request", passed.request_body, &sent, &mut lose),
    };
    let answer_body = match passed.request.method.as_str() {
        "HEAD" => Body::None,
        _ => body("answer", passed.answer_body, &seen, &mut lose),
    };
    let size = |body: &Body| if let Body::Bytes(bytes) = body { bytes.len() } else { 0 };
    let lines = |headers: &Headers| headers.0.iter().map(|(name, value)| name.len() + value.len() + 48).sum::<usize>();
    let held = size(&request_body) + size(&answer_body) + lines(&sent) + lines(&seen) + passed.request.target.len();
    let exchange = Exchange {
        entry: 0,
        started: Some(passed.started),
        milliseconds: Some(passed.milliseconds),
        before: Vec::new(),
        hints: Hints::default(),
        comment: None,
        request: SentRequest {
            method: passed.request.method,
            target: origin_form(passed.request.target),
            headers: sent,
            body: request_body,
        },
        answer: SeenAnswer { status: passed.answer.status, headers: seen, body: answer_body },
        step: None,
    };
    (exchange, losses, held)
}

/// A client that takes us for a proxy sends whole addresses.
fn origin_form(target: String) -> String {
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').map_or("/", |at| rest.get(at..).unwrap_or("/")).to_owned()
        }
        _ => target,
    }
}

/// Values that are no UTF-8 are read a character a byte, as other recorders do.
fn headers(headers: &dragoman_wire::Headers) -> Headers {
    let text = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
    };
    Headers(headers.iter().map(|header| (header.name.clone(), text(&header.value))).collect())
}

fn body(whose: &str, body: PassingBody, headers: &Headers, lose: &mut impl FnMut(String)) -> Body {
    match body.into_whole() {
        Ok(bytes) => {
            let (body, loss) = decoded_body(bytes, headers);
            loss.into_iter().for_each(|why| lose(format!("{whose}: {why}")));
            body
        }
        Err(length) => {
            lose(format!("{whose}: the body was cut: {length} bytes passed, up to {LONGEST} are recorded"));
            Body::Lost
        }
    }
}
