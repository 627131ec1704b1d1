//! HTTP for the S3 client: with our one TLS provider, and with a patience that counts how long nothing happens instead of
//! how long a part takes, so that a slow line can send a whole one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use reqwest::{Body, Client, Url};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{sleep, timeout};

/// Requests with a larger body are watched piece by piece; before the others are sent, no line is too slow.
const SMALL: usize = 16 * 1024;
/// How much is handed to the line at once.
const PIECE: usize = 16 * 1024;
/// Bytes a second of the slowest line: what has been handed over may still be on its way for as long as it takes there.
const SLOWEST: u64 = 32 * 1024;
/// The longest that one request may take, whatever happens in it.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Makes the client.
#[derive(Debug)]
pub(super) struct Connector {
    /// How long nothing may happen.
    pub patience: Duration,
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let unusable = |source| object_store::Error::Generic { store: "S3", source };
        let client = |reading: Option<Duration>| -> object_store::Result<Client> {
            let client = Client::builder()
                .tls_backend_preconfigured(tls().map_err(|error| unusable(error.into()))?)
                .http1_only()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(self.patience);
            let client = reading.into_iter().fold(client, reqwest::ClientBuilder::read_timeout);
            client.build().map_err(|error| unusable(error.into()))
        };
        let (quick, sending) = (client(Some(self.patience))?, client(None)?);
        Ok(HttpClient::new(Patient { quick, sending, patience: self.patience }))
    }
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(provider.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}

/// Two clients, as the time a client waits for an answer begins with its request: one for requests that are sent at once,
/// one for bodies, whose way is watched here.
#[derive(Debug)]
struct Patient {
    quick: Client,
    sending: Client,
    patience: Duration,
}

#[async_trait::async_trait]
impl HttpService for Patient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if request.body().content_length() <= SMALL { self.quick.call(request).await } else { self.send(request).await }
    }
}

impl Patient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let length = bytes.len();
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        let handed = Arc::new(AtomicUsize::new(0));
        *request.body_mut() = Some(counted(bytes, Arc::clone(&handed)));
        // Its answer is a few lines.
        let exchange = async {
            let answer = self.sending.execute(request).await.map_err(failed)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = HttpResponse::new(answer.bytes().await.map_err(failed)?.into());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        };
        tokio::select! {
            answer = timeout(LONGEST, exchange) => answer.unwrap_or_else(|_| Err(idle())),
            () = self.nothing_happens(&handed, length) => Err(idle()),
        }
    }

    /// Ends when no piece has been taken for the length of the patience; after the last one the line gets its time too.
    async fn nothing_happens(&self, handed: &AtomicUsize, length: usize) {
        let mut before = 0;
        loop {
            sleep(self.patience).await;
            let now = handed.load(Ordering::Relaxed);
            if now == before {
                break;
            }
            before = now;
        }
        if before == length {
            sleep(Duration::from_secs(length as u64 / SLOWEST)).await;
        }
    }
}

fn counted(bytes: Bytes, handed: Arc<AtomicUsize>) -> Body {
    let pieces = stream::unfold(bytes, |mut rest| async move {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((piece, rest))
    });
    Body::wrap_stream(pieces.map(move |piece| {
        handed.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(piece)
    }))
}

fn idle() -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// A connection that could not be made is tried again by the client; what happened to a body that was under way is not known.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted };
    HttpError::new(kind, error.without_url())
}
