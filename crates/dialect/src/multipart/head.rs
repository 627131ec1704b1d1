//! The head of a part: its name, its file name, how its content is written.

use percent_encoding::percent_decode_str;

use super::parameters::Parameters;
use super::reading::Reading;
use super::transfer::Transfer;

/// What a part says of itself.
pub(super) struct Head {
    pub name: String,
    pub file_name: Option<String>,
    pub content_type: Option<String>,
    pub transfer: Transfer,
}

impl Head {
    /// Reads the lines of a head; `None` for a part that is no field of a form. Bytes that are not UTF-8 become U+FFFD.
    pub fn parse(lines: &[u8], reading: Reading) -> Option<Self> {
        let text = String::from_utf8_lossy(lines);
        let value_of = |name: &str| {
            let mut headers = text.lines().filter_map(|line| line.split_once(':'));
            headers.find(|(present, _)| present.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let disposition = Parameters::lenient(value_of("content-disposition")?);
        if disposition.kind != "form-data" {
            return None;
        }
        Some(Self {
            name: disposition.get("name")?.to_owned(),
            file_name: extended(&disposition).or_else(|| disposition.get("filename").map(str::to_owned)),
            content_type: value_of("content-type").map(str::to_owned),
            transfer: Transfer::named(value_of("content-transfer-encoding").unwrap_or_default(), reading),
        })
    }
}

/// `filename*=UTF-8''…` of RFC 5987.
fn extended(disposition: &Parameters) -> Option<String> {
    let (_, behind) = disposition.get("filename*")?.split_once('\'')?;
    let (_, encoded) = behind.split_once('\'')?;
    Some(percent_decode_str(encoded).decode_utf8_lossy().into_owned())
}
