//! A mount that is told to go: headers on all its answers, and announced times without any other answer than 503.

use dragoman_testkit::{Backend, TestServer, http::call};

/// A known path, an unknown path and a wrong method of each dialect.
const ASKED: [(&str, [(&str, &str); 3]); 5] = [
    ("frp", [("POST", "/api/v2/users/login"), ("GET", "/api/v2/x"), ("GET", "/api/v2/users/login")]),
    ("medusa", [("POST", "/api/user_info/"), ("GET", "/api/x/"), ("GET", "/api/login/")]),
    (
        "php",
        [("GET", "/api/v1/users/get-status.php"), ("GET", "/api/v1/users/x.php"), ("GET", "/api/v1/users/login.php")],
    ),
    ("proxy", [("GET", "/about"), ("GET", "/x"), ("DELETE", "/about")]),
    ("v1", [("GET", "/api/v1/user/info/get"), ("GET", "/api/v1/x"), ("DELETE", "/api/v1/user/login")]),
];

/// What each dialect's 503 looks like.
const SHAPES: [(&str, &str); 5] =
    [("frp", "\"status\":503"), ("medusa", "\"code\""), ("php", "\"flag\":false"), ("proxy", ""), ("v1", "\"code\":")];

fn settings() -> Vec<(&'static str, &'static str)> {
    let mut settings = Vec::new();
    for (dialect, _) in ASKED {
        for (key, value) in [
            ("deprecation", "2026-01-31T00:00:00Z"),
            ("sunset", "2027-06-30"),
            ("deprecation_link", "https://example.com/end"),
            ("brownouts", "2030-01-10T10:00:00Z/PT2H"),
        ] {
            settings.push((format!("{dialect}.{key}").leak() as &str, value));
        }
    }
    settings
}

#[test]
fn every_answer_says_so_and_a_brown_out_is_in_the_dialects_own_shape() {
    let server = TestServer::start(&Backend::Sqlite, &settings());
    let clock = |now: &str| {
        let answer = call(server.url(), "POST", "/_testing/clock", &[], &format!(r#"{{"now":"{now}"}}"#));
        assert_eq!(answer.status, 204, "{answer:?}");
    };
    for (dialect, requests) in ASKED {
        for prefix in [format!("/{dialect}"), String::new()] {
            for (method, path) in requests {
                let answer = call(server.url(), method, &format!("{prefix}{path}"), &[], "");
                assert_eq!(answer.header("deprecation"), Some("@1769817600"), "{dialect} {path}: {answer:?}");
                assert_eq!(answer.header("sunset"), Some("Wed, 30 Jun 2027 00:00:00 GMT"));
                assert!(answer.header("link").is_some_and(|link| link.ends_with("; type=\"text/html\"")));
                assert_eq!(answer.header("retry-after"), None);
            }
        }
    }
    clock("2030-01-10T11:00:00Z");
    for ((dialect, requests), (_, shape)) in ASKED.into_iter().zip(SHAPES) {
        for prefix in [format!("/{dialect}"), String::new()] {
            for (method, path) in requests {
                let answer = call(server.url(), method, &format!("{prefix}{path}"), &[], "");
                assert_eq!(answer.status, 503, "{dialect} {path}: {answer:?}");
                assert!(answer.text().contains(shape), "{dialect} {path}: {}", answer.text());
                let again: i64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!((3_500..=3_600).contains(&again), "{again}");
                assert_eq!(answer.header("deprecation"), Some("@1769817600"));
            }
        }
    }
    assert_eq!(call(server.url(), "GET", "/healthz", &[], "").status, 200);
    clock("2030-01-10T12:00:01Z");
    assert_ne!(call(server.url(), "GET", "/proxy/about", &[], "").status, 503);
}

#[test]
fn nothing_is_said_without_a_word_of_the_operator() {
    let server = TestServer::start(&Backend::Sqlite, &[("frp.sunset", "2027-06-30")]);
    let answer = call(server.url(), "GET", "/proxy/about", &[], "");
    for name in ["deprecation", "sunset", "link", "retry-after"] {
        assert_eq!(answer.header(name), None);
    }
    let answer = call(server.url(), "GET", "/frp/api/v2/users/info", &[], "");
    assert_eq!((answer.header("sunset").is_some(), answer.header("deprecation")), (true, None));
}
