//! What every answer stands in (sections 1.1 and 1.2).

use actix_web::{HttpResponse, http::header::ContentType};
use dragoman_dialect::json::{JsonFlavour, to_text};
use serde::Serialize;

/// Every JSON answer (section 1.2).
#[derive(Serialize)]
struct Answer<T> {
    message: T,
    code: u16,
}

/// A JSON answer: HTTP 200 whatever the code (section 1.1).
pub fn answer<T: Serialize>(message: T, code: u16) -> HttpResponse {
    let body = to_text(&Answer { message, code }, &JsonFlavour::django()).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer does not serialise");
        r#"{"message": "", "code": 169}"#.to_owned()
    });
    HttpResponse::Ok().content_type(ContentType::json()).body(body)
}

/// An endpoint's success.
pub fn success<T: Serialize>(message: T) -> HttpResponse {
    answer(message, 200)
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn the_two_examples_of_section_1_3() {
        let body = |response: HttpResponse| response.into_body().try_into_bytes().unwrap();
        let refused = body(answer("请使用Post请求", 500));
        assert_eq!(refused, r#"{"message": "\u8bf7\u4f7f\u7528Post\u8bf7\u6c42", "code": 500}"#);
        assert_eq!(refused.len(), 62);
        assert_eq!(body(success("注册成功")).len(), 52);
    }
}
