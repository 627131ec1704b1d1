//! What only one dialect knows of an account.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A dialect's own part of an account (a traffic plan, a cover picture), kept by the account core as an opaque text under
/// its name. Members added later need `#[serde(default)]`; avoid `#[serde(flatten)]` over numbers, which serde_json's
/// `arbitrary_precision` breaks.
pub trait Facet: Serialize + DeserializeOwned {
    /// The name it is kept under; the dialect's own, e.g. `frp`.
    const NAME: &'static str;

    /// The text that is kept.
    ///
    /// # Errors
    /// If the facet has something JSON has not, such as a map whose keys are not texts.
    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads what [`Facet::encode`] wrote, now or in an earlier version.
    ///
    /// # Errors
    /// If the text is not this facet's.
    fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Plan {
        traffic: i64,
        #[serde(default)]
        key: Option<String>,
    }

    impl Facet for Plan {
        const NAME: &'static str = "plan";
    }

    #[test]
    fn a_facet_survives_its_text_and_a_new_member() {
        let plan = Plan { traffic: -5, key: Some("密".to_owned()) };
        assert_eq!(Plan::decode(&plan.encode().unwrap()).unwrap(), plan);
        assert_eq!(Plan::decode("{\"traffic\":1}").unwrap(), Plan { traffic: 1, key: None });
        assert!(Plan::decode("{}").is_err());
    }
}
