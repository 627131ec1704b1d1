use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, PathBuf, PictureStore) {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("deep/pictures");
    let store = open(&folder).scoped("medusa").unwrap();
    (root, folder, store)
}

fn open(folder: &Path) -> PictureStore {
    PictureStore::open(&format!("file://{}", folder.display()), &S3Options::default()).unwrap()
}

/// All files below, relative.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

async fn read(stored: Stored) -> Vec<u8> {
    stored.stream.try_collect::<Vec<_>>().await.unwrap().concat()
}

async fn keep(store: &PictureStore, name: &str, bytes: &[u8]) {
    let mut upload = store.begin(name).unwrap();
    for chunk in bytes.chunks(7_001) {
        upload.write(chunk).await.unwrap();
    }
    assert_eq!(upload.finish().await, Ok(bytes.len() as u64));
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    let (_root, folder, store) = folder();
    // Nothing, less than a part, exactly two parts, more.
    for (name, length) in [("a.jpg", 0), ("b.jpg", 10_241), ("c.jpg", 512 * 1024), ("d-_9.png", 1_500_000)] {
        let bytes = noise(length);
        keep(&store, name, &bytes).await;
        let stored = store.get(name).await.unwrap().unwrap();
        assert_eq!(stored.facts.size, length as u64);
        assert_eq!(Some(stored.facts), store.facts(name).await.unwrap());
        assert!(read(stored).await == bytes, "{name}");
    }
    assert_eq!(files(&folder), ["medusa/a.jpg", "medusa/b.jpg", "medusa/c.jpg", "medusa/d-_9.png"]);
    let part = store.get_range("d-_9.png", 1_000..2_000).await.unwrap().unwrap().0;
    assert_eq!(part.facts.size, 1_500_000);
    assert!(read(part).await == noise(1_500_000)[1_000..2_000]);
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn nothing_is_seen_before_the_end_and_nothing_is_left_of_an_interruption() {
    let (_root, folder, store) = folder();
    for finish in [false, true] {
        let mut upload = store.begin("x.jpg").unwrap();
        upload.write(&noise(700_000)).await.unwrap();
        assert_eq!(upload.size(), 700_000);
        assert!(store.get("x.jpg").await.unwrap().is_none());
        // A later part of the upload is on its way to the disk, under a name that cannot be fetched.
        assert_eq!(files(&folder), ["medusa/x.jpg#1"]);
        assert!(store.get("x.jpg#1").await.unwrap().is_none());
        if finish {
            upload.abort().await;
        } else {
            drop(upload);
            for _ in 0..200 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                if files(&folder).is_empty() {
                    break;
                }
            }
        }
        assert_eq!(files(&folder), [""; 0]);
    }
    // Too little for the disk yet.
    let mut upload = store.begin("y.jpg").unwrap();
    upload.write(b"little").await.unwrap();
    drop(upload);
    assert_eq!(files(&folder), [""; 0]);
}

#[tokio::test]
async fn leftovers_of_a_dead_process_are_removed_once_they_are_old() {
    let (_root, folder, store) = folder();
    keep(&store, "kept.jpg", b"kept").await;
    let age = |name: &str, hours: u64| {
        let file = std::fs::File::options().create(true).append(true).open(folder.join("medusa").join(name)).unwrap();
        #[expect(clippy::disallowed_methods, reason = "file times are real time")]
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3_600)).unwrap();
    };
    age("old.jpg#1", 25);
    age("old.jpg#12", 300);
    age("young.jpg#1", 23);
    age("kept.jpg", 900);
    open(&folder);
    assert_eq!(files(&folder), ["medusa/kept.jpg", "medusa/young.jpg#1"]);
}

