//! Which pictures of the store are uploads of this dialect, and which of them are shown.

use dragoman_dialect::{Facet, PictureUse};

use crate::member::MedusaFacet;

/// Where a picture is fetched (section 3.9).
pub(crate) const PICTURE_FOLDER: &str = "/s/";

/// For the operator's list, and for taking out what nobody shows.
pub(crate) const PICTURES: PictureUse = PictureUse { facet: MedusaFacet::NAME, is_upload, named_in };

/// Ten letters, ten digits, `.jpg` (section 3.8).
fn is_upload(name: &str) -> bool {
    name.strip_suffix(".jpg").and_then(|stem| stem.split_at_checked(10)).is_some_and(|(letters, digits)| {
        letters.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && digits.len() == 10
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The pictures that a facet shows.
pub(crate) fn named_in(body: &str) -> Option<Vec<String>> {
    MedusaFacet::decode(body).ok().map(|facet| vec![facet.avatar])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_uploads_are_ours_to_remove() {
        assert!(is_upload("AbCdEfGh121795209936.jpg"));
        for kept in ["admin.jpg", "admin.png", "AbCdEfGh121795209936.png", "logo1234561795209936x.jpg", "", "中.jpg"] {
            assert!(!is_upload(kept), "{kept}");
        }
    }
}
