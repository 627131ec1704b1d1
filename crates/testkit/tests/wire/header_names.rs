//! Header names as the old servers wrote them, for clients that look for the exact text.

use crate::client::{Client, ask, get, server};

const V1: [&str; 5] = [
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Max-Age",
];

fn names(request: &str) -> Vec<String> {
    let server = server(&[]);
    let answer = ask(&server, request);
    answer.names().into_iter().filter(|name| *name != "Date").map(str::to_owned).collect()
}

#[test]
fn each_dialect_writes_its_own() {
    let headers = "HTTP/1.1\r\nHost: x\r\nOrigin: http://page.example\r\n";
    assert_eq!(
        names(&format!("GET /medusa/api/get_verification_code/ {headers}\r\n")),
        [
            "Content-Type",
            "VerificationCodeKey",
            "Access-Control-Expose-Headers",
            "X-Frame-Options",
            "Content-Length",
            "X-Content-Type-Options",
            "Vary",
            "Access-Control-Allow-Credentials",
            "Access-Control-Allow-Origin",
            "X-Dragoman-Captcha-Answer",
        ]
    );
    assert_eq!(
        names(&format!("GET /php/api/v1/users/login-token.php {headers}\r\n")),
        [
            "Set-Cookie",
            "Expires",
            "Cache-Control",
            "Pragma",
            "X-Content-Type-Options",
            "Content-Type",
            "Content-Length"
        ]
    );
    assert_eq!(
        names(&format!("GET /proxy/about {headers}\r\n")),
        ["Content-Type", "Content-Length", "Access-Control-Allow-Origin", "Vary"]
    );
    assert_eq!(
        names(&format!("OPTIONS /proxy/about {headers}Access-Control-Request-Method: POST\r\n\r\n")),
        [
            "Content-Type",
            "Allow",
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Methods",
            "Vary",
            "Content-Length"
        ]
    );
    assert_eq!(
        names(&format!("GET /v1/api/v1/user/info/get {headers}\r\n")),
        [&V1[..], &["Content-Type", "Content-Length"]].concat()
    );
    assert_eq!(
        names(&format!("POST /v1/api/v1/user/login {headers}Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx"))
            [..5],
        V1
    );
    assert_eq!(
        names(&format!("GET /frp/api/v2/users/info {headers}\r\n")),
        ["Content-Type", "Access-Control-Allow-Origin", "Content-Length"]
    );
    // Familiar paths are the same dialect.
    assert_eq!(names(&format!("GET /about {headers}\r\n"))[1], "Content-Length");
}

#[test]
fn answers_without_a_body_leave_the_next_answer_alone() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    for _ in 0..2 {
        let head = client.send("HEAD /medusa/s/admin.jpg HTTP/1.1\r\nHost: x\r\n\r\n").answer(true).unwrap();
        assert_eq!(
            head.names()[1..5],
            ["Content-Type", "Content-Length", "Content-Disposition", "Last-Modified"],
            "{head:?}"
        );
        let date = head.header("Last-Modified").unwrap();
        let fresh = format!("GET /medusa/s/admin.jpg HTTP/1.1\r\nHost: x\r\nIf-Modified-Since: {date}\r\n\r\n");
        assert_eq!(client.send(fresh).answer(true).unwrap().status(), 304);
        let none = client.send("OPTIONS /frp/api/v2/users/info HTTP/1.1\r\nHost: x\r\n\r\n").answer(true).unwrap();
        assert_eq!(none.status(), 204);
        let whole = client.send(get("/medusa/s/admin.jpg")).answer(false).unwrap();
        assert_eq!((whole.status(), whole.header("Content-Length")), (200, head.header("Content-Length")));
        assert_eq!(client.send(get("/healthz")).answer(false).unwrap().body, "alive\n");
    }
}

#[test]
fn our_own_answers_have_usual_names() {
    let server = server(&[]);
    assert_eq!(ask(&server, get("/healthz")).names(), ["Content-Length", "Content-Type", "Date"]);
}

#[test]
fn an_interim_answer_is_none() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    let head = "POST /proxy/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 31\r\n\r\n";
    assert_eq!(client.send(head).answer(true).unwrap().status_line, "HTTP/1.1 100 Continue");
    let answer = client.send("{\"username\":\"a\",\"password\":\"b\"}").answer(false).unwrap();
    assert_eq!((answer.status(), answer.names()[0]), (401, "Content-Type"), "{answer:?}");
    assert_eq!(client.send(get("/healthz")).answer(false).unwrap().body, "alive\n");
}
