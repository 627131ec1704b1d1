use std::time::Duration;

use actix_web::FromRequest;
use actix_web::test::TestRequest;
use futures_util::stream;

use super::*;
use crate::body::tests::payload_of;

const BOUNDS: BodyBounds = BodyBounds { bytes: 1 << 24, time: Duration::from_millis(300) };
const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundaryAb1";

async fn request(content_type: &str, body: impl Into<Vec<u8>>, piece: usize) -> (HttpRequest, web::Payload) {
    let body: Vec<u8> = body.into();
    let chunks: Vec<_> = body.chunks(piece).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    let mut payload = payload_of(stream::iter(chunks));
    let request = TestRequest::post().insert_header(("content-type", content_type)).to_http_request();
    let payload = web::Payload::from_request(&request, &mut payload).await.unwrap();
    (request, payload)
}

async fn fields(content_type: &str, body: &str, most: usize) -> Result<Fields, MultipartError> {
    let (request, payload) = request(content_type, body.replace('\n', "\r\n"), 7).await;
    read_text_fields(&request, payload, BOUNDS, most, Reading::Php).await
}

const LOGIN: &str = "------WebKitFormBoundaryAb1
Content-Disposition: form-data; name=\"username\"

小明
------WebKitFormBoundaryAb1
content-disposition: form-data; name=password

a
b--
------WebKitFormBoundaryAb1
Content-Disposition: form-data; name=\"file\"; filename=\"x.jpg\"
Content-Type: image/jpeg

JPEG
------WebKitFormBoundaryAb1
Content-Disposition: form-data; name=\"empty\"


------WebKitFormBoundaryAb1--
";

#[actix_web::test]
async fn texts_are_fields_and_files_are_not() {
    let fields = fields(TYPE, LOGIN, 3).await.unwrap();
    assert_eq!(fields.first("username"), Some("小明".as_bytes()));
    assert_eq!(fields.first("password"), Some(&b"a\r\nb--"[..]));
    assert_eq!(fields.first("empty"), Some(&b""[..]));
    assert_eq!(fields.len(), 3);
}

#[actix_web::test]
async fn odd_content_types() {
    let quoted = "Multipart/Form-Data; charset=utf-8; Boundary=\"----WebKitFormBoundaryAb1\"";
    assert_eq!(fields(quoted, LOGIN, 3).await.unwrap().len(), 3);
    for without in ["multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=x", "", "\u{7f}"] {
        let refused = fields(&without.replace('\u{7f}', "?"), LOGIN, 3).await;
        assert_eq!(refused, Err(MultipartError::Malformed), "{without}");
    }
    let another = "multipart/form-data; boundary=----webkitformboundaryab1";
    assert_eq!(fields(another, LOGIN, 3).await, Err(MultipartError::Malformed));
}

#[actix_web::test]
async fn a_body_cut_short_anywhere_is_malformed() {
    let whole = LOGIN.trim_end();
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        assert_eq!(fields(TYPE, &whole[..end], 9).await, Err(MultipartError::Malformed), "{:?}", &whole[..end]);
    }
    assert_eq!(fields(TYPE, whole, 9).await.unwrap().len(), 3);
}

#[actix_web::test]
async fn an_empty_body_and_nameless_parts() {
    assert_eq!(fields(TYPE, "------WebKitFormBoundaryAb1--\n", 3).await.unwrap().len(), 0);
    assert_eq!(fields(TYPE, "", 3).await, Err(MultipartError::Malformed));
    for head in ["X-Part: 1", "Content-Disposition: form-data", "Content-Disposition: attachment; name=\"a\""] {
        let nameless = format!("------WebKitFormBoundaryAb1\n{head}\n\na\n------WebKitFormBoundaryAb1--\n");
        assert_eq!(fields(TYPE, &nameless, 3).await.unwrap().len(), 0, "{head}");
        let before = nameless.replace("------WebKitFormBoundaryAb1--\n", LOGIN);
        assert_eq!(fields(TYPE, &before, 3).await.unwrap().len(), 3, "{head}");
    }
}

#[actix_web::test]
async fn texts_are_bounded_in_number_and_size() {
    assert_eq!(fields(TYPE, LOGIN, 2).await, Err(MultipartError::TooLarge));
    let (request, payload) = request(TYPE, LOGIN.replace('\n', "\r\n"), 100).await;
    let small = BodyBounds { bytes: 100, ..BOUNDS };
    assert_eq!(read_text_fields(&request, payload, small, 3, Reading::Php).await, Err(MultipartError::TooLarge));
}

