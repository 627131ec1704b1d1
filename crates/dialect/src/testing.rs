//! What dialects share when they seed a fixture's accounts (fixtures.md section 2).

use dragoman_accounts::{Accounts, ImportedAccount, ImportedPassword, NewEmail, Realm, Role, clock::Timestamp};
use dragoman_passwords::Secret;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// One account of a fixture's `given`. A member left out has the dialect's default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SeededAccount {
    /// Its number in the dialect.
    pub id: Option<i64>,
    /// Login name.
    pub username: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Plain password.
    pub password: Option<String>,
    /// medusa `show_name`, php `nickname`.
    pub display_name: Option<String>,
    /// proxy `description`, v1 `sign`.
    pub bio: Option<String>,
    /// As the dialect shows it.
    pub avatar: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: SeededDate,
    /// What it may do.
    pub role: Option<SeededRole>,
    /// Cannot log in; `null`, as an old database may have it, is not locked (proxy, POST /login).
    #[serde(default, deserialize_with = "null_is_false")]
    pub locked: bool,
    /// A live session token.
    pub token: Option<String>,
    /// The dialect's own members, see [`SeededAccount::own`].
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl SeededAccount {
    /// Reads one element of `given.accounts`.
    ///
    /// # Errors
    /// A reason for the 422.
    pub fn parse(account: &Value) -> Result<Self, String> {
        Self::deserialize(account).map_err(|error| format!("account {account}: {error}"))
    }

    /// The dialect's own members as its type, which must have `#[serde(deny_unknown_fields)]`.
    ///
    /// # Errors
    /// A reason for the 422, naming an unknown member.
    pub fn own<T: DeserializeOwned>(&self) -> Result<T, String> {
        T::deserialize(&self.others).map_err(|error| format!("account {:?}: {error}", self.username))
    }

    /// For a dialect without members of its own (proxy).
    ///
    /// # Errors
    /// A reason for the 422, naming an unknown member.
    pub fn refuse_others(&self) -> Result<(), String> {
        match self.others.keys().next() {
            Some(name) => Err(format!("account {:?}: unknown member `{name}`", self.username)),
            None => Ok(()),
        }
    }

    /// What `role` means to every dialect but v1, which has numbers.
    ///
    /// # Errors
    /// A reason for the 422.
    pub fn role(&self) -> Result<Role, String> {
        match self.role {
            None | Some(SeededRole::User) => Ok(Role::User),
            Some(SeededRole::Admin) => Ok(Role::Administrator),
            Some(SeededRole::SuperAdmin) => Ok(Role::SuperAdministrator),
            Some(SeededRole::Number(number)) => Err(format!("account {:?}: role {number} is v1's", self.username)),
        }
    }

    /// The common members as the domain takes them over: an ordinary user without facet or session, over which the dialect
    /// lays what is its own. `proven`: whether its addresses are proven ones (one-domain.md E2).
    ///
    /// # Errors
    /// A reason for the 422.
    pub fn imported(&self, now: Timestamp, proven: bool) -> Result<ImportedAccount, String> {
        let password = self.password.as_deref();
        Ok(ImportedAccount {
            id: self.id,
            uuid: None,
            username: self.username.clone().ok_or("an account has no username")?,
            email: self.email.clone().map(|address| NewEmail { address, verified: proven }),
            address_logs_in: true,
            password: password
                .map_or(ImportedPassword::None, |password| ImportedPassword::Plain(Secret::new(password))),
            role: Role::User,
            locked: self.locked,
            display_name: self.display_name.clone(),
            bio: self.bio.clone(),
            created_at: match self.created_at {
                SeededDate::LeftOut => Some(now),
                SeededDate::Unknown => None,
                SeededDate::At(millis) => Some(Timestamp::from_millis(millis)),
            },
            facet: None,
            session: None,
        })
    }
}

/// Takes a seeded account over.
///
/// # Errors
/// A reason for the 422, naming the account.
pub async fn seed(accounts: &Accounts, realm: &Realm, imported: ImportedAccount) -> Result<(), String> {
    let username = imported.username.clone();
    let made = accounts.import(realm, imported).await;
    made.map(drop).map_err(|error| format!("account {username:?}: {error}"))
}

/// For a dialect without tables to seed.
///
/// # Errors
/// A reason for the 422, naming the table.
pub fn refuse_rows(rows: &Map<String, Value>) -> Result<(), String> {
    rows.keys().next().map_or(Ok(()), |table| Err(format!("rows: there is no table `{table}`")))
}

