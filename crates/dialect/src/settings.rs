//! A mount's settings, which only the testing API ever changes.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A day in seconds.
pub const DAY_SECONDS: u64 = 24 * 60 * 60;
/// A hundred years in seconds: nothing is kept or counted for longer.
pub const CENTURY_SECONDS: u64 = 36_525 * DAY_SECONDS;

/// Refuses a number that is never meant, before it is added to a date or asked of an allocator.
///
/// # Errors
/// A sentence for the operator that names the key.
pub fn bounded<N: PartialOrd + Display>(key: &str, value: N, bounds: RangeInclusive<N>) -> Result<(), String> {
    let (least, most) = (bounds.start(), bounds.end());
    if bounds.contains(&value) {
        Ok(())
    } else {
        Err(format!("{key}: must be between {least} and {most}, but is {value}"))
    }
}

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
