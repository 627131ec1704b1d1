#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use base64::engine::general_purpose::STANDARD;
use dragoman_fixtures::{FieldRole, Hints, Role, SeenAnswer, SentRequest};
use md5::{Digest, Md5};
use serde_json::json;

use super::*;

fn headers(pairs: &[(&str, &str)]) -> Headers {
    Headers(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn exchange(target: &str, sent: &[(&str, &str)], body: &str, seen: &[(&str, &str)], answer: &str) -> Exchange {
    let body_of = |text: &str| if text.is_empty() { Body::None } else { Body::Bytes(text.as_bytes().to_vec()) };
    Exchange {
        entry: 1,
        started: None,
        milliseconds: None,
        before: Vec::new(),
        hints: Hints::default(),
        comment: None,
        request: SentRequest {
            method: "POST".into(),
            target: target.into(),
            headers: headers(sent),
            body: body_of(body),
        },
        answer: SeenAnswer { status: 200, headers: headers(seen), body: body_of(answer) },
        step: None,
    }
}

fn recording(exchanges: Vec<Exchange>) -> Recording {
    Recording { writer: "test 1".into(), exchanges, losses: Vec::new(), given: None, fixture: None }
}

fn redacted(recording: &Recording) -> Recording {
    let role = |field: &str, role| FieldRole { field: field.into(), role };
    let roles = vec![role("password", Role::Secret), role("token", Role::Token), role("email", Role::Email)];
    let dialects = [Mounted { dialect: "any".into(), prefix: None, namespaces: Vec::new(), roles }];
    redact(recording, &dialects, &Pseudonyms::new([3; 32])).unwrap().0
}

fn text(body: &Body) -> &str {
    match body {
        Body::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
        _ => "",
    }
}

const PASSWORD: &str = "Grüße & 1/密码";

#[test]
fn a_password_is_found_in_every_writing_of_its_value() {
    let percent: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    let digest: String = Md5::digest(PASSWORD.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let hex: String = PASSWORD.bytes().map(|byte| format!("{byte:02X}")).collect();
    let basic = format!("Basic {}", STANDARD.encode(format!("hana:{PASSWORD}")));
    let echo =
        json!({"you sent": PASSWORD, "packed": STANDARD.encode(format!("x{PASSWORD}")), "hex": hex, "md5": digest});
    let original = recording(vec![
        exchange("/login", &[], &format!("username=hana&password={percent}"), &[], &echo.to_string()),
        exchange(
            &format!("/s?q={percent}"),
            &[("Authorization", &basic)],
            "",
            &[],
            r#"{"a":"Gr\u00fc\u00dfe & 1\/\u5bc6\u7801"}"#,
        ),
    ]);
    let after = redacted(&original);
    let invented = Pseudonyms::new([3; 32]).of_text(PASSWORD);
    assert_ne!(invented, PASSWORD);
    let first = &after.exchanges[0];
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(text(&first.request.body).as_bytes()).into_owned().collect();
    assert_eq!(fields[1].1, invented);
    let echo: serde_json::Value = serde_json::from_str(text(&first.answer.body)).unwrap();
    assert_eq!(echo["you sent"], invented);
    assert_eq!(echo["packed"], STANDARD.encode(format!("x{invented}")));
    assert_eq!(echo["hex"], invented.bytes().map(|byte| format!("{byte:02X}")).collect::<String>());
    let digest: String = Md5::digest(invented.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(echo["md5"], digest);
    let second = &after.exchanges[1];
    assert_eq!(second.request.headers.0[0].1, format!("Basic {}", STANDARD.encode(format!("hana:{invented}"))));
    let answer: serde_json::Value = serde_json::from_str(text(&second.answer.body)).unwrap();
    assert_eq!(answer["a"], invented);
}

#[test]
fn a_weak_password_goes_from_its_fields_and_leaves_the_words_alone() {
    let body = r#"{"username":"admin","password":"admin"}"#;
    let after = redacted(&recording(vec![exchange("/admin", &[], body, &[], r#"{"role":"admin"}"#)]));
    let sent: serde_json::Value = serde_json::from_str(text(&after.exchanges[0].request.body)).unwrap();
    assert_eq!(sent["username"], "admin");
    assert_ne!(sent["password"], "admin");
    assert_eq!(sent["password"].as_str().unwrap().len(), 5);
    assert_eq!(text(&after.exchanges[0].answer.body), r#"{"role":"admin"}"#);
    assert_eq!(after.exchanges[0].request.target, "/admin");
}

#[test]
fn a_weak_secret_goes_from_an_address_in_a_field_too() {
    let body = "next=%2Fpage%3Ftoken%3Dweak%26n%3D1&username=weak";
    let after = redacted(&recording(vec![exchange("/go?to=/x?token=weak", &[], body, &[], "")]));
    let request = &after.exchanges[0].request;
    let token = request.target.strip_prefix("/go?to=/x?token=").unwrap();
    assert!(token != "weak" && token.len() == 4, "{}", request.target);
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(text(&request.body).as_bytes()).into_owned().collect();
    assert_eq!(fields[0].1, format!("/page?token={token}&n=1"));
    assert_eq!(fields[1].1, "weak");
}

#[test]
fn what_a_name_says_about_a_secret_is_none() {
    let answer = r#"{"access_token":"abcd-efgh","token_type":"bearer","tokenType":"mac","token_expires_in":3600,"password_changed":"never","session":"wxyz-1"}"#;
    let after = redacted(&recording(vec![exchange("/login", &[], "{}", &[], answer)]));
    let answer: serde_json::Value = serde_json::from_str(text(&after.exchanges[0].answer.body)).unwrap();
    assert_ne!(answer["access_token"], "abcd-efgh");
    assert_ne!(answer["session"], "wxyz-1");
    let said = ["token_type", "tokenType", "token_expires_in", "password_changed"].map(|name| answer[name].clone());
    assert_eq!(said, [json!("bearer"), json!("mac"), json!(3600), json!("never")]);
}

#[test]
fn tokens_addresses_and_lengths() {
    let token = "0123456789abcdef0123456789abcdef";
    let length = format!("{{\"data\":\"{token}\"}}").len().to_string();
    let original = recording(vec![
        exchange(
            "/login",
            &[],
            r#"{"email":"hana@qq.com","password":"s3cret-pass"}"#,
            &[("Content-Length", &length)],
            &format!("{{\"data\":\"{token}\"}}"),
        ),
        exchange(
            "/me",
            &[("Authorization", &format!("Bearer {token}"))],
            "",
            &[("Set-Cookie", "sid=abcdefgh12; Path=/")],
            r#"{"email":"h****a@qq.com"}"#,
        ),
        exchange("/me", &[("Cookie", "sid=abcdefgh12"), ("X-Forwarded-For", "203.0.113.9")], "", &[], "hana@qq.com"),
    ]);
    let after = redacted(&original);
    let all = format!(
        "{:?}",
        after
            .exchanges
            .iter()
            .map(|exchange| (
                text(&exchange.answer.body),
                text(&exchange.request.body),
                &exchange.request.headers,
                &exchange.answer.headers
            ))
            .collect::<Vec<_>>()
    );
    for secret in [token, "hana@qq.com", "s3cret-pass", "abcdefgh12", "203.0.113.9"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    let issued: serde_json::Value = serde_json::from_str(text(&after.exchanges[0].answer.body)).unwrap();
    let sent = &after.exchanges[1].request.headers.0[0].1;
    assert_eq!(*sent, format!("Bearer {}", issued["data"].as_str().unwrap()));
    assert_eq!(after.exchanges[0].answer.headers.content_length(), Some(text(&after.exchanges[0].answer.body).len()));
    let address = text(&after.exchanges[2].answer.body);
    assert!(address.ends_with(".test") && address.len() == "hana@qq.com".len(), "{address}");
    let mask: serde_json::Value = serde_json::from_str(text(&after.exchanges[1].answer.body)).unwrap();
    let (local, domain) = address.split_once('@').unwrap();
    assert_eq!(mask["email"], format!("{}****{}@{domain}", &local[..1], &local[3..]));
    let cookie = after.exchanges[1].answer.headers.0[0].1.split(';').next().unwrap();
    assert_eq!(after.exchanges[2].request.headers.0[0].1, cookie);
}

#[test]
fn what_is_left_is_told_by_its_place() {
    // UTF-16 is read by nobody here: what cannot be redacted must not be written.
    let mut original = recording(vec![exchange("/a", &[], r#"{"password":"a-long-password"}"#, &[], "")]);
    original.exchanges.push(exchange("/b", &[("X-Odd", "prefixa-long-password")], "", &[], ""));
    let password = FieldRole { field: "password".into(), role: Role::Secret };
    let roles =
        Roles::new(&[Mounted { dialect: "any".into(), prefix: None, namespaces: Vec::new(), roles: vec![password] }]);
    let secrets = Secrets::of(&original, &roles);
    let left = last_pass::left(&original, &secrets, |_| None);
    let places: Vec<String> = left.iter().map(ToString::to_string).collect();
    assert_eq!(
        places,
        [
            "exchange 1, request body: a known secret is left (plain)",
            "exchange 2, request header X-Odd: a known secret is left (plain)"
        ]
    );
}

#[test]
fn a_secret_is_known_by_the_name_of_its_field_in_any_case_and_in_no_contract() {
    let sent =
        [("X-Session-Id", "SESSIONSECRET1"), ("X-Csrf-Token", "CSRFSECRET1"), ("X-Custom", "Bearer CUSTOMSECRET1")];
    let recorded = recording(vec![
        exchange(
            "/any/x?QueryToken=QUERYSECRET1",
            &sent,
            r#"{"PASSWORD":"UPPERSECRET1","deep":[{"my_passwd":"DEEPSECRET1"}]}"#,
            &[],
            "",
        ),
        exchange(
            "/elsewhere",
            &[],
            r#"{"name":"u","Passwd":"OTHERSECRET1"}"#,
            &[],
            r#"{"new_secret":"ANSWERSECRET1"}"#,
        ),
    ]);
    let written = har_text(&redacted(&recorded));
    assert!(!written.contains("SECRET1"), "{written}");
}

/// Everything of a recording that is written down.
#[test]
fn a_secret_is_known_in_addresses_that_stand_in_headers_and_fields() {
    let original = recording(vec![exchange(
        "/go?next=%2Fpage%3Fpassword%3DHidden-word-1",
        &[("Referer", "http://old.example/?token=Kept-token-22&x=1")],
        "",
        &[("Location", "/in?token=Given-token-33")],
        "",
    )]);
    let written = har_text(&redacted(&original));
    for secret in ["Hidden-word-1", "Kept-token-22", "Given-token-33"] {
        assert!(!written.contains(secret), "{written}");
    }
    assert!(written.contains("&x=1"), "{written}");
}

fn har_text(recording: &Recording) -> String {
    let exchange = |exchange: &Exchange| {
        let headers = |headers: &Headers| format!("{:?}", headers.0);
        let (request, answer) = (&exchange.request, &exchange.answer);
        [
            request.target.clone(),
            headers(&request.headers),
            text(&request.body).to_owned(),
            headers(&answer.headers),
            text(&answer.body).to_owned(),
        ]
        .concat()
    };
    recording.exchanges.iter().map(exchange).collect()
}
