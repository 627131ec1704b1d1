//! How an old server treats a request before it looks at it.

use std::{sync::Mutex, time::Duration};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody, SizedStream},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::{Bytes, Data},
};
use dragoman_passwords::random::{Randomness, SystemRandomness};
use futures_util::stream;

use super::{State, lock};

/// What becomes of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// They are answered.
    #[default]
    Right,
    /// They are answered, a second late.
    Slow,
    /// Nothing ever comes.
    Hang,
    /// The answer breaks off half way; what was asked for is done all the same.
    Cut,
    /// An answer that no old server would give.
    Nonsense,
    /// A fault of its own.
    Fault,
    /// By chance one of six hangs for longer than anybody waits, one of six breaks off, the others are answered. Not in turn: who asks
    /// two questions a login would meet the same two moods for ever.
    Moody,
}

pub(super) async fn behave(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let asked = format!("{} {}", request.method(), request.path());
    let mut behaviour = Behaviour::Right;
    let mut pause = Duration::ZERO;
    if let Some(state) = request.app_data::<Data<Mutex<State>>>() {
        let mut state = lock(state);
        state.asked.push(asked);
        behaviour = state.behaviour;
        if behaviour == Behaviour::Slow {
            pause = Duration::from_secs(1);
        }
        if behaviour == Behaviour::Moody {
            (behaviour, pause) = match SystemRandomness.below(6) {
                0 => (Behaviour::Right, Duration::from_secs(2)),
                1 => (Behaviour::Cut, Duration::ZERO),
                _ => (Behaviour::Right, Duration::ZERO),
            };
        }
    }
    actix_web::rt::time::sleep(pause).await;
    match behaviour {
        Behaviour::Right | Behaviour::Slow | Behaviour::Moody => Ok(next.call(request).await?.map_into_boxed_body()),
        Behaviour::Hang => {
            actix_web::rt::time::sleep(Duration::from_secs(3_600)).await;
            Ok(request.into_response(HttpResponse::Ok().finish()))
        }
        Behaviour::Nonsense => {
            let page = "<html><body>Welcome to nginx!</body></html>";
            Ok(request.into_response(HttpResponse::Ok().content_type("text/html").body(page)))
        }
        Behaviour::Fault => Ok(request.into_response(HttpResponse::InternalServerError().body("oops"))),
        Behaviour::Cut => {
            let (request, answer) = next.call(request).await?.into_parts();
            let whole = actix_web::body::to_bytes(answer.into_body()).await.map_err(|_| std::io::Error::other("body"));
            let half = whole.map(|whole| whole.slice(..whole.len() / 2)).unwrap_or_else(|_| Bytes::new());
            let parts = [Ok(half), Err(std::io::Error::other("cut"))];
            let body = SizedStream::new(1_000_000, stream::iter(parts));
            Ok(ServiceResponse::new(request, HttpResponse::Ok().content_type("application/json").body(body)))
        }
    }
}
