//! Rows of `/iplist` (section 5): kept as text beside the accounts, written by an import only.

use std::borrow::Cow;

use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One address. Members are declared in the order in which the old server wrote them; every one may be `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Country-region-city, or the text `None`.
    #[serde(default)]
    pub address: Option<String>,
    /// Local wall clock, labelled GMT on the wire.
    #[serde(default, serialize_with = "as_gmt", deserialize_with = "any_date")]
    pub createtime: Option<DateTime>,
    /// `http` or `https`.
    #[serde(default)]
    pub httptype: Option<String>,
    /// Its number in the old table.
    pub id: i64,
    /// The address itself.
    #[serde(default)]
    pub ip: Option<String>,
    /// Provider, or the text `None`.
    #[serde(default)]
    pub isp: Option<String>,
    /// TCP port.
    #[serde(default)]
    pub port: Option<i64>,
    /// Seconds to answer; 0: it did not.
    #[serde(default)]
    pub spend: Option<f64>,
}

/// Longest text of the old columns, in characters.
const TEXT: usize = 64;

impl Address {
    /// What is wrong with a row, for the operator.
    pub fn check(&self) -> Result<(), String> {
        let texts = [("ip", &self.ip), ("httptype", &self.httptype), ("address", &self.address), ("isp", &self.isp)];
        for (name, text) in texts {
            let Some(text) = text else { continue };
            if text.chars().count() > TEXT || text.contains('\0') {
                return Err(format!("{name} is longer than {TEXT} characters or holds U+0000"));
            }
        }
        if self.id < 1 {
            return Err("id is not positive".to_owned());
        }
        if self.port.is_some_and(|port| !(0..=65_535).contains(&port)) {
            return Err("port is not between 0 and 65535".to_owned());
        }
        if self.spend.is_some_and(|spend| !spend.is_finite()) {
            return Err("spend is not a number".to_owned());
        }
        Ok(())
    }

    /// The text that is kept.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads what [`Address::encode`] wrote.
    pub fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// A row to be listed.
#[derive(Debug)]
pub enum ListedAddress {
    /// [`Address::encode`] has written it as the wire has it, but for characters that are escaped there: it is not read to be written
    /// again.
    AsListed(String),
    /// One whose numbers or texts are written in another way there.
    Read(AddressMembers),
}

/// The members of a row, its date as the wire has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddressMembers {
    address: Option<String>,
    createtime: Option<String>,
    httptype: Option<String>,
    id: i64,
    ip: Option<String>,
    isp: Option<String>,
    port: Option<i64>,
    spend: Option<f64>,
}

impl ListedAddress {
    /// Takes what [`Address::encode`] wrote.
    pub fn of(text: String) -> Result<Self, serde_json::Error> {
        if stands_as_listed(&text) { Ok(Self::AsListed(text)) } else { serde_json::from_str(&text).map(Self::Read) }
    }

    /// Its members one by one.
    pub fn members(&self) -> Result<Cow<'_, AddressMembers>, serde_json::Error> {
        match self {
            Self::AsListed(text) => serde_json::from_str(text).map(Cow::Owned),
            Self::Read(members) => Ok(Cow::Borrowed(members)),
        }
    }
}

/// What is behind a value at the front of a text; `None`: it is no such value, or one that needs a closer look.
type Behind = fn(&str) -> Option<&str>;

/// The members of a row as [`Address::encode`] writes them.
const WRITTEN: [(&str, Behind); 8] = [
    ("{\"address\":", behind_text),
    (",\"createtime\":", behind_text),
    (",\"httptype\":", behind_text),
    (",\"id\":", behind_number),
    (",\"ip\":", behind_text),
    (",\"isp\":", behind_text),
    (",\"port\":", behind_number),
    (",\"spend\":", behind_fraction),
];

/// Whether a row is written as the wire has it. What is in doubt is not.
fn stands_as_listed(row: &str) -> bool {
    let behind = WRITTEN.iter().try_fold(row, |rest, (name, behind)| behind(rest.strip_prefix(name)?));
    behind == Some("}")
}

fn behind_text(value: &str) -> Option<&str> {
    let Some(text) = value.strip_prefix('"') else { return value.strip_prefix("null") };
    let end = text.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    text.get(end..)?.strip_prefix('"')
}

fn behind_number(value: &str) -> Option<&str> {
    let end = value.bytes().position(|byte| !byte.is_ascii_digit())?;
    if end == 0 { value.strip_prefix("null") } else { value.get(end..) }
}

/// Digits, a point and digits, of a size that Python writes without an exponent too.
fn behind_fraction(value: &str) -> Option<&str> {
    const WHOLE_DIGITS: usize = 15;
    if let Some(rest) = value.strip_prefix("null") {
        return Some(rest);
    }
    let (whole, fraction) = value.split_once('.')?;
    let is_plain = (1..=WHOLE_DIGITS).contains(&whole.len()) && whole.bytes().all(|byte| byte.is_ascii_digit());
    let end = fraction.bytes().position(|byte| !byte.is_ascii_digit())?;
    if is_plain && end > 0 && !value.starts_with("0.0000") { fraction.get(end..) } else { None }
}

/// A wall clock as the old server wrote dates (1.4).
pub fn gmt(time: DateTime) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn as_gmt<S: Serializer>(time: &Option<DateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(gmt).serialize(serializer)
}

/// The old server's form, that of a database dump (`2019-07-05 19:09:16`) or ISO 8601.
fn any_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    parse_date(&text).map(Some).map_err(serde::de::Error::custom)
}

/// Reads a date as a dump, a fixture or the wire has it.
pub fn parse_date(text: &str) -> Result<DateTime, String> {
    let read = if text.ends_with(" GMT") {
        DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text)
    } else {
        text.trim_end_matches('Z').parse()
    };
    read.map_err(|_| format!("`{text}` is no date like `2019-07-05 19:09:16`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_sources_come_out_as_the_old_server_wrote_them() {
        for text in
            ["2019-07-05 19:09:16", "2019-07-05T19:09:16", "2019-07-05T19:09:16Z", "Fri, 05 Jul 2019 19:09:16 GMT"]
        {
            assert_eq!(parse_date(text).map(gmt).unwrap(), "Fri, 05 Jul 2019 19:09:16 GMT");
        }
        assert!(parse_date("yesterday").is_err());
    }

    #[test]
    fn a_row_survives_its_text() {
        let text = r#"{"id":48,"ip":"222.95.161.65","port":8118,"httptype":"http","address":"中国-江苏-南京","isp":"电信","spend":0.675501,"createtime":"2019-07-05 19:09:16"}"#;
        let row = Address::decode(text).unwrap();
        assert_eq!(Address::decode(&row.encode().unwrap()).unwrap(), row);
        assert!(row.check().is_ok());
        let dateless = r#"{"id":1,"address":"\u0001\"","spend":3}"#;
        for text in [text, dateless] {
            let row = Address::decode(text).unwrap();
            let kept = row.encode().unwrap();
            let listed = ListedAddress::of(kept.clone()).unwrap();
            assert_eq!(serde_json::to_string(&listed.members().unwrap()).unwrap(), kept);
        }
        let empty = Address::decode(r#"{"id":1}"#).unwrap();
        assert_eq!((&empty.ip, empty.spend, empty.createtime), (&None, None, None));
        assert!(Address { port: Some(70_000), ..empty }.check().is_err());
    }
}
