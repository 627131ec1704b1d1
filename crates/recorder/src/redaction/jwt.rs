//! JSON web tokens: their payload is redacted like any text, and where the key is known they are signed again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether a text is three parts of base64url of which the first is a JSON object.
pub(crate) fn is_one(text: &str) -> bool {
    parts(text).is_some()
}

fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (head, rest) = text.split_once('.')?;
    let (payload, signature) = rest.split_once('.')?;
    let is_object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<serde_json::Value>(&bytes).ok().filter(serde_json::Value::is_object)
    };
    (!signature.contains('.') && is_object(head).is_some()).then_some((head, payload, signature))
}

/// The token with its payload made anew, signed with the pseudonym of the key that signed it, or in no way that holds.
/// `keys`: known keys and their pseudonyms.
pub(crate) fn redacted(
    token: &str,
    keys: &[(&str, String)],
    payload: impl Fn(&[u8]) -> Vec<u8>,
    invented: impl Fn(&str) -> String,
) -> String {
    let Some((head, body, signature)) = parts(token) else { return invented(token) };
    let body_again = match URL_SAFE_NO_PAD.decode(body) {
        Ok(bytes) => URL_SAFE_NO_PAD.encode(payload(&bytes)),
        Err(_) => body.to_owned(),
    };
    let signed = |key: &str, body: &str| sign(key, &format!("{head}.{body}"));
    let known = keys.iter().find(|(key, _)| signed(key, body).as_deref() == Some(signature));
    let signature = match known {
        Some((_, pseudonym)) => signed(pseudonym, &body_again).unwrap_or_default(),
        None => invented(signature),
    };
    format!("{head}.{body_again}.{signature}")
}

fn sign(key: &str, text: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_a_known_key_is_signed_with_the_new_one() {
        let (head, body) = (URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(r#"{"uid":1}"#));
        let text = format!("{head}.{body}");
        let token = format!("{text}.{}", sign("old", &text).unwrap());
        assert!(is_one(&token));
        let again = redacted(&token, &[("old", "new".into())], <[u8]>::to_vec, |_| "x".into());
        assert_eq!(again, format!("{text}.{}", sign("new", &text).unwrap()));
        assert_eq!(redacted(&token, &[], <[u8]>::to_vec, |_| "x".into()), format!("{text}.x"));
        assert!(!is_one("a.b.c") && !is_one("www.example.com"));
    }
}
