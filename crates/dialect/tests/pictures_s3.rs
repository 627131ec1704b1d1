//! The picture store against a small server that speaks the part of S3 it needs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod fake_s3;
mod slow_line;

use std::time::{Duration, Instant};

use dragoman_dialect::pictures::{ADMIN, PictureError, PictureStore, S3Options};
use futures_util::TryStreamExt;

use fake_s3::FakeS3;
use slow_line::SlowLine;

const MIB: usize = 1024 * 1024;

fn store(server: &FakeS3) -> PictureStore {
    store_at(&server.endpoint, S3Options::default().patience)
}

fn store_at(endpoint: &str, patience: Duration) -> PictureStore {
    let options = S3Options {
        endpoint: Some(endpoint.to_owned()),
        patience,
        region: Some("eu-central-1".to_owned()),
        access_key_id: Some("DRAGOMAN".to_owned()),
        secret_access_key: Some("hunter2".into()),
        ..S3Options::default()
    };
    PictureStore::open("s3://pictures/gateway/one", &options).unwrap().scoped("medusa").unwrap()
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

async fn keep(store: &PictureStore, name: &str, bytes: &[u8]) -> Result<u64, PictureError> {
    let mut upload = store.begin(name)?;
    for chunk in bytes.chunks(64 * 1024) {
        upload.write(chunk).await?;
    }
    upload.finish().await
}

#[actix_web::test]
async fn pictures_make_the_round_trip() {
    let server = FakeS3::start().await;
    let store = store(&server);
    // One request; exactly one part; two parts and a rest.
    for (name, length) in [("a.jpg", 10_241), ("b.jpg", 5 * MIB), ("c.jpg", 11 * MIB)] {
        let bytes = noise(length);
        assert_eq!(keep(&store, name, &bytes).await, Ok(length as u64));
        assert!(server.objects()[&format!("/pictures/gateway/one/medusa/{name}")] == bytes);
        let stored = store.get(name).await.unwrap().unwrap();
        assert_eq!(Some(stored.facts), store.facts(name).await.unwrap());
        assert_eq!((stored.facts.size, stored.facts.modified), (length as u64, fake_s3::MODIFIED));
        assert!(stored.stream.try_collect::<Vec<_>>().await.unwrap().concat() == bytes);
    }
    let part = store.get_range("c.jpg", 100..200).await.unwrap().unwrap().0;
    assert_eq!(part.facts.size, 11 * MIB as u64);
    assert_eq!(part.stream.try_collect::<Vec<_>>().await.unwrap().concat(), noise(11 * MIB)[100..200]);
    assert!(store.get("nosuch.jpg").await.unwrap().is_none());
    assert!(store.facts("nosuch.jpg").await.unwrap().is_none());
    assert!(store.scoped("v1").unwrap().get("a.jpg").await.unwrap().is_none());
    // Every request was signed for our key and region; the fake refuses the others.
    assert_eq!(server.unsigned(), 0);
    assert_eq!(server.part_sizes()[..3], [5 * MIB, 5 * MIB, 5 * MIB]);
}

#[actix_web::test]
async fn an_interrupted_upload_leaves_nothing() {
    let server = FakeS3::start().await;
    let store = store(&server);
    for abort in [true, false] {
        let mut upload = store.begin("x.jpg").unwrap();
        upload.write(&noise(6 * MIB)).await.unwrap();
        assert_eq!(server.unfinished(), 1);
        assert!(store.get("x.jpg").await.unwrap().is_none());
        if abort {
            upload.abort().await;
        } else {
            drop(upload);
            for _ in 0..200 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                if server.unfinished() == 0 {
                    break;
                }
            }
        }
        assert_eq!((server.unfinished(), server.objects().len()), (0, 0));
    }
}

#[actix_web::test]
async fn a_storage_that_refuses_is_an_error_and_not_a_picture() {
    let server = FakeS3::start().await;
    let store = store(&server);
    keep(&store, "a.jpg", b"before").await.unwrap();
    server.refuse(true);
    assert_eq!(keep(&store, "b.jpg", b"small").await, Err(PictureError::Storage));
    assert_eq!(keep(&store, "b.jpg", &noise(6 * MIB)).await, Err(PictureError::Storage));
    assert_eq!(store.get("a.jpg").await.map(|_| ()), Err(PictureError::Storage));
    assert_eq!(store.facts("a.jpg").await, Err(PictureError::Storage));
    server.refuse(false);
    assert!(store.get("a.jpg").await.unwrap().is_some());
    assert!(store.get("b.jpg").await.unwrap().is_none());
}