/// `created_at`, where left out and `null` differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SeededDate {
    /// Left out: the dialect's default.
    #[default]
    LeftOut,
    /// `null`: not known.
    Unknown,
    /// Unix milliseconds.
    At(i64),
}

impl<'de> Deserialize<'de> for SeededDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(Self::Unknown),
            Some(text) => rfc3339_milliseconds(&text).map(Self::At).map_err(D::Error::custom),
        }
    }
}

fn null_is_false<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `role`: a name, or v1's number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum SeededRole {
    /// `user`.
    User,
    /// `admin`.
    Admin,
    /// `super_admin`.
    SuperAdmin,
    /// v1's 0 to 3.
    Number(u8),
}

impl TryFrom<Value> for SeededRole {
    type Error = String;

    fn try_from(role: Value) -> Result<Self, String> {
        match &role {
            Value::String(name) if name == "user" => Ok(Self::User),
            Value::String(name) if name == "admin" => Ok(Self::Admin),
            Value::String(name) if name == "super_admin" => Ok(Self::SuperAdmin),
            _ => match role.as_u64().and_then(|number| u8::try_from(number).ok()) {
                Some(number @ 0..=3) => Ok(Self::Number(number)),
                _ => Err(format!("role {role} is none of user, admin, super_admin, 0 to 3")),
            },
        }
    }
}

/// An RFC 3339 date and time as Unix milliseconds.
///
/// # Errors
/// A plain reason.
pub fn rfc3339_milliseconds(text: &str) -> Result<i64, String> {
    match text.parse::<jiff::Timestamp>() {
        Ok(instant) => Ok(instant.as_millisecond()),
        Err(error) => Err(format!("`{text}` is not an RFC 3339 date: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct FrpMembers {
        group: Option<String>,
        traffic: Option<i64>,
        qq: Option<String>,
    }

    #[test]
    fn common_and_own_members_are_told_apart() {
        let account = SeededAccount::parse(&json!({
            "id": 7, "username": "alice", "traffic": 4096, "group": "vip1", "created_at": "2022-08-20T12:53:20Z",
        }))
        .unwrap();
        assert_eq!((account.id, account.username.as_deref(), account.email.as_deref()), (Some(7), Some("alice"), None));
        assert_eq!(account.created_at, SeededDate::At(1_661_000_000_000));
        let own: FrpMembers = account.own().unwrap();
        assert_eq!(own, FrpMembers { group: Some("vip1".to_owned()), traffic: Some(4096), qq: None });
        assert!(account.refuse_others().unwrap_err().contains("traffic"));
    }

    #[test]
    fn numbers_survive_from_text_too() {
        let text = r#"{"id": 987654, "traffic": 5, "role": 2}"#;
        let account: SeededAccount = serde_json::from_str(text).unwrap();
        assert_eq!((account.id, account.role.clone()), (Some(987_654), Some(SeededRole::Number(2))));
        assert_eq!(account.own::<FrpMembers>().unwrap().traffic, Some(5));
    }

    #[test]
    fn unknown_members_are_refused_by_the_dialect() {
        let account = SeededAccount::parse(&json!({"username": "a", "trafic": 1})).unwrap();
        assert!(account.own::<FrpMembers>().unwrap_err().contains("trafic"));
    }

    #[test]
    fn an_unknown_lock_is_none() {
        let locked = |account| SeededAccount::parse(&account).unwrap().locked;
        assert!(!locked(json!({"username": "ann"})) && !locked(json!({"username": "ann", "locked": null})));
        assert!(locked(json!({"username": "ann", "locked": true})));
    }

    #[test]
    fn no_date_is_not_an_unknown_date() {
        let date = |account: Value| SeededAccount::parse(&account).map(|account| account.created_at);
        assert_eq!(date(json!({})), Ok(SeededDate::LeftOut));
        assert_eq!(date(json!({"created_at": null})), Ok(SeededDate::Unknown));
        assert_eq!(date(json!({"created_at": "1970-01-01T08:00:00.5+08:00"})), Ok(SeededDate::At(500)));
        assert!(date(json!({"created_at": "yesterday"})).unwrap_err().contains("yesterday"));
    }

    #[test]
    fn roles() {
        let role = |role: Value| SeededAccount::parse(&json!({ "role": role })).map(|account| account.role);
        assert_eq!(role(json!("super_admin")), Ok(Some(SeededRole::SuperAdmin)));
        assert_eq!(role(json!(0)), Ok(Some(SeededRole::Number(0))));
        assert!(role(json!(4)).is_err());
        assert!(role(json!("root")).is_err());
    }
}
