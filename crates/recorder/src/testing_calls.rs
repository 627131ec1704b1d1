//! Calls of a server's testing interface that pass by: they are no exchanges of a client, they say what state the exchanges began with.

use dragoman_fixtures::{Body, Exchange};
use serde_json::{Value, json};

/// What a call did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TestingCall {
    /// Everything begins anew with this state.
    Reset(Value),
    /// To be done before the next step.
    Before(Vec<Value>),
    /// Nothing that matters: a question, or a refusal.
    Nothing,
}

/// The call that an exchange is; `None` for a client's own.
pub(crate) fn of(exchange: &Exchange) -> Option<TestingCall> {
    let path = exchange.request.target.split('?').next().unwrap_or_default();
    let (_, call) = path.split_once("/_testing/")?;
    let done = (200..300).contains(&exchange.answer.status) && exchange.request.method == "POST";
    let body: Value = match &exchange.request.body {
        Body::Bytes(bytes) if done => serde_json::from_slice(bytes).unwrap_or(Value::Null),
        _ => return Some(TestingCall::Nothing),
    };
    let member = |name: &str| body.get(name).cloned().unwrap_or_default();
    Some(match call {
        "reset" => TestingCall::Reset(body),
        "clock" if member("advance").is_number() => {
            TestingCall::Before(vec![json!({"advance_clock": member("advance")})])
        }
        "expire" => TestingCall::Before(vec![json!({"expire": member("what")})]),
        "mail" => {
            let refused = member("refuse");
            let refused = refused.as_array().into_iter().flatten();
            TestingCall::Before(refused.map(|address| json!({"refuse_mail": address})).collect())
        }
        _ => TestingCall::Nothing,
    })
}