#[tokio::test]
async fn no_name_leads_out() {
    let (root, _folder, store) = folder();
    std::fs::write(root.path().join("secret"), "secret").unwrap();
    let long = "a".repeat(81);
    for name in [
        "",
        ".",
        "..",
        "../secret",
        "../../secret",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "a..b",
        ".hidden",
        "%2e%2e",
        "a b",
        "a\0b",
        "bild.jpg#1",
        "bïld.jpg",
        &long,
    ] {
        assert_eq!(store.begin(name).map(drop), Err(PictureError::Name), "{name:?}");
        assert!(store.get(name).await.unwrap().is_none(), "{name:?}");
        assert!(store.facts(name).await.unwrap().is_none(), "{name:?}");
        assert_eq!(store.scoped(name).map(drop), Err(PictureError::Name), "{name:?}");
    }
    assert!(store.begin(&"a".repeat(80)).is_ok());
}

#[tokio::test]
async fn scopes_do_not_meet() {
    let (_root, folder, medusa) = folder();
    let v1 = open(&folder).scoped("v1").unwrap();
    keep(&medusa, "same.png", b"medusa").await;
    assert!(v1.get("same.png").await.unwrap().is_none());
    keep(&v1, "same.png", b"v1").await;
    assert_eq!(read(medusa.get("same.png").await.unwrap().unwrap()).await, b"medusa");
    // A scope is a folder, not a picture.
    assert!(open(&folder).get("medusa").await.unwrap().is_none());
}

#[tokio::test]
async fn stand_ins_step_back_for_the_operators_own() {
    let (_root, _folder, store) = folder();
    let store = store.with_stand_ins(ADMIN);
    for (name, format) in [("admin.jpg", PictureFormat::Jpeg), ("admin.png", PictureFormat::Png)] {
        let stored = store.get(name).await.unwrap().unwrap();
        assert_eq!(Some(stored.facts), store.facts(name).await.unwrap());
        let bytes = read(stored).await;
        assert_eq!(inspect(&bytes), Ok(Inspected { format, width: 256, height: 256 }));
        let part = store.get_range(name, 5..9).await.unwrap().unwrap().0;
        assert_eq!(read(part).await, bytes[5..9]);
    }
    assert!(store.get("admin.gif").await.unwrap().is_none());
    keep(&store, "admin.jpg", b"own").await;
    assert_eq!(read(store.get("admin.jpg").await.unwrap().unwrap()).await, b"own");
}

#[tokio::test]
async fn a_full_or_broken_disk_is_an_error_and_not_a_picture() {
    let (_root, folder, store) = folder();
    // A file where the scope's folder should be: nothing can be stored below it, even by root.
    std::fs::write(folder.join("medusa"), "in the way").unwrap();
    let mut upload = store.begin("x.jpg").unwrap();
    upload.write(b"small").await.unwrap();
    assert_eq!(upload.finish().await, Err(PictureError::Storage));
    let mut upload = store.begin("x.jpg").unwrap();
    assert_eq!(upload.write(&noise(600_000)).await, Err(PictureError::Storage));
    assert_eq!(upload.write(&noise(600_000)).await, Err(PictureError::Storage));
    assert_eq!(upload.finish().await, Err(PictureError::Storage));
}

#[test]
fn an_address_that_cannot_be_used_is_explained() {
    let options = S3Options::default();
    let refusal = |url: &str, options: &S3Options| PictureStore::open(url, options).err().unwrap().to_string();
    for url in ["", "pictures", "file://", "http://bucket", "/var/lib"] {
        assert!(refusal(url, &options).contains("file://FOLDER or s3://BUCKET/PREFIX"), "{url}");
    }
    assert!(refusal("file:///proc/nothing/here", &options).contains("/proc/nothing/here"));
    assert!(refusal("s3://", &options).contains("bucket"));
    let half = S3Options { access_key_id: Some("id".to_owned()), ..S3Options::default() };
    assert!(refusal("s3://bucket/x", &half).contains("both its id and its secret"));
    let secret = S3Options { secret_access_key: Some("hunter2".into()), ..half };
    assert!(PictureStore::open("s3://bucket/x/y", &secret).is_ok());
    assert!(!format!("{secret:?}").contains("hunter2"));
}

mod inspecting {
    use super::*;

