//! The HTML pages of the old framework (section 1.4). They never carry CORS headers, so a browser on another origin hides
//! them from the front end (D10).

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};

/// A page for one of the statuses of the table in section 1.4 and of section 11.
pub fn page(status: StatusCode) -> HttpResponse {
    let reason = reason(status);
    HttpResponse::build(status).content_type("text/html").body(format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<title>{} {reason}</title>\n<h1>{reason}</h1>\n<p>{}</p>\n",
        status.as_u16(),
        paragraph(status),
    ))
}

/// The 405 page with the methods that are served.
pub fn method_not_allowed(allow: &'static str) -> HttpResponse {
    let mut answer = page(StatusCode::METHOD_NOT_ALLOWED);
    answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allow));
    answer
}

fn reason(status: StatusCode) -> &'static str {
    match status {
        // Werkzeug's word; the standard has a newer one.
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    }
}

fn paragraph(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::REQUEST_TIMEOUT | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The browser (or proxy) sent a request that this server could not understand."
        }
        StatusCode::UNAUTHORIZED => {
            "The server could not verify that you are authorized to access the URL requested. You either supplied the wrong \
             credentials (e.g. a bad password), or your browser doesn't understand how to supply the credentials required."
        }
        StatusCode::NOT_FOUND => {
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and \
             try again."
        }
        StatusCode::METHOD_NOT_ALLOWED => "The method is not allowed for the requested URL.",
        StatusCode::PAYLOAD_TOO_LARGE => "The data value transmitted exceeds the capacity limit.",
        _ => {
            "The server encountered an internal error and was unable to complete your request. Either the server is \
             overloaded or there is an error in the application."
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn the_401_page_has_338_bytes() {
        let body = page(StatusCode::UNAUTHORIZED).into_body().try_into_bytes().unwrap();
        assert_eq!(body.len(), 338);
        assert!(body.starts_with(
            b"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<title>401 Unauthorized</title>\n<h1>"
        ));
    }
}
