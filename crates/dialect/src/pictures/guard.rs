//! A panic of the storage's library is a failed request, not the end of a client's connection.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::future::FutureExt;
use futures_util::stream::{BoxStream, StreamExt};

/// The outcome of a call into the storage's library.
pub(super) async fn guarded<T>(call: impl Future<Output = object_store::Result<T>>) -> object_store::Result<T> {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Err(panicked()))
}

/// What it reads; after a panic an error, then nothing.
pub(super) fn guarded_stream<'s, T: Send + 's>(
    items: BoxStream<'s, object_store::Result<T>>,
) -> BoxStream<'s, object_store::Result<T>> {
    AssertUnwindSafe(items).catch_unwind().map(|item| item.unwrap_or_else(|_| Err(panicked()))).boxed()
}

fn panicked() -> object_store::Error {
    object_store::Error::Generic { store: "pictures", source: "the storage's library panicked".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_panic_is_an_error() {
        let panicking = async {
            if panicked().to_string().is_empty() {
                return Ok(());
            }
            panic!("of a library")
        };
        assert!(guarded(panicking).await.is_err());
        let stream = futures_util::stream::once(async { panic!("of a library") }).boxed();
        let chunks: Vec<object_store::Result<bytes::Bytes>> = guarded_stream(stream).collect().await;
        assert!(matches!(chunks[..], [Err(_)]));
    }
}