#[actix_web::test]
async fn two_replicas_see_each_others_pictures() {
    let server = FakeS3::start().await;
    let (one, other) = (store(&server), store(&server));
    keep(&one, "a.jpg", b"from one").await.unwrap();
    let stored = other.get("a.jpg").await.unwrap().unwrap();
    assert_eq!(stored.stream.try_collect::<Vec<_>>().await.unwrap().concat(), b"from one");
}

/// A part that takes far longer than nothing may happen for: what counts is that something happens.
#[actix_web::test]
async fn a_slow_line_is_waited_for_and_a_dead_one_is_not() {
    let server = FakeS3::start().await;
    let patience = Duration::from_secs(1);
    let slow = SlowLine::start(&server.endpoint, Some(2 * MIB)).await;
    let begun = Instant::now();
    assert_eq!(keep(&store_at(&slow.endpoint, patience), "slow.jpg", &noise(9 * MIB)).await, Ok(9 * MIB as u64));
    assert!(begun.elapsed() > 2 * patience, "the line was not slow: {:?}", begun.elapsed());
    assert!(server.objects()["/pictures/gateway/one/medusa/slow.jpg"] == noise(9 * MIB));

    let dead = SlowLine::start(&server.endpoint, None).await;
    let begun = Instant::now();
    assert_eq!(keep(&store_at(&dead.endpoint, patience), "dead.jpg", b"small").await, Err(PictureError::Storage));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[actix_web::test]
async fn what_was_answered_as_failed_is_taken_back() {
    let server = FakeS3::start().await;
    server.answer_late(Duration::from_secs(3));
    let store = store_at(&server.endpoint, Duration::from_millis(300));
    assert_eq!(keep(&store, "late.jpg", b"kept, and told too late").await, Err(PictureError::Storage));
    server.answer_late(Duration::ZERO);
    for _ in 0..100 {
        if server.objects().is_empty() && server.deletions() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is still there");
}

#[actix_web::test]
async fn a_storage_that_ignores_ranges_gives_the_whole() {
    let server = FakeS3::start().await;
    let store = store(&server);
    keep(&store, "a.jpg", b"0123456789").await.unwrap();
    server.ignore_ranges(true);
    let (stored, partial) = store.get_range("a.jpg", 2..4).await.unwrap().unwrap();
    assert!(!partial);
    assert_eq!(stored.stream.try_collect::<Vec<_>>().await.unwrap().concat(), b"0123456789");
}

#[actix_web::test]
async fn a_built_in_picture_is_there_while_the_storage_is_away() {
    let server = FakeS3::start().await;
    let store = store(&server).with_stand_ins(ADMIN);
    server.refuse(true);
    let found = store.get("admin.jpg").await.unwrap().unwrap();
    assert!(!found.stream.try_collect::<Vec<_>>().await.unwrap().concat().is_empty());
    assert!(store.facts("admin.jpg").await.unwrap().is_some());
    assert_eq!(store.facts("other.jpg").await, Err(PictureError::Storage));
}

#[actix_web::test]
async fn a_missing_bucket_is_seen_by_one_look() {
    let server = FakeS3::start().await;
    assert!(store(&server).look().await.is_ok());
    server.lose_bucket(true);
    assert!(store(&server).look().await.unwrap_err().contains("NoSuchBucket"));
}

#[actix_web::test]
async fn pictures_are_listed_with_their_scope_and_deleted() {
    let server = FakeS3::start().await;
    let store = store(&server);
    keep(&store, "a.jpg", b"0123456789").await.unwrap();
    let mut listed = store.list();
    let first = listed.try_next().await.unwrap().unwrap();
    assert_eq!((&*first.name, first.facts.size), ("a.jpg", 10));
    assert!(listed.try_next().await.unwrap().is_none());
    store.delete("a.jpg").await.unwrap();
    store.delete("a.jpg").await.unwrap();
    assert!(server.objects().is_empty());
}
