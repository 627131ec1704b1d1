//! Request headers as the dialects need them.

use std::borrow::Cow;

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};

/// The media type of HTML forms.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of forms with files.
pub const MULTIPART: &str = "multipart/form-data";
/// The media type of JSON.
pub const JSON: &str = "application/json";

/// A header's value untrimmed, of its first occurrence. `None` only if it is absent: bytes that are not UTF-8 become
/// U+FFFD, which no token of ours has, so that such a value is wrong and not missing.
pub fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// The media type of a request's body in lower case, without parameters; empty if there is no Content-Type.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    String::from_utf8_lossy(essence.trim_ascii()).to_ascii_lowercase()
}

/// Whether a [`media_type`] is JSON in Flask's sense: `application/json` or `application/…+json` (proxy 1.1).
pub fn is_json_or_suffix(media_type: &str) -> bool {
    media_type == JSON || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(content_type: &str) -> String {
        media_type(TestRequest::default().insert_header(("content-type", content_type)).to_http_request().headers())
    }

    #[test]
    fn case_and_parameters_of_a_media_type_do_not_count() {
        assert_eq!(of("application/json;charset=UTF-8"), JSON);
        assert_eq!(of(" Application/X-WWW-Form-Urlencoded ; charset=x; y"), FORM);
        assert_eq!(media_type(TestRequest::default().to_http_request().headers()), "");
    }

    #[test]
    fn json_by_suffix_needs_the_application_type() {
        assert!(is_json_or_suffix(&of("application/json")));
        assert!(is_json_or_suffix(&of("Application/Vnd.api+JSON; v=1")));
        assert!(!is_json_or_suffix(&of("text/plain+json")));
        assert!(!is_json_or_suffix(&of("application/jsonp")));
    }

    #[test]
    fn a_header_is_taken_as_it_is() {
        let request = TestRequest::default().insert_header(("token", " Bearer  x ")).to_http_request();
        assert_eq!(header_text(request.headers(), "Token").as_deref(), Some(" Bearer  x "));
        assert_eq!(header_text(request.headers(), "Key"), None);
        let value = actix_web::http::header::HeaderValue::from_bytes(b"a\xff").unwrap();
        let request = TestRequest::default().insert_header(("token", value)).to_http_request();
        assert_eq!(header_text(request.headers(), "token").as_deref(), Some("a\u{fffd}"));
    }
}
