//! A request that was chosen, from before it is routed until it is answered.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::{
    HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header::{CONTENT_TYPE, HeaderMap},
};
use dragoman_dialect::RouteClass;
use dragoman_upstream::Request;
use dragoman_usage::{ShadowRoute, Verdict};
use futures_util::StreamExt;

use super::{
    job::{Job, LONGEST_BODY, Ours},
    queue::Queue,
};
use crate::calls::MountRoutes;

/// Headers of a connection or of a client's library, which the old server is not told.
const NOT_PASSED_ON: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What the old server is to be asked, as far as it is known.
pub(crate) struct Watched {
    queue: Arc<Queue>,
    question: Request,
    /// What has come of the body; `None`: it became too long.
    body: Rc<RefCell<Option<Vec<u8>>>>,
}

impl Watched {
    /// `None` for a method that no reading route has.
    pub fn of(request: &mut ServiceRequest, queue: Arc<Queue>, prefix: &str) -> Option<Self> {
        let method = match request.method().as_str() {
            "GET" => "GET",
            "POST" => "POST",
            _ => return None,
        };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let bare = target.strip_prefix(prefix).filter(|rest| rest.starts_with('/')).unwrap_or(target);
        let question = passed_on(request.headers(), Request::get(bare).method(method));
        let body = Rc::new(RefCell::new(Some(Vec::new())));
        let kept = Rc::clone(&body);
        let payload = request.take_payload().inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                keep(&mut kept.borrow_mut(), chunk);
            }
        });
        request.set_payload(Payload::Stream { payload: Box::pin(payload) });
        Some(Self { queue, question, body })
    }

    /// Leaves the question for the old server, if the request was one that only reads and its answer can be kept.
    pub fn settle(self, response: ServiceResponse) -> ServiceResponse {
        let Some(route) = self.reading_route(&response) else { return response };
        let (request, answer) = response.into_parts();
        let (answer, body) = answer.into_parts();
        let length = match body.size() {
            BodySize::None => Some(0),
            BodySize::Sized(length) => usize::try_from(length).ok(),
            BodySize::Stream => None,
        };
        let sent = self.body.take();
        let (Some(sent), Some(0..=LONGEST_BODY)) = (sent, length) else {
            self.queue.count(&route, Verdict::Unread);
            return ServiceResponse::new(request, answer.set_body(body));
        };
        match body.try_into_bytes() {
            Ok(bytes) => {
                let content_type = answer.headers().get(CONTENT_TYPE);
                let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
                let ours = Ours { status: answer.status().as_u16(), content_type, body: bytes.clone() };
                let question = Request { body: sent, ..self.question };
                self.queue.put(Job { route, question, ours });
                ServiceResponse::new(request, answer.set_body(BoxBody::new(bytes)))
            }
            Err(body) => {
                self.queue.count(&route, Verdict::Unread);
                ServiceResponse::new(request, answer.set_body(body))
            }
        }
    }

    fn reading_route(&self, response: &ServiceResponse) -> Option<ShadowRoute> {
        let request = response.request();
        let mount = request.app_data::<MountRoutes>()?;
        let route = mount.route(&request.match_pattern()?, request.method().as_str())?;
        let is_read = route.class == RouteClass::Read;
        is_read.then(|| ShadowRoute { mount: Arc::clone(&mount.prefix), route: route.pattern })
    }
}

fn passed_on(headers: &HeaderMap, question: Request) -> Request {
    let told = headers.iter().filter(|(name, _)| !NOT_PASSED_ON.contains(&name.as_str()));
    told.fold(question, |question, (name, value)| question.with(name.as_str(), value.as_bytes()))
}

fn keep(kept: &mut Option<Vec<u8>>, chunk: &[u8]) {
    match kept {
        Some(body) if body.len() + chunk.len() <= LONGEST_BODY => body.extend_from_slice(chunk),
        _ => *kept = None,
    }
}