    #[test]
    fn the_bytes_count_and_not_the_name() {
        for bytes in [&b""[..], b"GIF89a\x01\x00\x01\x00", b"<svg xmlns='x'/>", b"<?php", &noise(20_000), b"\x89PN"] {
            assert_eq!(inspect(bytes), Err(NotAPicture::Format));
        }
        assert_eq!(inspect(b"\x89PNG\r\n\x1a\n and then nonsense that is long enough"), Err(NotAPicture::Header));
        assert_eq!(inspect(b"\xff\xd8\xff\xe0 and then nonsense that is long enough"), Err(NotAPicture::Header));
    }

    /// A PNG whose header claims these dimensions, with no pixels at all.
    fn claiming(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgba);
        // The pixels are missing, so finishing fails: only the header is wanted.
        drop(encoder.write_header().unwrap());
        file.truncate(33);
        file.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        file
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        assert_eq!(
            inspect(&claiming(8_192, 8_192)),
            Ok(Inspected { format: PictureFormat::Png, width: 8_192, height: 8_192 })
        );
        assert_eq!(inspect(&claiming(8_193, 1)), Err(NotAPicture::Dimensions));
        assert_eq!(inspect(&claiming(1, 2_000_000_000)), Err(NotAPicture::Dimensions));
    }

    #[test]
    fn the_beginning_of_a_long_upload_is_enough() {
        let mut file = crate::captcha::draw("abc", (200, 80), &dragoman_passwords::random::SystemRandomness).unwrap();
        file.extend(noise(3 * INSPECTED_BYTES));
        let mut head = PictureHead::default();
        for chunk in file.chunks(50_000) {
            head.add(chunk);
        }
        assert_eq!(head.inspect(), Ok(Inspected { format: PictureFormat::Png, width: 200, height: 80 }));
        let slider = crate::captcha::draw_slider(50, 50, &dragoman_passwords::random::SystemRandomness).unwrap();
        let cut = &slider.background_jpeg[..2_000];
        assert_eq!(inspect(cut), Ok(Inspected { format: PictureFormat::Jpeg, width: 310, height: 160 }));
    }

    #[test]
    fn no_damage_makes_it_panic_or_pass_the_bounds() {
        let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pictures/stand_ins/admin.jpg")).unwrap();
        let png = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pictures/stand_ins/admin.png")).unwrap();
        for original in [file, png] {
            for at in 0..original.len().min(700) {
                let mut damaged = original.clone();
                damaged[at] ^= 0xa5;
                for bytes in [&damaged[..], &original[..at]] {
                    assert!(inspect(bytes).is_err() || inspect(bytes).unwrap().width <= 8_192);
                }
            }
        }
    }
}

mod answers {
    use actix_web::body::to_bytes;
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;

    use super::*;

    const V1: Serving<'static> = Serving { content_type: "image/png", ranges: true };
    const MEDUSA: Serving<'static> = Serving { content_type: "image/jpeg", ranges: false };

