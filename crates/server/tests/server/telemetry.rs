//! Traces, as a collector receives them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use dragoman_testkit::http::exchange;
use serde_json::Value;

use crate::fake::serve;
use crate::old_server::OldServer;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// A collector: head and body of every request it gets, each answered with 200.
fn collector() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut read = Vec::new();
            let mut chunk = [0; 4_096];
            loop {
                let whole = String::from_utf8_lossy(&read).into_owned();
                if let Some((head, body)) = whole.split_once("\r\n\r\n") {
                    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
                    if body.len() >= length.parse::<usize>().unwrap() {
                        stream
                            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                            .unwrap();
                        if sender.send((head.to_owned(), serde_json::from_str(body).unwrap())).is_err() {
                            return;
                        }
                        break;
                    }
                }
                match stream.read(&mut chunk).unwrap() {
                    0 => break,
                    length => read.extend_from_slice(&chunk[..length]),
                }
            }
        }
    });
    (url, receiver)
}

fn get(address: &str, path: &str, headers: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    exchange(address, request.as_bytes()).unwrap().status
}

fn attribute(of: &Value, key: &str) -> Option<String> {
    let found = of["attributes"].as_array()?.iter().find(|attribute| attribute["key"] == key)?;
    let value = &found["value"];
    value["stringValue"].as_str().or(value["intValue"].as_str()).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_spans_of_their_callers_traces() {
    let (url, received) = collector();
    let toml = format!("[telemetry]\nurl = \"{url}/otlp\"\ntoken = \"open sesame\"\nservice_name = \"gate\"\n");
    let server = serve(&toml).await;
    let address = server.running.address().to_string();
    let parent = |flags: &str| format!("traceparent: 00-{TRACE}-{SPAN}-{flags}\r\n");
    assert_eq!(get(&address, "/frp/api/known?token=hidden", &parent("01")), 200);
    assert_eq!(get(&address, "/frp/api/known", &parent("00")), 200);
    assert_eq!(get(&address, "/frp/nowhere/hidden", "traceparent: nonsense\r\n"), 404);
    // What waits is sent at the end, at the latest.
    server.running.stop().await;
    let (head, body) = received.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(head.starts_with("POST /otlp/v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Authorization: Bearer open sesame") && head.contains("Content-Type: application/json"));
    let resource = &body["resourceSpans"][0]["resource"];
    assert_eq!(attribute(resource, "service.name").as_deref(), Some("gate"));
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 2, "what its caller does not record is not recorded: {body}");
    let known = &spans[0];
    assert_eq!((known["traceId"].as_str(), known["parentSpanId"].as_str()), (Some(TRACE), Some(SPAN)));
    assert_eq!(known["name"], "GET /frp/api/known");
    assert_eq!(attribute(known, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(known, "dragoman.dialect").as_deref(), Some("frp"));
    let times = ["startTimeUnixNano", "endTimeUnixNano"].map(|name| known[name].as_str().unwrap().parse().unwrap());
    let [begun, ended]: [u64; 2] = times;
    assert!(ended > begun && begun > 1_700_000_000_000_000_000, "{known}");
    let other = &spans[1];
    assert!(other["traceId"] != TRACE && other["parentSpanId"].is_null(), "{other}");
    assert_eq!(other["traceId"].as_str().map(str::len), Some(32));
    assert!(!body.to_string().contains("hidden"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passed_request_is_a_span_between_its_client_and_the_old_server() {
    let (url, received) = collector();
    let old = OldServer::answering("HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\nold").await;
    let server = serve(&format!("[telemetry]\nurl = \"{url}\"\n{}", old.section("proxy"))).await;
    let address = server.running.address().to_string();
    assert_eq!(get(&address, "/hidden?q=hidden", &format!("TraceParent: 00-{TRACE}-{SPAN}-01\r\n")), 502);
    assert_eq!(get(&address, "/hidden", &format!("traceparent: 00-{TRACE}-{SPAN}-00\r\n")), 502);
    assert_eq!(get(&address, "/hidden", ""), 502);
    server.running.stop().await;
    // In one batch, or in several where the requests were slow.
    let batches = std::iter::from_fn(|| received.recv_timeout(Duration::from_millis(500)).ok());
    let spans: Vec<Value> = batches
        .flat_map(|(_, body)| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().cloned().unwrap())
        .collect();
    assert_eq!(spans.len(), 2, "{spans:?}");
    let passed = &spans[0];
    assert_eq!((passed["traceId"].as_str(), passed["parentSpanId"].as_str()), (Some(TRACE), Some(SPAN)));
    assert_eq!(passed["name"], "GET (passed)");
    assert_eq!(attribute(passed, "http.response.status_code").as_deref(), Some("502"));
    assert_eq!(attribute(passed, "dragoman.dialect").as_deref(), Some("proxy"));
    assert_eq!(attribute(passed, "dragoman.mount").as_deref(), Some("proxy"));
    assert_eq!(passed["status"]["code"], 2);
    assert!(spans[1]["parentSpanId"].is_null() && !format!("{spans:?}").contains("hidden"), "{spans:?}");
    let heard = old.heard().concat();
    let span = passed["spanId"].as_str().unwrap();
    assert!(heard.contains(&format!("TraceParent: 00-{TRACE}-{span}-01\r\n")), "{heard}");
    assert!(heard.contains(&format!("traceparent: 00-{TRACE}-{SPAN}-00\r\n")), "what is not recorded stays: {heard}");
    assert_eq!(heard.to_lowercase().matches("traceparent").count(), 2, "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_under_way_at_the_end_still_arrives() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (began, has_begun) = channel();
    let (answer, may_answer) = channel();
    let (sender, waited) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        began.send(()).unwrap();
        may_answer.recv().unwrap();
        // All of it, and no end: whoever sent it still waits for the answer.
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut read = Vec::new();
        let end = stream.read_to_end(&mut read);
        sender.send(end.is_err()).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").unwrap();
    });
    let server = serve(&format!("[telemetry]\nurl = \"{url}\"\n")).await;
    let address = server.running.address().to_string();
    for _ in 0..512 {
        assert_eq!(get(&address, "/frp/api/known", ""), 200);
    }
    tokio::task::spawn_blocking(move || has_begun.recv_timeout(Duration::from_secs(20)).unwrap()).await.unwrap();
    let stopping = tokio::spawn(server.running.stop());
    // Had the batch been given up with the server, its connection would be closed by now.
    tokio::time::sleep(Duration::from_millis(500)).await;
    answer.send(()).unwrap();
    let waited = tokio::task::spawn_blocking(move || waited.recv_timeout(Duration::from_secs(20)));
    assert!(waited.await.unwrap().unwrap(), "a batch under way was given up");
    stopping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_collector_that_is_not_there() {
    let server = serve("[telemetry]\nurl = \"http://127.0.0.1:9\"\n").await;
    let address = server.running.address().to_string();
    for _ in 0..700 {
        assert_eq!(get(&address, "/frp/api/known", ""), 200);
    }
    server.running.stop().await;
}
