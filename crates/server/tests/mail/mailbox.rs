//! The testing API's view of mail (fixtures.md section 2).

use serde_json::{Value, json};

use crate::exchange::{get, send};
use crate::gateway::Gateway;

async fn post(gateway: &Gateway, path: &str, body: Value) -> u16 {
    send(gateway.running.address(), "POST", path, "localhost", &body.to_string()).await.0
}

async fn mails(gateway: &Gateway, address: &str) -> Value {
    let (status, body) = get(gateway.running.address(), &format!("/_testing/mail?to={address}")).await;
    assert_eq!(status, 200);
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_mail_is_listed_before_the_answer_that_caused_it() {
    let gateway = Gateway::start_testing().await;
    for code in ["1111", "2222", "3333"] {
        let letter = json!({"to": "rei@leaf.test", "subject": "验证码", "text": format!("码 {code}"), "code": code});
        assert_eq!(gateway.post_letter(&letter).await, 200);
        let listed = mails(&gateway, "rei%40leaf.test").await;
        assert_eq!(
            listed[0],
            json!({"to": "rei@leaf.test", "subject": "验证码", "text": format!("码 {code}"), "code": code})
        );
    }
    assert_eq!(mails(&gateway, "rei%40leaf.test").await.as_array().unwrap().len(), 3);
    assert_eq!(mails(&gateway, "asuka%40leaf.test").await, json!([]));
    gateway.stop().await;
}

#[tokio::test]
async fn a_refused_address_refuses_at_once_until_the_reset() {
    let gateway = Gateway::start_testing().await;
    assert_eq!(post(&gateway, "/_testing/mail", json!({"refuse": ["bounce-box@leaf.test"]})).await, 204);
    assert_eq!(gateway.post("bounce-box@leaf.test").await, 409);
    assert_eq!(gateway.post("rei@leaf.test").await, 200);
    assert_eq!(mails(&gateway, "bounce-box%40leaf.test").await, json!([]));
    assert!(gateway.accounts().dead_mails(10).await.unwrap().is_empty());

    assert_eq!(post(&gateway, "/_testing/reset", json!({"dialect": "post"})).await, 204);
    assert_eq!(mails(&gateway, "rei%40leaf.test").await, json!([]));
    assert_eq!(gateway.post("bounce-box@leaf.test").await, 200);
    assert_eq!(mails(&gateway, "bounce-box%40leaf.test").await.as_array().unwrap().len(), 1);
    gateway.stop().await;
}

/// v1's fixtures advance the clock by half an hour, and some set it to another year.
#[tokio::test]
async fn the_clock_may_be_set_to_any_year() {
    let gateway = Gateway::start_testing().await;
    for now in ["1969-07-20T20:17:40Z", "2001-09-09T01:46:40Z", "9999-12-30T00:00:00Z"] {
        assert_eq!(post(&gateway, "/_testing/clock", json!({ "now": now })).await, 204);
        assert_eq!(gateway.post("rei@leaf.test").await, 200, "{now}");
    }
    assert_eq!(mails(&gateway, "rei%40leaf.test").await.as_array().unwrap().len(), 3);
    gateway.stop().await;
}
