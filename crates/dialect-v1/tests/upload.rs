//! Endpoint 20: what a fixture cannot send.

mod leaf;

use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase};
use leaf::{code_in, upload};

const CEDAR: &str = r#"[{"id": 1, "username": "cedar", "email": "cedar@leaf.test", "password": "cedar-pass", "token": "cedar-token-000000"}]"#;
/// One pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\x64\xf8\xcfP\x0f\0\x03\x86\x01\x80Z4}k\0\0\0\0IEND\xaeB`\x82";

#[test]
fn a_request_without_content_length_has_the_wrong_size() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    leaf::reset(&server, CEDAR);
    let (_, told) = upload(&server, "cedar-token-000000", PNG, true);
    assert_eq!(code_in(&told), 200, "{told}");
    let (_, untold) = upload(&server, "cedar-token-000000", PNG, false);
    assert_eq!(untold, r#"{"code":4020,"data":null,"msg":"文件大小不符合要求"}"#);
}

#[test]
fn the_limit_is_that_of_the_whole_request() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    leaf::reset(&server, CEDAR);
    let around = 6 * 1024 * 1024 - leaf::form(PNG).len();
    for (padding, expected) in [(around, 200), (around + 1, 4020)] {
        let file = [PNG, &vec![0; padding]].concat();
        let (_, answer) = upload(&server, "cedar-token-000000", &file, true);
        assert_eq!(code_in(&answer), expected, "{answer}");
    }
}

#[test]
fn a_picture_with_too_many_pixels_is_none() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    leaf::reset(&server, CEDAR);
    // A header that promises 65,536 by 65,536 pixels.
    let mut bomb = PNG.to_vec();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let (_, answer) = upload(&server, "cedar-token-000000", &bomb, true);
    assert_eq!(code_in(&answer), 4020);
}

#[test]
fn a_picture_that_cannot_be_stored_is_a_fault_of_ours() {
    let database = ThrowawayDatabase::create(&Backend::Sqlite);
    let folder = std::env::temp_dir().join(format!("dragoman-v1-pictures-{}", std::process::id()));
    let url = format!("file://{}", folder.display());
    let server = TestServer::start_on(database.url(), &[("pictures.url", &url)], true);
    leaf::reset(&server, CEDAR);
    std::fs::remove_dir_all(&folder).expect("the folder was made at the start");
    std::fs::write(&folder, "not a folder").expect("a file in its place");
    let (status, answer) = upload(&server, "cedar-token-000000", PNG, true);
    std::fs::remove_file(&folder).expect("the file");
    assert_eq!((status, answer.as_str()), (500, r#"{"code":500,"data":null,"msg":"文件保存失败"}"#));
}

#[test]
fn an_allowance_for_uploads_is_used_up() {
    let server = TestServer::start(&Backend::Sqlite, &[("pictures.account_mib_per_day", "2")]);
    leaf::reset(&server, CEDAR);
    let file = [PNG, &vec![0; 1_000_000]].concat();
    for expected in [200, 200, 4050, 4050] {
        let (_, answer) = upload(&server, "cedar-token-000000", &file, true);
        assert_eq!(code_in(&answer), expected, "{answer}");
    }
    let (_, small) = upload(&server, "cedar-token-000000", PNG, true);
    assert_eq!(code_in(&small), 200, "what was refused is not used up: {small}");
    let (_, another) = upload(&server, "cedar-token-000000", PNG, true);
    assert_eq!(code_in(&another), 4050, "a tiny picture counts 64 KiB: {another}");
}

#[test]
fn a_disk_that_is_down_to_its_reserve_takes_nothing() {
    let server = TestServer::start(&Backend::Sqlite, &[("pictures.reserve_mib", "1073741824")]);
    leaf::reset(&server, CEDAR);
    let (status, answer) = upload(&server, "cedar-token-000000", PNG, true);
    assert_eq!((status, code_in(&answer)), (500, 500), "{answer}");
}
