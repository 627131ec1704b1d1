//! Request fields as PHP fills them (section 2.3).

use std::time::Duration;

use actix_web::{HttpRequest, web};
use dragoman_dialect::{
    body::{BodyBounds, BodyError, read_body},
    form::Fields,
    headers::{FORM, MULTIPART, media_type},
    multipart::{MultipartError, Reading, read_text_fields},
};

const BOUNDS: BodyBounds = BodyBounds { bytes: 64 * 1024, time: Duration::from_secs(30) };
/// As many fields as a body of that size can have: unknown ones are ignored, however many.
const MOST_FIELDS: usize = BOUNDS.bytes;

/// The fields of a POST. A body that is no form, or none that can be read, has none: that is no error by itself.
pub struct Form {
    fields: Fields,
}

/// The body is over 64 KiB.
pub struct TooLarge;

impl Form {
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, TooLarge> {
        let fields = match media_type(request.headers()).as_str() {
            FORM => match read_body(request, payload, BOUNDS).await {
                Ok(body) => Fields::parse(&body, MOST_FIELDS).unwrap_or_default(),
                Err(BodyError::TooLarge) => return Err(TooLarge),
                Err(BodyError::TooSlow | BodyError::Broken) => Fields::default(),
            },
            MULTIPART => match read_text_fields(request, payload, BOUNDS, MOST_FIELDS, Reading::Php).await {
                Ok(fields) => fields,
                Err(MultipartError::TooLarge) => return Err(TooLarge),
                Err(MultipartError::Malformed | MultipartError::TooSlow) => Fields::default(),
            },
            // No fields; the limit holds all the same.
            _ => match read_body(request, payload, BOUNDS).await {
                Err(BodyError::TooLarge) => return Err(TooLarge),
                Ok(_) | Err(BodyError::TooSlow | BodyError::Broken) => Fields::default(),
            },
        };
        Ok(Self { fields })
    }

    /// The fields of a query string.
    pub fn of_query(query: &str) -> Self {
        Self { fields: Fields::parse(query.as_bytes(), MOST_FIELDS).unwrap_or_default() }
    }

    /// A field as it was sent; of several the last one.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.fields.last(name)
    }

    /// A field without what PHP's `trim` removes; missing if nothing is left or it is not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(trim(self.raw(name)?)).ok()?;
        (!text.is_empty()).then_some(text)
    }
}

/// Without blank, tab, LF, CR, NUL and vertical tab at both ends.
pub fn trim(mut bytes: &[u8]) -> &[u8] {
    const TRIMMED: &[u8] = b" \t\n\r\0\x0b";
    while let [first, rest @ ..] = bytes
        && TRIMMED.contains(first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && TRIMMED.contains(last)
    {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_trimmed_as_php_trims() {
        let form = Form::of_query("a=%00+%09x+y%0b%0a%0d&b=+&c=%ff&d=%0c&e=1&e=2&f[]=1&g");
        assert_eq!(form.text("a"), Some("x y"));
        assert_eq!(form.raw("a"), Some(&b"\0 \tx y\x0b\n\r"[..]));
        assert_eq!((form.text("b"), form.text("c"), form.text("g"), form.text("none")), (None, None, None, None));
        // Form feed is not in the set.
        assert_eq!(form.text("d"), Some("\u{c}"));
        assert_eq!(form.text("e"), Some("2"));
        assert_eq!(form.raw("f"), None);
        assert_eq!(trim(b"\0"), b"");
    }
}