#[actix_web::test]
async fn file_names_in_all_their_forms() {
    for (parameters, name) in [
        ("", None),
        ("; filename=\"\"", Some("")),
        ("; filename=a.jpg", Some("a.jpg")),
        ("; filename=\"../头像 \\\"1\\\".jpg\"", Some("../头像 \"1\".jpg")),
        ("; filename=\"a.jpg\"; filename*=UTF-8''%e2%82%ac.jpg", Some("€.jpg")),
    ] {
        let head = format!("Content-Disposition: form-data; name=\"file\"{parameters}");
        let body = format!("------WebKitFormBoundaryAb1\r\n{head}\r\n\r\n\r\n------WebKitFormBoundaryAb1--");
        let (request, payload) = request(TYPE, body, 1000).await;
        let mut reader = MultipartReader::new(&request, payload, BOUNDS, Reading::Php).unwrap();
        let part = reader.next_part().await.unwrap().unwrap();
        assert_eq!((part.name(), part.file_name()), ("file", name));
        assert_eq!(part.bytes(0).await.unwrap(), b"");
        assert!(reader.next_part().await.unwrap().is_none());
        assert!(reader.next_part().await.unwrap().is_none());
    }
}

#[actix_web::test]
async fn a_file_name_need_not_be_utf_8() {
    let start = b"------WebKitFormBoundaryAb1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
    let body = [&start[..], b"\xc4\xe3.jpg", b"\"\r\n\r\nx\r\n------WebKitFormBoundaryAb1--"].concat();
    let (request, payload) = request(TYPE, body, 1000).await;
    let mut reader = MultipartReader::new(&request, payload, BOUNDS, Reading::Php).unwrap();
    let part = reader.next_part().await.unwrap().unwrap();
    assert_eq!((part.name(), part.file_name()), ("file", Some("\u{fffd}\u{fffd}.jpg")));
    assert_eq!(part.bytes(1).await.unwrap(), b"x");
    assert!(reader.next_part().await.unwrap().is_none());
}

#[actix_web::test]
async fn a_large_file_comes_in_pieces() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|at| if at % 5 == 0 { b'\r' } else { at as u8 }).collect();
    let head = "------WebKitFormBoundaryAb1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let tail = "\r\n------WebKitFormBoundaryAb1--\r\n";
    let body = [head.as_bytes(), &content, tail.as_bytes()].concat();
    let (request, payload) = request(TYPE, body, 1 << 20).await;
    let mut reader =
        MultipartReader::new(&request, payload, BodyBounds { time: Duration::from_secs(20), ..BOUNDS }, Reading::Php)
            .unwrap();
    let mut part = reader.next_part().await.unwrap().unwrap();
    let mut read = Vec::new();
    while let Some(chunk) = part.chunk().await.unwrap() {
        assert!(chunk.len() <= 65_536);
        read.extend_from_slice(&chunk);
    }
    assert!(read == content);
    assert_eq!(part.chunk().await.unwrap(), None);
    drop(part);
    assert!(reader.next_part().await.unwrap().is_none());
}

#[actix_web::test]
async fn an_unread_part_is_skipped_and_errors_are_final() {
    let (request_, payload) = request(TYPE, LOGIN.replace('\n', "\r\n"), 10).await;
    let mut reader = MultipartReader::new(&request_, payload, BOUNDS, Reading::Php).unwrap();
    drop(reader.next_part().await.unwrap().unwrap());
    let mut password = reader.next_part().await.unwrap().unwrap();
    assert_eq!(password.name(), "password");
    password.chunk().await.unwrap();
    drop(password);
    assert_eq!(reader.next_part().await.unwrap().unwrap().content_type(), Some("image/jpeg"));

    let (request_, payload) = request(TYPE, "rubbish", 10).await;
    let mut reader = MultipartReader::new(&request_, payload, BOUNDS, Reading::Php).unwrap();
    assert_eq!(reader.next_part().await.err(), Some(MultipartError::Malformed));
    assert!(reader.next_part().await.unwrap().is_none());
}

#[actix_web::test]
async fn a_silent_client_is_too_slow() {
    let start = "------WebKitFormBoundaryAb1\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc";
    let silent = futures_util::StreamExt::chain(stream::iter([Ok(Bytes::from(start))]), stream::pending());
    let mut payload = payload_of(silent);
    let request = TestRequest::post().insert_header(("content-type", TYPE)).to_http_request();
    let payload = web::Payload::from_request(&request, &mut payload).await.unwrap();
    let mut reader = MultipartReader::new(&request, payload, BOUNDS, Reading::Php).unwrap();
    let mut part = reader.next_part().await.unwrap().unwrap();
    let error = loop {
        match part.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("ended"),
            Err(error) => break error,
        }
    };
    assert_eq!(error, MultipartError::TooSlow);
    assert_eq!(part.chunk().await.unwrap(), None);
    drop(part);
    assert!(reader.next_part().await.unwrap().is_none());
}

/// The first part in the reading of one server, from pieces of a size.
async fn first_part(reading: Reading, content_type: &str, body: &str, piece: usize) -> Result<Vec<u8>, MultipartError> {
    let (request, payload) = request(content_type, body, piece).await;
    let mut reader = MultipartReader::new(&request, payload, BOUNDS, reading)?;
    let Some(part) = reader.next_part().await? else { return Err(MultipartError::Malformed) };
    assert_eq!(part.name(), "a");
    let content = part.bytes(1000).await?;
    while reader.next_part().await?.is_some() {}
    Ok(content)
}

const FIELD: &str = "Content-Disposition: form-data; name=\"a\"";

