//! The dialect's JWTs (section 1.3), written and read as PyJWT 1.7 did. A JWT library would write the claims in another
//! order and enforce `exp`, which the old server never did.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dragoman_dialect::{
    DialectKind,
    json::{Json, JsonObject, JsonRules, parse_object, python_number},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Proxy, wire::whole};

/// Base64url of `{"typ":"JWT","alg":"HS256"}`.
const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";
/// Written into `exp` and never looked at: the front end does not renew its token.
const STATED_LIFE: i64 = 120;

/// What a well-signed token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The account's number as this dialect shows it; `None`: one that no account can have.
    pub user_id: Option<i64>,
    /// When it was issued, in Unix seconds, if it says so.
    pub issued_at: Option<i64>,
    /// Before this Unix second it does not hold, if it says so.
    pub begins_at: Option<i64>,
}

impl Claims {
    /// Whether it holds already.
    pub fn have_begun(&self, now: i64) -> bool {
        self.begins_at.is_none_or(|begin| begin <= now)
    }
}

/// A token for an account, issued at a Unix second.
pub fn sign(key: &str, user_id: i64, issued_at: i64) -> String {
    let expires = issued_at + STATED_LIFE;
    let payload = format!(
        r#"{{"headers":{{"typ":"JWT","alg":"HS256","user_id":{user_id}}},"iss":"ly","exp":{expires},"iat":{issued_at}}}"#
    );
    let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = mac(key, &signed).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What a mount signs with. A token holds nothing but a number, which is somebody else's in another scope (one-domain.md
/// N8, N10): only the mount with the dialect's own scope uses the secret itself, any other a key made of it for its scope.
pub fn key_for<'k>(secret: &'k str, scope: &str) -> Cow<'k, str> {
    if scope == Proxy::NAME {
        return Cow::Borrowed(secret);
    }
    let digest = mac(secret, &format!("scope {scope}")).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    Cow::Owned(URL_SAFE_NO_PAD.encode(digest))
}

/// Whether this key signed this token.
pub fn is_signed(token: &str, key: &str) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')) else { return false };
    mac(key, signed).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
}

/// What a token whose signature was checked says; `None` if a claim is refused.
pub fn read(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (header, payload) = (object(parts.next()?)?, object(parts.next()?)?);
    if parts.count() != 1 || header.get("alg").and_then(Json::as_str) != Some("HS256") || payload.get("aud").is_some() {
        return None;
    }
    let second = |name| match payload.get(name) {
        None => Some(None),
        Some(claim) => whole_number(claim).map(Some),
    };
    let (begins_at, issued_at) = (second("nbf")?, second("iat")?);
    let user_id = match payload.get("headers")?.get("user_id")? {
        Json::Null => None,
        Json::Text(text) => text.trim().parse().ok(),
        Json::Number(number) => whole(&python_number(number)),
        // D11: odd but well signed.
        Json::Bool(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => return None,
    };
    Some(Claims { user_id, issued_at, begins_at })
}

fn mac(key: &str, signed: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}

/// A part as a non-empty JSON object.
fn object(part: &str) -> Option<JsonObject> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    parse_object(&bytes, JsonRules::PYTHON_TEXT).ok().filter(|object| !object.is_empty())
}

