//! Which pictures of the store are uploads of this dialect, and which of them are shown.

use dragoman_dialect::{Facet, PictureUse};

use crate::member::V1Facet;

/// Where a picture is fetched (endpoint 21).
pub(crate) const PICTURE_PATH: &str = "/api/image/";

/// For the operator's list, and for taking out what nobody shows.
pub(crate) const PICTURES: PictureUse = PictureUse { facet: V1Facet::NAME, is_upload, named_in };

/// `img_`, the time in letters and digits, a suffix (endpoint 20).
fn is_upload(name: &str) -> bool {
    name.strip_prefix("img_").and_then(|rest| rest.split_once('.')).is_some_and(|(time, suffix)| {
        time.len() >= 12
            && time.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && matches!(suffix, "png" | "jpg" | "jpeg")
    })
}

/// The pictures that a facet shows. It may also hold a picture of elsewhere, which names none of ours.
pub(crate) fn named_in(body: &str) -> Option<Vec<String>> {
    let facet = V1Facet::decode(body).ok()?;
    let name = |url: &String| url.rsplit_once(PICTURE_PATH).map(|(_, name)| name.to_owned());
    Some([&facet.avatar, &facet.spacecover].into_iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_a_facet() {
        let body = r#"{"avatar":"/api/image/img_1.png","spacecover":"https://h.example/api/image/img_2.jpg"}"#;
        assert_eq!(named_in(body), Some(vec!["img_1.png".to_owned(), "img_2.jpg".to_owned()]));
        assert_eq!(named_in(r#"{"avatar":"https://h.example/a.png"}"#), Some(Vec::new()));
        assert_eq!(named_in("{"), None);
        assert!(is_upload("img_dnabc0123456789.png") && !is_upload("logo.png") && !is_upload("img_x.png"));
    }
}