#[actix_web::test]
async fn boundaries_that_are_no_tokens() {
    for boundary in ["----=_Part_1_2.3", "==1656457491496==", "2019-07-05T19:09:16", "a/b?c", "(a)", "--"] {
        let body = format!("--{boundary}\r\n{FIELD}\r\n\r\nx\r\n--{boundary}--\r\n");
        for (kind, go) in [(boundary.to_owned(), boundary == "--"), (format!("\"{boundary}\""), true)] {
            let kind = format!("multipart/form-data; boundary={kind}");
            for piece in [1, 7, 1000] {
                for reading in [Reading::Django, Reading::Php] {
                    assert_eq!(first_part(reading, &kind, &body, piece).await.unwrap(), b"x", "{kind}");
                }
                assert_eq!(first_part(Reading::Go, &kind, &body, piece).await.is_ok(), go, "{kind}");
            }
        }
    }
}

#[actix_web::test]
async fn lines_end_as_each_server_takes_them() {
    let crlf = format!("preamble\r\n--b \r\n{FIELD}\r\n\r\nx\n--b\ny\r\n--bb\r\n--b--");
    let lf = crlf.replace("\r\n", "\n").replace("\n--b\ny", "\r");
    let kind = "multipart/form-data; boundary=b";
    for piece in [1, 3, 1000] {
        assert_eq!(first_part(Reading::Go, kind, &crlf, piece).await.unwrap(), b"x\n--b\ny\r\n--bb");
        assert_eq!(first_part(Reading::Go, kind, &lf, piece).await.unwrap(), b"x\r\n--bb");
        assert_eq!(first_part(Reading::Php, kind, &lf, piece).await.unwrap(), b"x\r\n--bb");
        assert_eq!(first_part(Reading::Php, kind, &lf.replace("\n--bb", ""), piece).await.unwrap(), b"x");
        assert_eq!(first_part(Reading::Django, kind, &lf, piece).await, Err(MultipartError::Malformed));
        let head_only = format!("--b\r\n{FIELD}\r\n\r\nx\n--b--");
        assert_eq!(first_part(Reading::Django, kind, &head_only, piece).await.unwrap(), b"x");
        assert_eq!(first_part(Reading::Go, kind, &head_only, piece).await, Err(MultipartError::Malformed));
        let nothing = format!("--b\r\n{FIELD}\r\n\r\n--b--");
        assert_eq!(first_part(Reading::Go, kind, &nothing, piece).await.unwrap(), b"");
    }
}

#[actix_web::test]
async fn a_part_is_decoded_where_its_server_does() {
    let part = |encoding: &str, text: &str| {
        format!("--b\r\n{FIELD}; filename=f\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{text}\r\n--b--\r\n")
    };
    let kind = "multipart/form-data; boundary=b";
    for piece in [1, 5, 1000] {
        let base64 = part("BASE64 ", "aGVs\r\nbG8=");
        assert_eq!(first_part(Reading::Django, kind, &base64, piece).await.unwrap(), b"hello");
        assert_eq!(first_part(Reading::Php, kind, &base64, piece).await.unwrap(), b"aGVs\r\nbG8=");
        let short = part("base64", "aGVsb");
        assert_eq!(first_part(Reading::Django, kind, &short, piece).await, Err(MultipartError::Malformed));
        let quoted = part("quoted-printable", "h=C3=A9=\r\nllo");
        for reading in [Reading::Django, Reading::Go] {
            assert_eq!(first_part(reading, kind, &quoted, piece).await.unwrap(), "hé\u{6c}lo".as_bytes());
        }
    }
}

#[actix_web::test]
async fn a_head_is_bounded() {
    let long = format!("--b\r\n{FIELD}\r\nX: {}\r\n\r\nx\r\n--b--", "x".repeat(100_000));
    let kind = "multipart/form-data; boundary=b";
    assert_eq!(first_part(Reading::Php, kind, &long, 4096).await, Err(MultipartError::Malformed));
}

proptest::proptest! {
    #[test]
    fn any_content_comes_back_and_no_bytes_make_it_panic(
        content in proptest::collection::vec(proptest::sample::select(&b"\r\n-bx\0 "[..]), 0..60),
        piece in 1_usize..9,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let head = format!("--bound\r\n{FIELD}\r\n\r\n");
            let body = [head.as_bytes(), &content, b"\r\n--bound--\r\n"].concat();
            for reading in [Reading::Django, Reading::Php, Reading::Go] {
                let kind = "multipart/form-data; boundary=bound";
                let (whole, payload) = request(kind, body.clone(), piece).await;
                let mut reader = MultipartReader::new(&whole, payload, BOUNDS, reading).unwrap();
                assert_eq!(reader.next_part().await.unwrap().unwrap().bytes(100).await.unwrap(), content);
                // The content itself as a body, with a boundary that is in it.
                let (rubbish, payload) = request("multipart/form-data; boundary=b", content.clone(), piece).await;
                let mut reader = MultipartReader::new(&rubbish, payload, BOUNDS, reading).unwrap();
                while let Ok(Some(part)) = reader.next_part().await {
                    let _ = part.bytes(100).await;
                }
            }
        });
    }
}
