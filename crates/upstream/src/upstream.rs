//! The client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::{
    address::{Address, AddressError},
    breaker::{Admitted, Breaker, BreakerState},
    connection::{Connection, keeps_alive},
    message::{Answer, Request},
    pool::Pool,
    tls::{CertificateError, client_config},
    unavailable::Unavailable,
};

/// A connection may take as long to come about, or as long as everything if that is less.
const CONNECT: Duration = Duration::from_secs(5);
/// Questions open at once.
const MOST_CALLS: usize = 32;
/// Requests that are being passed at once, web sockets among them.
const MOST_PASSES: usize = 1024;
/// The longest answer to one: a picture.
const LONGEST_ANSWER: usize = 16 << 20;

/// What an operator says of an old server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it is.
    pub address: Address,
    /// PEM of the authorities that certify it; `None`: the system's.
    pub ca_certificate: Option<PathBuf>,
    /// For a whole question and answer.
    pub time_out: Duration,
}

/// Why a client cannot be made; the text is for the operator.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL is none.
    #[error("the URL {0}")]
    Address(#[from] AddressError),
    /// The authorities cannot be read.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
}

/// An old server, as one of its clients. Cheap to clone; all clones share connections, bounds and breaker.
#[derive(Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    address: Address,
    tls: Option<Arc<ClientConfig>>,
    time_out: Duration,
    breaker: Arc<Breaker>,
    calls: Semaphore,
    passes: Arc<Semaphore>,
    pool: Pool,
}

impl Upstream {
    /// Makes a client; nothing is connected yet.
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        let Options { address, ca_certificate, time_out } = options.clone();
        let tls = address.is_secure.then(|| client_config(ca_certificate.as_deref())).transpose()?;
        Ok(Self(Arc::new(Inner {
            address,
            tls,
            time_out,
            breaker: Arc::default(),
            calls: Semaphore::new(MOST_CALLS),
            passes: Arc::new(Semaphore::new(MOST_PASSES)),
            pool: Pool::default(),
        })))
    }

    /// Asks once. A question that must not be asked twice never is; a `GET` is asked again if a kept connection turns out to be
    /// dead. No redirect is followed.
    pub async fn call(&self, request: Request) -> Result<Answer, Unavailable> {
        let written = self.written(&request)?;
        let waiting = timeout(self.0.time_out.min(CONNECT), self.0.calls.acquire()).await;
        let Ok(Ok(_place)) = waiting else { return Err(Unavailable::Busy) };
        let Some(admitted) = self.0.breaker.admit(Instant::now()) else { return Err(Unavailable::Resting) };
        let outcome = timeout(self.0.time_out, self.ask(&request, &written)).await.unwrap_or(Err(Unavailable::Slow));
        match &outcome {
            Ok(_) => admitted.answered(),
            Err(unavailable) => {
                self.warn(unavailable);
                if unavailable.is_its_fault() {
                    admitted.failed(Instant::now());
                }
            }
        }
        outcome
    }

    pub(crate) fn warn(&self, unavailable: &Unavailable) {
        tracing::warn!(host = self.0.address.host, %unavailable, "no answer from the server that was asked");
    }

    /// Where it is, as a client's `Host` says it.
    pub fn host(&self) -> &str {
        &self.0.address.host
    }

    /// The folder of the operator's URL, in front of every target; empty for most.
    pub fn folder(&self) -> &str {
        &self.0.address.folder
    }

    pub(crate) fn time_out(&self) -> Duration {
        self.0.time_out
    }

    /// Leave to pass something, and a place for as long as it lasts.
    pub(crate) fn admit(&self) -> Result<(Admitted, OwnedSemaphorePermit), Unavailable> {
        let place = Arc::clone(&self.0.passes).try_acquire_owned().map_err(|_| Unavailable::Busy)?;
        Ok((self.0.breaker.admit(Instant::now()).ok_or(Unavailable::Resting)?, place))
    }

    /// A connection, and whether it was used before.
    pub(crate) async fn connection(&self, is_idempotent: bool, fresh: bool) -> Result<(Connection, bool), Unavailable> {
        if !fresh && let Some(connection) = self.0.pool.take(is_idempotent).await {
            return Ok((connection, true));
        }
        Ok((self.connect().await?, false))
    }

    pub(crate) fn keep(&self, connection: Connection) {
        self.0.pool.give(connection);
    }

    /// Whether it is asked at present.
    pub fn breaker(&self) -> BreakerState {
        self.0.breaker.state(Instant::now())
    }

    async fn ask(&self, request: &Request, written: &[u8]) -> Result<Answer, Unavailable> {
        if let Some(mut connection) = self.0.pool.take(request.is_idempotent()).await {
            match exchange(&mut connection, request, written).await {
                Err(Unavailable::Away(_)) if request.is_idempotent() => {}
                Ok((answer, stays)) => return Ok(self.done(answer, stays.then_some(connection))),
                Err(unavailable) => return Err(unavailable),
            }
        }
        let mut connection = self.connect().await?;
        let (answer, stays) = exchange(&mut connection, request, written).await?;
        Ok(self.done(answer, stays.then_some(connection)))
    }

    fn done(&self, answer: Answer, connection: Option<Connection>) -> Answer {
        if let Some(connection) = connection {
            self.keep(connection);
        }
        answer
    }

    async fn connect(&self) -> Result<Connection, Unavailable> {
        let opening = Connection::open(&self.0.address, self.0.tls.as_ref());
        timeout(self.0.time_out.min(CONNECT), opening).await.unwrap_or(Err(Unavailable::Slow))
    }

    /// What is sent; nothing is asked for what is no path.
    fn written(&self, request: &Request) -> Result<Vec<u8>, Unavailable> {
        let Request { method, target, headers, body } = request;
        let is_target = target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_target {
            return Err(Unavailable::Away("it was asked for what is no path".to_owned()));
        }
        let mut out =
            format!("{method} {}{target} HTTP/1.1\r\nHost: {}\r\n", self.0.address.folder, self.0.address.host);
        if !body.is_empty() || matches!(*method, "POST" | "PUT" | "PATCH") {
            out.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let mut out = out.into_bytes();
        headers.write(&mut out);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        Ok(out)
    }
}

/// The answer, and whether another question may follow on this connection.
async fn exchange(
    connection: &mut Connection,
    request: &Request,
    written: &[u8],
) -> Result<(Answer, bool), Unavailable> {
    let sent = connection.send(written).await;
    // Who has heard enough answers and hangs up: the answer counts.
    let (head, mut framing) = match (connection.final_head(request.method).await, sent) {
        (Ok(read), _) => read,
        (Err(Unavailable::Away(_)), Err(error)) => return Err(Unavailable::Away(error.to_string())),
        (Err(unavailable), _) => return Err(unavailable),
    };
    let body = connection.body(&mut framing, LONGEST_ANSWER).await?;
    let stays = keeps_alive(&head, &framing);
    Ok((Answer { status: head.status, headers: head.headers, body }, stays))
}
