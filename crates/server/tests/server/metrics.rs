//! `GET /metrics` of the console's listener, and the monitoring that docs/monitoring/ comes with.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::exchange::{get, head, send, send_raw};
use crate::fake::{TestServer, serve};

const CONSOLE: &str = "[console]\nlisten = \"127.0.0.1:0\"\n";

async fn scrape(server: &TestServer) -> String {
    let (status, text) = get(console(server), "/metrics").await;
    assert_eq!(status, 200, "{text}");
    text
}

fn console(server: &TestServer) -> SocketAddr {
    server.running.console_address().expect("a console")
}

/// `None`, loudly, where there is no promtool and none is required.
fn promtool(arguments: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        assert_ne!(std::env::var("DRAGOMAN_TEST_REQUIRE").as_deref(), Ok("all"), "promtool is required");
        eprintln!("SKIPPED: no promtool (Debian package prometheus)");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}: {text}");
    Some(text)
}

#[tokio::test]
async fn promtool_finds_nothing_in_the_metrics() {
    let server = serve(CONSOLE).await;
    let address = server.running.address();
    assert_eq!(get(address, "/frp/api/known").await.0, 200);
    assert_eq!(get(address, "/readyz").await.0, 200);
    let text = scrape(&server).await;
    for line in [
        "dragoman_request_duration_seconds_count{mount=\"frp\",route=\"/frp/api/known\",status=\"2xx\"} 1",
        "dragoman_request_duration_seconds_count{mount=\"gateway\",route=\"/readyz\",status=\"2xx\"} 1",
        "dragoman_database_up 1",
        "dragoman_accounts 1",
        "dragoman_mails{state=\"dead\"} 0",
        "dragoman_store_errors_total{lane=\"write\"} 0",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("dragoman_build_info{version=\""), "{text}");
    if let Some(found) = promtool(&["check", "metrics"], &text) {
        assert_eq!(found, "", "{text}");
    }
    server.running.stop().await;
}

#[tokio::test]
async fn whoever_asks_for_openmetrics_gets_it_whole() {
    let server = serve(CONSOLE).await;
    let request = head("GET", "/metrics", "x", "")
        .replace("\r\nHost", "\r\nAccept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\nHost");
    let answer = send_raw(console(&server), &request).await;
    assert!(answer.contains("application/openmetrics-text"), "{answer}");
    assert!(
        answer.ends_with("# EOF\n") && answer.contains("# UNIT dragoman_request_duration_seconds seconds"),
        "{answer}"
    );
    server.running.stop().await;
}

#[tokio::test]
async fn no_client_can_make_a_label() {
    let server = serve(CONSOLE).await;
    let address = server.running.address();
    let lines = |text: String| text.lines().filter(|line| line.starts_with("dragoman_request_duration")).count();
    for method in ["GET", "POST", "INVENTED"] {
        get(address, "/frp/nowhere/0").await;
        send(address, method, "/frp/api/known", "x", "").await;
    }
    let before = lines(scrape(&server).await);
    for number in 1..60 {
        get(address, &format!("/frp/nowhere/{number}")).await;
        get(address, &format!("/frp/nowhere?x={number}&mount=y")).await;
        send(address, &format!("M{number}"), "/frp/api/known", &format!("host{number}"), "").await;
    }
    let text = scrape(&server).await;
    assert!(text.contains("route=\"none\",status=\"4xx\"") && !text.contains("nowhere"), "{text}");
    assert_eq!(lines(text), before);
    server.running.stop().await;
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_who_has_the_token() {
    let open = serve(CONSOLE).await;
    let forwarded = head("GET", "/metrics", "x", "").replace("\r\nHost", "\r\nX-Forwarded-For: 192.0.2.1\r\nHost");
    assert!(send_raw(console(&open), &forwarded).await.starts_with("HTTP/1.1 401"));
    assert_eq!(get(open.running.address(), "/metrics").await.0, 404, "only the console has them");
    open.running.stop().await;

    let closed = serve(&format!("{CONSOLE}metrics_token = \"0123456789abcdef\"")).await;
    assert_eq!(get(console(&closed), "/metrics").await.0, 401);
    for (token, status) in [("0123456789abcdef", "200"), ("0123456789abcdeX", "401"), ("", "401")] {
        let request =
            head("GET", "/metrics", "x", "").replace("\r\nHost", &format!("\r\nAuthorization: Bearer {token}\r\nHost"));
        let answer = send_raw(console(&closed), &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{token}: {answer}");
    }
    closed.running.stop().await;
}

#[test]
fn the_alert_rules_hold_what_they_promise() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/monitoring");
    let file = |name: &str| folder.join(name).display().to_string();
    promtool(&["check", "rules", &file("alerts.yml")], "");
    promtool(&["test", "rules", &file("alerts.test.yml")], "");
    let dashboard = std::fs::read_to_string(file("dashboard.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&dashboard).unwrap()["panels"].as_array().unwrap().len() > 8);
}

/// What dashboard and rules ask for is what a server tells.
#[tokio::test]
async fn dashboard_and_rules_name_metrics_that_exist() {
    let server = serve(CONSOLE).await;
    get(server.running.address(), "/frp/api/known").await;
    let text = scrape(&server).await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/monitoring");
    for name in ["alerts.yml", "dashboard.json"] {
        let source = std::fs::read_to_string(folder.join(name)).unwrap();
        let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let named = source.split(|letter| !is_part(letter)).filter(|word| word.starts_with("dragoman_"));
        for metric in named {
            let known = metric.trim_end_matches("_bucket").trim_end_matches("_count").trim_end_matches("_sum");
            assert!(text.contains(&format!("# TYPE {known} ")), "{name}: {metric}");
        }
    }
    server.running.stop().await;
}

#[tokio::test]
async fn the_descriptions_of_the_dialects_are_served_beside_them() {
    let server = serve(CONSOLE).await;
    for dialect in ["frp", "medusa", "php", "proxy", "v1"] {
        let (status, text) = get(console(&server), &format!("/openapi/{dialect}.json")).await;
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, document["openapi"].as_str()), (200, Some("3.1.0")), "{dialect}");
    }
    assert_eq!(get(console(&server), "/openapi/nobody.json").await.0, 404);
    assert!(!get(server.running.address(), "/openapi/frp.json").await.1.contains("3.1.0"));
    server.running.stop().await;
}