/// An integer, or a text that reads as one; a fraction loses its tail, as Python's `int` does.
fn whole_number(claim: &Json) -> Option<i64> {
    match claim {
        Json::Number(number) => python_number(number).split('.').next()?.parse().ok(),
        Json::Text(text) => text.trim().parse().ok(),
        Json::Null | Json::Bool(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ProxyPool";
    const EXAMPLE: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJoZWFkZXJzIjp7InR5cCI6IkpXVCIsImFsZyI6IkhTMjU2IiwidXNlcl9pZCI6N30sImlzcyI6Imx5IiwiZXhwIjoxNTYyNjM4Mjc2LCJpYXQiOjE1NjI2MzgxNTZ9.vGEBQTp4xnqefmox27Y9ujtZInsr2osTXdSrQ3S0vJs";

    fn minted(header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = mac(KEY, &signed).unwrap().finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn claims(payload: &str) -> Option<Claims> {
        let token = minted(r#"{"alg":"HS256"}"#, payload);
        assert!(is_signed(&token, KEY));
        read(&token).filter(|claims| claims.have_begun(1_000))
    }

    #[test]
    fn the_contract_s_example_is_written_and_read() {
        assert_eq!(sign(KEY, 7, 1_562_638_156), EXAMPLE);
        assert!(is_signed(EXAMPLE, KEY));
        assert!(!is_signed(EXAMPLE, "another"));
        assert!(!is_signed(&EXAMPLE.replace("vGEB", "AAAA"), KEY));
        let claims = Claims { user_id: Some(7), issued_at: Some(1_562_638_156), begins_at: None };
        assert_eq!(read(EXAMPLE), Some(claims));
    }

    #[test]
    fn claims_that_pyjwt_looked_at() {
        let good = r#""headers":{"user_id":4}"#;
        assert!(claims(&format!("{{{good}}}")).is_some(), "neither exp nor iat is needed");
        assert!(claims(&format!(r#"{{{good},"exp":1}}"#)).is_some(), "exp is not enforced");
        assert!(claims(&format!(r#"{{{good},"nbf":1001}}"#)).is_none());
        assert!(claims(&format!(r#"{{{good},"nbf":1000}}"#)).is_some());
        assert!(claims(&format!(r#"{{{good},"nbf":"x"}}"#)).is_none());
        assert!(claims(&format!(r#"{{{good},"nbf":900,"exp":120}}"#)).is_some(), "its end is not looked at");
        assert!(claims(&format!(r#"{{{good},"aud":"x"}}"#)).is_none());
        assert!(claims(&format!(r#"{{{good},"aud":null}}"#)).is_none());
        assert!(claims(&format!(r#"{{{good},"iat":"999"}}"#)).is_some());
        assert!(claims(&format!(r#"{{{good},"iat":9999}}"#)).is_some(), "a future iat is fine");
        assert!(claims(&format!(r#"{{{good},"iat":"soon"}}"#)).is_none());
        let issued = claims(&format!(r#"{{{good},"iat":9.995e2}}"#)).unwrap().issued_at;
        assert_eq!(issued, Some(999), "an exponent does not make it old");
        assert!(claims(&format!(r#"{{{good},"iat":null}}"#)).is_none());
        assert!(claims("{}").is_none());
        assert!(claims("[1]").is_none());
    }

    #[test]
    fn user_ids() {
        let id = |id: &str| claims(&format!(r#"{{"headers":{{"user_id":{id}}}}}"#)).map(|claims| claims.user_id);
        assert_eq!(id("4"), Some(Some(4)));
        assert_eq!(id(r#""4""#), Some(Some(4)));
        assert_eq!(id("4.0"), Some(Some(4)), "as a database compares it");
        assert_eq!(id("4.5"), Some(None));
        assert_eq!(id("99999999999999999999999"), Some(None), "well signed, but nobody's");
        assert_eq!(id("true"), None);
        assert_eq!(id("[4]"), None);
        assert_eq!(claims(r#"{"headers":{}}"#), None);
        assert_eq!(claims(r#"{"iss":"ly"}"#), None);
    }

    #[test]
    fn other_algorithms_and_shapes() {
        let payload = r#"{"headers":{"user_id":4}}"#;
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS512"}"#, r#"{"alg":"RS256"}"#, r#"{"typ":"JWT"}"#, "{}", "x"] {
            assert_eq!(read(&minted(header, payload)), None, "{header}");
        }
        for token in ["", ".", "..", "a.b.c", "garbage", "a.b.c.d", "\"quoted\""] {
            assert!(!is_signed(token, KEY), "{token}");
        }
        assert_eq!(read(&format!("{EXAMPLE}.x")), None);
    }
}
