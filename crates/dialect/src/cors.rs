//! The pieces of CORS that medusa (1.7) and proxy (1.5) share. What else they send, and when, is each one's own.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
};

/// The request's `Origin`, whatever it says. An empty one is none, as both old libraries (django-cors-headers, flask-cors)
/// had it.
pub fn origin(request: &HttpRequest) -> Option<&HeaderValue> {
    request.headers().get(ORIGIN).filter(|origin| !origin.is_empty())
}

/// Sends the request's `Origin` back as `Access-Control-Allow-Origin`, if there is one, and says whether there is.
pub fn echo_origin(request: &HttpRequest, answer: &mut HeaderMap) -> bool {
    let Some(origin) = origin(request) else {
        return false;
    };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    true
}

/// Whether this is a preflight: OPTIONS with `Access-Control-Request-Method`.
pub fn is_preflight(request: &HttpRequest) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn any_origin_is_echoed_and_none_is_invented() {
        let mut answer = HeaderMap::new();
        assert!(!echo_origin(&TestRequest::default().to_http_request(), &mut answer));
        assert!(!echo_origin(&TestRequest::default().insert_header(("origin", "")).to_http_request(), &mut answer));
        assert!(answer.is_empty());
        let request = TestRequest::default().insert_header(("origin", "null")).to_http_request();
        assert!(echo_origin(&request, &mut answer));
        assert_eq!(answer.get(ACCESS_CONTROL_ALLOW_ORIGIN).unwrap(), "null");
    }

    #[test]
    fn a_preflight_names_a_method() {
        let options = || TestRequest::default().method(Method::OPTIONS);
        assert!(!is_preflight(&options().to_http_request()));
        let named = ("access-control-request-method", "POST");
        assert!(is_preflight(&options().insert_header(named).to_http_request()));
        assert!(!is_preflight(&TestRequest::get().insert_header(named).to_http_request()));
    }
}
