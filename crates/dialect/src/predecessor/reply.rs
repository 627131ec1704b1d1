//! One question to an old server, and its answer as its dialect reads it.

use dragoman_upstream::{Answer, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Predecessor, Undecided};
use crate::json::{JsonObject, JsonRules, parse_object};

/// A POST of a JSON body.
pub fn post_json(target: impl Into<String>, body: &Value) -> Request {
    Request::post(target, "application/json", body.to_string())
}

/// A POST of a form.
pub fn post_form(target: impl Into<String>, fields: &[(&str, &str)]) -> Request {
    Request::post(target, "application/x-www-form-urlencoded", query(fields))
}

/// Names and values as a query string or a form writes them.
pub fn query(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// What an old server answered.
pub struct Reply {
    answer: Answer,
    /// What was asked, for the log: without the query, which may hold a token.
    asked: String,
}

impl Predecessor {
    /// Asks once.
    ///
    /// # Errors
    /// `Away`, however it is not there; and for a status that tells of a fault or of a server in between.
    pub async fn ask(&self, request: Request) -> Result<Reply, Undecided> {
        let asked = request.target.split('?').next().unwrap_or_default().to_owned();
        // The client has logged why.
        let answer = self.upstream.call(request).await.map_err(|_| Undecided::Away)?;
        let reply = Reply { answer, asked };
        if reply.status() >= 500 || (300..400).contains(&reply.status()) {
            return Err(reply.nonsense("its status tells of a fault or leads elsewhere"));
        }
        Ok(reply)
    }
}

impl Reply {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The whole body.
    pub fn body(&self) -> &[u8] {
        &self.answer.body
    }

    /// The body, to give on.
    pub fn into_body(self) -> Vec<u8> {
        self.answer.body
    }

    /// The first header of a name, in any spelling.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    /// The value that the answer gives a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.answer.cookies().filter(|(known, _)| *known == name).last().map(|(_, value)| value)
    }

    /// The JSON object that the body is.
    ///
    /// # Errors
    /// `Away`: nonsense.
    pub fn object(&self) -> Result<JsonObject, Undecided> {
        parse_object(&self.answer.body, JsonRules::PYTHON).map_err(|_| self.nonsense("it is no JSON object"))
    }

    /// An answer that does not fit the contract. The log gets a digest of it, so that two can be compared and no secret
    /// gets out.
    pub fn nonsense(&self, what: &str) -> Undecided {
        let (status, bytes, digest) = (self.answer.status, self.answer.body.len(), self.answer.digest());
        tracing::warn!(asked = self.asked, status, bytes, digest, "an answer of the old server makes no sense: {what}");
        Undecided::Away
    }
}
