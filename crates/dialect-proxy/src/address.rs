//! Rows of `/iplist` (section 5): kept as text beside the accounts, written by an import only.

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

/// A row to be listed. [`Address::encode`] has written its date as the wire has it: it is not read to be written again.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListedAddress {
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
    /// Reads what [`Address::encode`] wrote.
    pub fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
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
            let listed = ListedAddress::decode(&kept).unwrap();
            assert_eq!(serde_json::to_string(&listed).unwrap(), kept);
        }
        let empty = Address::decode(r#"{"id":1}"#).unwrap();
        assert_eq!((&empty.ip, empty.spend, empty.createtime), (&None, None, None));
        assert!(Address { port: Some(70_000), ..empty }.check().is_err());
    }
}
