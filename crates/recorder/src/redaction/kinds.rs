//! What fields hold, by their names: those of the dialects, those of the state before the first step, and names that speak for themselves.

use std::collections::BTreeMap;

use dragoman_fixtures::{Mounted, Role};

/// What kind of pseudonym a secret gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Password,
    Token,
    Email,
    /// Worth nothing once it was used, and too short to be looked for elsewhere.
    Code,
    NetworkAddress,
}

/// Fields of the state that a recording begins with, beside those of the dialects.
const OF_STATE: [(&str, Kind); 9] = [
    ("password", Kind::Password),
    ("key", Kind::Password),
    ("signing_key", Kind::Password),
    ("registration_key", Kind::Password),
    ("password_reset_key", Kind::Password),
    ("email", Kind::Email),
    ("token", Kind::Token),
    ("frp_token", Kind::Token),
    ("login_token", Kind::Token),
];

/// Fields of no contract whose names say what they hold.
const TELLING: [(&str, Kind); 5] = [
    ("passw", Kind::Password),
    ("pwd", Kind::Password),
    ("secret", Kind::Password),
    ("token", Kind::Token),
    ("session", Kind::Token),
];
/// How names end that say something about a secret and do not hold it: `token_type` is a word of a contract, `password_changed` a date.
const ABOUT: [&str; 21] = [
    "type",
    "kind",
    "expires",
    "expiry",
    "expiration",
    "in",
    "ttl",
    "age",
    "timeout",
    "lifetime",
    "count",
    "length",
    "strength",
    "status",
    "changed",
    "updated",
    "created",
    "at",
    "required",
    "enabled",
    "valid",
];

/// What fields hold, by their names. Letter case does not count: v1 reads `PASSWORD` as `password` (its contract, section 2), and a
/// client that is wrong about a name has sent a password all the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldKinds {
    known: BTreeMap<String, Kind>,
    /// Whether a name that is not known may speak for itself. Not in the state before the first step: its settings are no secrets of
    /// anybody, whatever they are called.
    may_tell: bool,
}

impl FieldKinds {
    fn of(named: impl IntoIterator<Item = (String, Kind)>, may_tell: bool) -> Self {
        let known = named.into_iter().map(|(name, kind)| (name.to_ascii_lowercase(), kind)).collect();
        Self { known, may_tell }
    }

    /// What a field of this name holds.
    pub(crate) fn get(&self, name: &str) -> Option<Kind> {
        let lower = name.to_ascii_lowercase();
        let told = || TELLING.iter().find(|(word, _)| lower.contains(word)).map(|(_, kind)| *kind);
        self.known.get(&lower).copied().or_else(|| if self.may_tell && !is_about(name) { told() } else { None })
    }
}

/// Whether the last word of a name, in snake or camel case, is one of `ABOUT`.
fn is_about(name: &str) -> bool {
    let start = name.rfind(['_', '-', '.', ' ']).map_or(0, |at| at + 1);
    let last = name.get(start..).unwrap_or_default();
    let camel = last.rfind(|letter: char| letter.is_ascii_uppercase()).filter(|_| last.contains(char::is_lowercase));
    let word = last.get(camel.unwrap_or(0)..).unwrap_or_default();
    word.len() < name.len() && ABOUT.iter().any(|about| word.eq_ignore_ascii_case(about))
}

/// The roles of fields: those of one dialect, where a request says which, and those of the state before the first step.
pub(crate) struct Roles {
    dialects: Vec<(String, FieldKinds)>,
    all: FieldKinds,
    state: FieldKinds,
}

impl Roles {
    pub(crate) fn new(dialects: &[Mounted]) -> Self {
        let named = |mounted: &Mounted| -> Vec<(String, Kind)> {
            mounted.roles.iter().filter_map(|told| Some((told.field.clone(), kind_of(&told.role)?))).collect()
        };
        let prefix = |mounted: &Mounted| match &mounted.prefix {
            Some(prefix) => format!("{}/", prefix.trim_end_matches('/')),
            None => format!("/{}/", mounted.dialect),
        };
        let all: Vec<(String, Kind)> = dialects.iter().flat_map(named).collect();
        let of_state = all.iter().cloned().chain(OF_STATE.map(|(name, kind)| (name.to_owned(), kind)));
        let of_dialect = |mounted| (prefix(mounted), FieldKinds::of(named(mounted), true));
        Self {
            dialects: dialects.iter().map(of_dialect).collect(),
            state: FieldKinds::of(of_state, false),
            all: FieldKinds::of(all, true),
        }
    }

    /// Of a request: those of its dialect, else of all.
    pub(crate) fn at(&self, target: &str) -> &FieldKinds {
        let own = self.dialects.iter().find(|(prefix, _)| target.starts_with(prefix.as_str()));
        own.map_or(&self.all, |(_, kinds)| kinds)
    }

    pub(crate) fn of_state(&self) -> &FieldKinds {
        &self.state
    }

    /// The names that the state knows.
    pub(crate) fn words(&self) -> impl Iterator<Item = &String> {
        self.state.known.keys()
    }
}

fn kind_of(role: &Role) -> Option<Kind> {
    match role {
        Role::Secret => Some(Kind::Password),
        Role::Token | Role::SignedToken(_) => Some(Kind::Token),
        Role::Email => Some(Kind::Email),
        Role::Address => Some(Kind::NetworkAddress),
        Role::Captcha(_) | Role::MailedCode(_) => Some(Kind::Code),
        // Where a slider stood says nothing about anybody.
        Role::Slider(_) | Role::Volatile(_) => None,
    }
}