    /// Status, headers that matter, and body of an answer for the ten bytes `0123456789` of a fixed date.
    async fn ask(serving: Serving<'_>, request: TestRequest) -> (StatusCode, String, String) {
        let (_root, folder, store) = folder();
        keep(&store, "x.png", b"0123456789").await;
        let file = std::fs::File::options().append(true).open(folder.join("medusa/x.png")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_209_936_700)).unwrap();
        let response = respond(&request.to_http_request(), &store, "x.png", serving).await.unwrap().unwrap();
        let mut headers: Vec<String> =
            response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        headers.sort();
        let (status, body) = (response.status(), to_bytes(response.into_body()).await);
        (status, headers.join("\n"), String::from_utf8(body.unwrap_or_default().to_vec()).unwrap())
    }

    const DATE: &str = "Fri, 20 Nov 2026 21:25:36 GMT";

    #[actix_web::test]
    async fn a_whole_picture() {
        let (status, headers, body) = ask(MEDUSA, TestRequest::get()).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "0123456789"));
        assert_eq!(
            headers,
            format!("content-type: image/jpeg\nlast-modified: {DATE}\nx-content-type-options: nosniff")
        );
        let (_, headers, _) = ask(V1, TestRequest::get()).await;
        assert!(headers.contains("accept-ranges: bytes") && headers.contains("content-type: image/png"));
    }

    #[actix_web::test]
    async fn an_unchanged_picture() {
        for (since, expected) in [
            (DATE, 304),
            ("Fri, 20 Nov 2026 21:25:37 GMT", 304),
            ("Friday, 20-Nov-26 21:25:36 GMT", 304),
            ("Fri, 20 Nov 2026 21:25:35 GMT", 200),
            ("yesterday", 200),
            ("", 200),
        ] {
            let (status, headers, body) =
                ask(MEDUSA, TestRequest::get().insert_header(("if-modified-since", since))).await;
            assert_eq!(status.as_u16(), expected, "{since}");
            assert_eq!(body.is_empty(), expected == 304);
            assert!(headers.contains(DATE));
        }
        let request =
            TestRequest::get().insert_header(("if-modified-since", DATE)).insert_header(("if-none-match", "\"x\""));
        assert_eq!(ask(MEDUSA, request).await.0, StatusCode::OK);
    }

    #[actix_web::test]
    async fn a_part_of_a_picture() {
        let range = |range: &'static str| TestRequest::get().insert_header(("range", range));
        let (status, headers, body) = ask(V1, range("bytes=2-5")).await;
        assert_eq!((status, body.as_str()), (StatusCode::PARTIAL_CONTENT, "2345"));
        assert!(headers.contains("content-range: bytes 2-5/10"));
        assert_eq!(ask(V1, range("bytes=-1")).await.2, "9");
        let (status, headers, body) = ask(V1, range("bytes=10-")).await;
        assert_eq!((status, body.as_str()), (StatusCode::RANGE_NOT_SATISFIABLE, ""));
        assert!(headers.contains("content-range: bytes */10"));
        assert_eq!(ask(V1, range("bytes=0-1,4-5")).await.2, "0123456789");
        // medusa 3.9: Range is ignored.
        let (status, headers, body) = ask(MEDUSA, range("bytes=2-5")).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "0123456789"));
        assert!(!headers.contains("ranges"));
        assert_eq!(ask(V1, range("bytes=2-5").insert_header(("if-range", DATE))).await.2, "2345");
        let older = "Fri, 20 Nov 2026 21:25:35 GMT";
        assert_eq!(ask(V1, range("bytes=2-5").insert_header(("if-range", older))).await.2, "0123456789");
        assert_eq!(ask(V1, range("bytes=2-5").insert_header(("if-range", "\"tag\""))).await.2, "0123456789");
    }

    #[actix_web::test]
    async fn no_picture_is_left_to_the_dialect() {
        let (_root, _folder, store) = folder();
        for name in ["nosuch.jpg", "..", ""] {
            let request = TestRequest::get().to_http_request();
            assert!(respond(&request, &store, name, MEDUSA).await.unwrap().is_none());
            let request = TestRequest::get().insert_header(("if-modified-since", DATE)).to_http_request();
            assert!(respond(&request, &store, name, MEDUSA).await.unwrap().is_none());
        }
    }

    /// HEAD has the length and no body: shown on a socket, since the body is left out there.
    #[actix_web::test]
    async fn head_shows_the_length() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (_root, _folder, store) = folder();
        keep(&store, "x.jpg", b"0123456789").await;
        let server = actix_web::HttpServer::new(move || {
            let store = store.clone();
            actix_web::App::new().default_service(actix_web::web::to(move |request: actix_web::HttpRequest| {
                let store = store.clone();
                async move { respond(&request, &store, "x.jpg", MEDUSA).await.unwrap().unwrap() }
            }))
        });
        let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let stop = server.handle();
        actix_web::rt::spawn(server);
        let mut answers = Vec::new();
        for method in ["HEAD", "GET"] {
            let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
            let request = format!("{method} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            assert!(answer.to_ascii_lowercase().contains("content-length: 10\r\n"), "{answer}");
            answers.push(answer.split_once("\r\n\r\n").unwrap().1.to_owned());
        }
        stop.stop(false).await;
        assert_eq!(answers, ["", "0123456789"]);
    }
}
