use dragoman_wire::Chunks;

use super::*;

fn reading(head: &str) -> (Reading, String) {
    let mut buffer = BytesMut::from(head);
    mend_line(&mut buffer);
    let reading = read(&mut buffer, None);
    (reading, String::from_utf8_lossy(&buffer).into_owned())
}

fn body(head: &str) -> Framing {
    match reading(head).0 {
        Reading::Head { body, .. } => body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_a_request_ends() {
    assert_eq!(body("GET / HTTP/1.1\r\nHost: x\r\n\r\nbehind"), Framing::NOTHING);
    assert_eq!(body("POST / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 12\r\n\r\n"), Framing::Length(12));
    assert_eq!(
        body("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Framing::Chunked(Chunks::new())
    );
    assert_eq!(reading("GET / HTTP/1.1\r\nHost: x\r\n").0, Reading::Incomplete);
}

#[test]
fn a_usual_head_is_handed_on_as_it_is() {
    let head = "HEAD /a?b HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n";
    let expected = Reading::Head { length: head.len(), body: Framing::NOTHING, is_head: true, is_last: false };
    assert_eq!(reading(head), (expected, head.to_owned()));
}

#[test]
fn upgrades_go_and_what_stood_beside_them_stays() {
    let head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nX: y\r\n\r\nbehind";
    let (reading, buffer) = reading(head);
    assert_eq!(buffer, "GET / HTTP/1.1\r\nHost: x\r\nConnection: HTTP2-Settings\r\nX: y\r\n\r\nbehind");
    assert!(matches!(reading, Reading::Head { length, .. } if length == buffer.len() - 6));
}

#[test]
fn an_old_post_gets_the_length_it_lacks() {
    let (_, buffer) = reading("POST / HTTP/1.0\r\nX: y\r\n\r\n");
    assert_eq!(buffer, "POST / HTTP/1.0\r\nX: y\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(reading("GET / HTTP/1.0\r\n\r\n").1, "GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn the_stand_in_names_path_host_and_origin() {
    let request = |head: &str| String::from_utf8(stand_in(head.as_bytes())).unwrap();
    assert_eq!(
        request("POST /v1/a?b\x01 HTTP/1.1\r\nhost: x:1\r\norigin:  http://p \r\nX : y\r\n\r\n"),
        "GET /v1/a HTTP/1.1\r\nHost: x:1\r\nOrigin: http://p\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(request("HEAD /é HTTP/1.0\r\n\r\n"), "HEAD /%C3%A9 HTTP/1.0\r\nHost: \r\nConnection: close\r\n\r\n");
    // What it repeats must not itself be unreadable.
    assert_eq!(request("GET / HTTP/1.1\r\nHost: a\0b\r\nOrigin: c d\r\n"), request(""));
    assert!(matches!(reading(&request("\0")).0, Reading::Head { .. }));
}

#[test]
fn limits_are_those_of_the_library() {
    let long = |bytes: usize| format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}", "y".repeat(bytes));
    assert_eq!(reading(&long(1000)).0, Reading::Incomplete);
    assert_eq!(reading(&long(LONGEST_HEAD)).0, Reading::Declined(Declined::HeadTooLarge));
    let many = |lines: usize| format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(lines - 1));
    assert!(matches!(reading(&many(MOST_HEADERS)).0, Reading::Head { .. }));
    assert_eq!(reading(&many(MOST_HEADERS + 1)).0, Reading::Declined(Declined::HeadTooLarge));
    let target = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(LONGEST_TARGET));
    assert_eq!(reading(&target).0, Reading::Declined(Declined::Malformed));
}

#[test]
fn what_is_passed_stays_as_it_came_and_what_is_ambiguous_is_not_passed() {
    let passes = |target: &str, host: Option<&str>| target.starts_with("/scan") && host == Some("x");
    let read_one = |text: &str| {
        let mut buffer = BytesMut::from(text);
        (read(&mut buffer, Some(&passes)), String::from_utf8_lossy(&buffer).into_owned())
    };
    let head = "GET /scan HTTP/1.1\r\nhOST: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(read_one(head), (Reading::Passed, head.to_owned()));
    assert!(matches!(read_one(&head.replace("/scan", "/api")).0, Reading::Head { .. }));
    let both = "POST /scan HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(read_one(both).0, Reading::Declined(Declined::Malformed));
}
