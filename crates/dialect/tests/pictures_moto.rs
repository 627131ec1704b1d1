//! The picture store against moto, a server of S3's own requests in Python. It runs where `moto_server` is: named by
//! DRAGOMAN_TEST_MOTO or in the path (`.ci/run` installs it); with DRAGOMAN_TEST_REQUIRE=all it must.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use dragoman_dialect::pictures::{PictureStore, S3Options};
use dragoman_testkit::moto::Moto;
use futures_util::TryStreamExt;

const MIB: usize = 1024 * 1024;

fn store_on(moto: &Moto, bucket: &str) -> PictureStore {
    let options = S3Options {
        endpoint: Some(moto.endpoint().to_owned()),
        access_key_id: Some("DRAGOMAN".to_owned()),
        secret_access_key: Some("hunter2".into()),
        ..S3Options::default()
    };
    PictureStore::open(&format!("s3://{bucket}/one"), &options).unwrap()
}

async fn keep(store: &PictureStore, name: &str, bytes: &[u8]) {
    let mut upload = store.begin(name).unwrap();
    for chunk in bytes.chunks(64 * 1024) {
        upload.write(chunk).await.unwrap();
    }
    upload.finish().await.unwrap();
}

#[tokio::test]
async fn pictures_on_moto() {
    let Some(moto) = Moto::start() else { return };
    assert!(store_on(&moto, "pictures").look().await.is_err(), "there is no bucket yet");
    moto.put("/pictures", "");
    let store = store_on(&moto, "pictures").scoped("v1").unwrap();
    assert!(store.look().await.is_ok());
    for (name, length) in [("small.png", 10_241), ("part.png", 5 * MIB), ("parts.png", 11 * MIB)] {
        let bytes: Vec<u8> = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        keep(&store, name, &bytes).await;
        let stored = store.get(name).await.unwrap().unwrap();
        assert_eq!(stored.facts.size, length as u64);
        assert!(stored.stream.try_collect::<Vec<_>>().await.unwrap().concat() == bytes, "{name}");
        let (part, partial) = store.get_range(name, 100..200).await.unwrap().unwrap();
        let part = part.stream.try_collect::<Vec<_>>().await.unwrap().concat();
        assert_eq!((part, partial), (bytes[100..200].to_vec(), true), "{name}");
        assert_eq!(store.facts(name).await.unwrap().unwrap().size, length as u64);
    }
    let mut names: Vec<String> = store.list().map_ok(|listed| listed.name).try_collect().await.unwrap();
    names.sort();
    assert_eq!(names, ["part.png", "parts.png", "small.png"]);
    store.delete("part.png").await.unwrap();
    assert!(store.get("part.png").await.unwrap().is_none());
    assert!(store.get("nosuch.png").await.unwrap().is_none());
    let mut dropped = store.begin("dropped.png").unwrap();
    dropped.write(&vec![7; 6 * MIB]).await.unwrap();
    dropped.abort().await;
    assert!(store.get("dropped.png").await.unwrap().is_none());
}
