//! A server with the few S3 requests that a picture store makes: put, get, head, multipart upload. It checks that
//! requests are signed for the right key and region, not the signature itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::{Bytes, Data, PayloadConfig, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// When every object was modified, in seconds of the Unix epoch.
pub const MODIFIED: i64 = 1_795_209_936;

#[derive(Default)]
struct State {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Upload id -> parts by number.
    uploads: Mutex<HashMap<String, BTreeMap<u32, Vec<u8>>>>,
    part_sizes: Mutex<Vec<usize>>,
    begun: AtomicUsize,
    unsigned: AtomicUsize,
    refusing: AtomicBool,
    ignoring_ranges: AtomicBool,
    without_bucket: AtomicBool,
    /// Milliseconds between storing an object and saying so.
    late: AtomicUsize,
    deletions: AtomicUsize,
}

/// The running server; it ends with the test's runtime.
pub struct FakeS3 {
    pub endpoint: String,
    state: Arc<State>,
}

impl FakeS3 {
    pub async fn start() -> Self {
        let state = Arc::new(State::default());
        let data = Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(PayloadConfig::new(64 * 1024 * 1024))
                .default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { endpoint, state }
    }

    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.state.objects.lock().unwrap().clone()
    }

    pub fn unfinished(&self) -> usize {
        self.state.uploads.lock().unwrap().len()
    }

    pub fn part_sizes(&self) -> Vec<usize> {
        self.state.part_sizes.lock().unwrap().clone()
    }

    pub fn unsigned(&self) -> usize {
        self.state.unsigned.load(Ordering::SeqCst)
    }

    pub fn deletions(&self) -> usize {
        self.state.deletions.load(Ordering::SeqCst)
    }

    pub fn ignore_ranges(&self, ignoring: bool) {
        self.state.ignoring_ranges.store(ignoring, Ordering::SeqCst);
    }

    pub fn lose_bucket(&self, lost: bool) {
        self.state.without_bucket.store(lost, Ordering::SeqCst);
    }

    pub fn answer_late(&self, late: Duration) {
        self.state.late.store(late.as_millis() as usize, Ordering::SeqCst);
    }

    pub fn refuse(&self, refusing: bool) {
        self.state.refusing.store(refusing, Ordering::SeqCst);
    }
}

async fn answer(
    state: Data<State>,
    request: HttpRequest,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> HttpResponse {
    let signature = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ours =
        signature.starts_with("AWS4-HMAC-SHA256 Credential=DRAGOMAN/") && signature.contains("/eu-central-1/s3/");
    if !ours {
        state.unsigned.fetch_add(1, Ordering::SeqCst);
    }
    if !ours || state.refusing.load(Ordering::SeqCst) {
        return HttpResponse::Forbidden().body("<Error><Code>AccessDenied</Code></Error>");
    }
    if state.without_bucket.load(Ordering::SeqCst) {
        return HttpResponse::NotFound().body("<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>");
    }
    let path = request.path().to_owned();
    if query.contains_key("list-type") {
        return list(&state, &path, &query["prefix"]);
    }
    match (request.method(), query.get("uploadId"), query.contains_key("uploads")) {
        (&Method::POST, None, true) => begin(&state),
        (&Method::PUT, Some(id), _) => part(&state, id, query["partNumber"].parse().unwrap(), body),
        (&Method::POST, Some(id), _) => complete(&state, id, path),
        (&Method::DELETE, Some(id), _) => {
            state.uploads.lock().unwrap().remove(id);
            HttpResponse::NoContent().finish()
        }
        (&Method::DELETE, None, _) => {
            state.deletions.fetch_add(1, Ordering::SeqCst);
            state.objects.lock().unwrap().remove(&path);
            HttpResponse::NoContent().finish()
        }
        (&Method::PUT, None, _) => {
            state.objects.lock().unwrap().insert(path, body.to_vec());
            let late = state.late.load(Ordering::SeqCst);
            actix_web::rt::time::sleep(Duration::from_millis(late as u64)).await;
            HttpResponse::Ok().insert_header(("etag", "\"whole\"")).finish()
        }
        (&Method::GET | &Method::HEAD, ..) => fetch(&state, &request, &path),
        _ => HttpResponse::NotImplemented().finish(),
    }
}

fn list(state: &State, bucket: &str, prefix: &str) -> HttpResponse {
    let objects = state.objects.lock().unwrap();
    let found = objects.iter().filter_map(|(path, bytes)| {
        let key = path.strip_prefix(bucket)?.trim_start_matches('/');
        key.starts_with(prefix).then(|| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-20T21:25:36.000Z</LastModified><ETag>\"w\"</ETag>\
                 <Size>{}</Size></Contents>",
                bytes.len()
            )
        })
    });
    HttpResponse::Ok().content_type("application/xml").body(format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>",
        found.collect::<String>()
    ))
}

fn begin(state: &State) -> HttpResponse {
    let id = format!("upload-{}", state.begun.fetch_add(1, Ordering::SeqCst));
    state.uploads.lock().unwrap().insert(id.clone(), BTreeMap::new());
    HttpResponse::Ok().content_type("application/xml").body(format!(
        "<InitiateMultipartUploadResult><Bucket>pictures</Bucket><Key>k</Key><UploadId>{id}</UploadId>\
         </InitiateMultipartUploadResult>"
    ))
}

fn part(state: &State, id: &str, number: u32, body: Bytes) -> HttpResponse {
    state.part_sizes.lock().unwrap().push(body.len());
    match state.uploads.lock().unwrap().get_mut(id) {
        Some(parts) => {
            parts.insert(number, body.to_vec());
            HttpResponse::Ok().insert_header(("etag", format!("\"part-{number}\""))).finish()
        }
        None => HttpResponse::NotFound().finish(),
    }
}

fn complete(state: &State, id: &str, path: String) -> HttpResponse {
    let Some(parts) = state.uploads.lock().unwrap().remove(id) else { return HttpResponse::NotFound().finish() };
    let whole: Vec<u8> = parts.into_values().flatten().collect();
    state.objects.lock().unwrap().insert(path, whole);
    HttpResponse::Ok().content_type("application/xml").body(
        "<CompleteMultipartUploadResult><Location>l</Location><Bucket>pictures</Bucket><Key>k</Key>\
         <ETag>\"whole\"</ETag></CompleteMultipartUploadResult>",
    )
}

fn fetch(state: &State, request: &HttpRequest, path: &str) -> HttpResponse {
    let objects = state.objects.lock().unwrap();
    let Some(object) = objects.get(path) else { return HttpResponse::NotFound().finish() };
    let ignoring = state.ignoring_ranges.load(Ordering::SeqCst);
    let range = request.headers().get("range").filter(|_| !ignoring).map(|value| {
        let (first, last) = value.to_str().unwrap().strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        (first.parse::<usize>().unwrap(), last.parse::<usize>().unwrap())
    });
    let mut response = if range.is_some() { HttpResponse::PartialContent() } else { HttpResponse::Ok() };
    response.insert_header(("etag", "\"whole\"")).insert_header(("last-modified", "Fri, 20 Nov 2026 21:25:36 GMT"));
    match range {
        Some((first, last)) => response
            .insert_header(("content-range", format!("bytes {first}-{last}/{}", object.len())))
            .body(object[first..=last].to_vec()),
        None => response.body(object.clone()),
    }
}
