//! A mount's settings, which only the testing API ever changes.

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The settings a mount was started with, and those in force. `S` must have `#[serde(deny_unknown_fields)]`.
pub struct MountSettings<S> {
    initial: S,
    current: RwLock<Arc<S>>,
}

impl<S: Clone + Serialize + DeserializeOwned> MountSettings<S> {
    /// Those in force are those of the start.
    pub fn new(initial: S) -> Self {
        let current = RwLock::new(Arc::new(initial.clone()));
        Self { initial, current }
    }

    /// Those in force.
    pub fn get(&self) -> Arc<S> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What those of the start would be with `overrides` laid over them.
    ///
    /// # Errors
    /// A reason for the 422, naming an unknown or mistyped member.
    pub fn overlaid(&self, overrides: &Map<String, Value>) -> Result<S, String> {
        let mut settings = serde_json::to_value(&self.initial).map_err(|error| error.to_string())?;
        if let Value::Object(members) = &mut settings {
            members.extend(overrides.clone());
        }
        serde_json::from_value(settings).map_err(|error| format!("settings: {error}"))
    }

    /// Puts settings in force (testing API).
    pub fn put(&self, settings: S) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }
}
