use actix_web::FromRequest;
use actix_web::dev::Payload;
use actix_web::test::TestRequest;
use futures_util::{StreamExt, stream};

use super::*;

/// A payload as actix hands it to a handler.
pub(crate) fn payload_of(chunks: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
    Payload::Stream { payload: Box::pin(chunks) }
}

const BOUNDS: BodyBounds = BodyBounds { bytes: 8, time: Duration::from_millis(80) };

async fn read(request: TestRequest, mut payload: Payload) -> Result<Bytes, BodyError> {
    let request = request.to_http_request();
    let payload = web::Payload::from_request(&request, &mut payload).await.unwrap();
    read_body(&request, payload, BOUNDS).await
}

fn chunks(chunks: &[&'static str]) -> Payload {
    let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from(*chunk))).collect();
    payload_of(stream::iter(chunks))
}

#[actix_web::test]
async fn a_body_up_to_the_bound_is_read_whole() {
    assert_eq!(read(TestRequest::default(), chunks(&["abcd", "efgh"])).await.unwrap(), "abcdefgh");
    assert_eq!(read(TestRequest::default(), Payload::None).await.unwrap(), "");
    assert_eq!(read(TestRequest::default(), chunks(&["abcd", "efgh", "i"])).await, Err(BodyError::TooLarge));
}

#[actix_web::test]
async fn a_stated_length_is_refused_unread() {
    let unread = || payload_of(stream::poll_fn(|_| panic!("read")));
    for length in ["9", "99999999999999999999", "18446744073709551615"] {
        let request = TestRequest::default().insert_header(("content-length", length));
        let payload = if length.len() == 20 && length.starts_with('9') { chunks(&["123456789"]) } else { unread() };
        assert_eq!(read(request, payload).await, Err(BodyError::TooLarge), "{length}");
    }
}

#[actix_web::test]
async fn a_byte_now_and_then_is_too_slow_and_a_broken_body_is_broken() {
    let trickle = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok(Bytes::from_static(b"a")), ()))
    });
    let slow = payload_of(trickle);
    assert_eq!(read(TestRequest::default(), slow).await, Err(BodyError::TooSlow));
    let silent = payload_of(stream::pending());
    assert_eq!(read(TestRequest::default(), silent).await, Err(BodyError::TooSlow));
    let cut = stream::iter([Ok(Bytes::from_static(b"a"))]).chain(stream::iter([Err(PayloadError::Incomplete(None))]));
    let broken = payload_of(cut);
    assert_eq!(read(TestRequest::default(), broken).await, Err(BodyError::Broken));
}
