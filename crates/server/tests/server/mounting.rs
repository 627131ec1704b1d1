//! Whose answer a path gets.

use crate::exchange::{get, send, send_raw};
use crate::fake::{serve, try_serve};

#[tokio::test]
async fn the_longest_namespace_decides_whose_404_and_405_it_is() {
    let server = serve("").await;
    let address = server.running.address();
    for (path, owner) in [
        ("/", "proxy"),
        ("/nothing", "proxy"),
        ("/api", "proxy"),
        ("/s/", "medusa"),
        ("/api/", "medusa"),
        ("/api/v3/x", "medusa"),
        ("/api/v2/", "frp"),
        ("/api/v2/nothing", "frp"),
        ("/api/v1/", "v1"),
        ("/api/v1/users", "v1"),
        ("/api/image/x", "v1"),
        ("/api/v1/users/", "php"),
        ("/api/v1/users/login.php", "php"),
        // The old servers decoded a path before they routed it.
        ("/%61pi/nothing", "medusa"),
        // Doubled slashes are another path, and reach the dialect as they are.
        ("//api/v2/x", "proxy"),
        ("/api//v2/x", "medusa"),
    ] {
        let (status, body) = get(address, path).await;
        assert_eq!((status, body.split('/').next()), (404, Some(owner)), "{path}: {body}");
    }
    assert_eq!(get(address, "//api//v2/").await.1, "proxy/proxy //api//v2/");
    assert_eq!(get(address, "/api/known").await, (200, "medusa/medusa".to_owned()));
    assert_eq!(send(address, "PUT", "/api/known", "x", "").await, (405, "medusa/medusa".to_owned()));
    assert_eq!(send(address, "OPTIONS", "/api/known", "x", "").await, (405, "medusa/medusa".to_owned()));
    server.running.stop().await;
}

#[tokio::test]
async fn a_prefix_belongs_to_its_mount_whatever_comes_after_it() {
    let server = serve("[proxy]\nprefix = \"/old/proxy\"").await;
    let address = server.running.address();
    assert_eq!(get(address, "/frp/api/known").await, (200, "frp/frp".to_owned()));
    assert_eq!(get(address, "/old/proxy/api/known").await, (200, "proxy/proxy".to_owned()));
    assert_eq!(get(address, "/v1/api/v2/x").await, (404, "v1/v1 /api/v2/x".to_owned()));
    assert_eq!(get(address, "/php//x").await, (404, "php/php //x".to_owned()));
    assert_eq!(get(address, "/medusa").await, (404, "medusa/medusa ".to_owned()));
    assert_eq!(get(address, "/medusax").await, (404, "proxy/proxy /medusax".to_owned()));
    server.running.stop().await;
}

#[tokio::test]
async fn outside_any_mount_there_is_a_plain_404() {
    let server = serve("[proxy]\nfamiliar_paths = false\n[medusa]\nenabled = false").await;
    let address = server.running.address();
    assert_eq!(get(address, "/login").await, (404, "404 not found\n".to_owned()));
    assert_eq!(get(address, "/api/known").await, (404, "404 not found\n".to_owned()));
    assert_eq!(get(address, "/medusa/api/known").await, (404, "404 not found\n".to_owned()));
    assert_eq!(get(address, "/proxy/api/known").await.0, 200);
    assert_eq!(get(address, "/_testing/mail?to=a").await.0, 404);
    assert_eq!(send(address, "OPTIONS", "*", "x", "").await.0, 404);
    server.running.stop().await;
}

#[tokio::test]
async fn the_only_dialect_on_a_host_has_all_of_it_but_the_gateways_own_paths() {
    let toml = "[proxy]\nfamiliar_paths = false\n[frp]\nhosts = [\"frp.example\"]\n[php]\nhosts = [\"php.example\"]\n\
                [medusa]\nhosts = [\"old.example\"]\n[v1]\nhosts = [\"old.example\"]";
    let server = serve(toml).await;
    let address = server.running.address();
    let answer = |method: &'static str, path: &'static str, host: &'static str| send(address, method, path, host, "");
    for path in ["/", "/nothing", "/api", "/api/v1/x", "/healthzz"] {
        assert_eq!(answer("GET", path, "FRP.example:80").await, (404, format!("frp/frp {path}")), "{path}");
        assert_eq!(answer("OPTIONS", path, "frp.example").await, (404, format!("frp/frp {path}")), "{path}");
    }
    assert_eq!(answer("GET", "/api/v1/users/x", "php.example").await, (404, "php/php /api/v1/users/x".to_owned()));
    assert_eq!(answer("GET", "/elsewhere", "php.example").await, (404, "php/php /elsewhere".to_owned()));
    // Two answer here, and none there: nobody has the rest.
    for host in ["old.example", "unknown.example"] {
        assert_eq!(answer("GET", "/nothing", host).await, (404, "404 not found\n".to_owned()), "{host}");
    }
    assert_eq!(answer("GET", "/healthz", "frp.example").await, (200, "alive\n".to_owned()));
    assert_eq!(answer("GET", "/readyz", "frp.example").await, (200, "ready\n".to_owned()));
    assert_eq!(answer("GET", "/proxy/nothing", "frp.example").await, (404, "proxy/proxy /nothing".to_owned()));
    server.running.stop().await;
}

#[tokio::test]
async fn hosts_choose_between_two_mounts_of_one_dialect() {
    let toml = "[proxy]\nhosts = [\"one.example\"]\n[[mounts]]\ndialect = \"proxy\"\nprefix = \"/second\"\n\
                scope = \"second\"\nhosts = [\"two.example\", \"zwei.example\"]";
    let server = serve(toml).await;
    let address = server.running.address();
    let body = |host: &'static str| async move { send(address, "GET", "/x", host, "").await.1 };
    assert_eq!(body("one.example").await, "proxy/proxy /x");
    assert_eq!(body("ONE.example:8080").await, "proxy/proxy /x");
    assert_eq!(body("zwei.example").await, "proxy/second /x");
    assert_eq!(body("three.example").await, "404 not found\n");
    let absolute = "GET http://two.example/x HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n";
    assert!(send_raw(address, absolute).await.ends_with("proxy/second /x"));
    // Under a prefix every host is answered, and a namespace without hosts stays.
    assert_eq!(send(address, "GET", "/second/x", "one.example", "").await.1, "proxy/second /x");
    assert_eq!(send(address, "GET", "/api/x", "three.example", "").await.1, "medusa/medusa /api/x");
    server.running.stop().await;
}

#[tokio::test]
async fn what_is_mounted_where_is_told() {
    let server = serve("[proxy]\nhosts = [\"one.example\"]\n[php]\nfamiliar_paths = false").await;
    let report = server.running.report();
    let port = server.running.address().port();
    assert_ne!(port, 0);
    for part in [
        format!("dragoman listens on http://127.0.0.1:{port}, database SQLite"),
        format!("http://127.0.0.1:{port}/medusa/  familiar /api/ /s/  scope medusa  database SQLite"),
        "/proxy/  familiar / for one.example  scope proxy".to_owned(),
        "/php/  no familiar paths".to_owned(),
    ] {
        assert!(report.contains(&part), "{part} is not in:\n{report}");
    }
    assert_eq!(report.lines().count(), 6);
    server.running.stop().await;
}

#[tokio::test]
async fn a_dialect_that_refuses_its_settings_stops_the_start() {
    let error = try_serve("[v1]\ngreeting = \"refused\"", false).await.err().expect("an error").to_string();
    assert_eq!(error, "[v1]: this greeting is refused");
}
