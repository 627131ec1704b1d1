//! The old tables (`legacy-databases/medusa/schema.md`): `UserInfo`, and `Config` for the settings. Logs hold plain passwords;
//! they and everything else are not read.

use std::error::Error;

use dragoman_accounts::{
    EachForeign, Foreign, ForeignAccount, ForeignOptions, ForeignPart, ImportedAccount, ImportedPassword, NewEmail,
    clock::Timestamp,
};
use dragoman_dialect::Facet;
use dragoman_legacy::{Fields, Source, Table, ValueError, foreign_table};
use dragoman_passwords::{Origin, Scheme, View};

use crate::{
    Mount,
    member::{DEFAULT_AVATAR, MedusaFacet},
};

const USERS: &str = "UserInfo";
const CONFIG: &str = "Config";

/// A SQLite file names its columns.
pub fn tables() -> Vec<Table> {
    Vec::new()
}

/// Reads `Medusa.db`.
///
/// # Errors
/// A sentence for the operator.
pub fn read(source: &mut Source, _options: &ForeignOptions, each: &mut EachForeign<'_>) -> Result<(), String> {
    let tables = source.tables().map_err(|error| error.to_string())?;
    if !tables.iter().any(|table| table.is_called(USERS)) {
        return Err(format!("there is no table `{USERS}`: is this Medusa.db?"));
    }
    let result = source.read_known(&[USERS, CONFIG], &mut |row| {
        let is_config = row.table().name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(CONFIG));
        let fields = Fields::of(row);
        let found = if is_config { config(fields) } else { user(fields).map(|found| vec![found]) };
        Ok(match found {
            Ok(found) => found.into_iter().try_for_each(&mut *each),
            Err(error) => each(Foreign::unreadable(&error.of_row()?)),
        })
    });
    result.map_err(|error| foreign_table(error, "Medusa's"))
}

fn user(mut row: Fields<'_>) -> Result<Foreign, ValueError> {
    let place = row.place();
    let Some(id) = row.integer("id")? else { return Ok(Foreign::wrong(place, "it has no id")) };
    let avatar = row.find_text("avatar")?.filter(|name| !name.is_empty()).unwrap_or_else(|| DEFAULT_AVATAR.to_owned());
    let pictures = (avatar != DEFAULT_AVATAR).then(|| avatar.clone()).into_iter().collect();
    let facet = MedusaFacet { key: row.text("key")?.unwrap_or_default(), avatar };
    let Ok(body) = facet.encode() else { return Ok(Foreign::wrong(place, "its key cannot be kept")) };
    let (password, needs_reset) = match Scheme::read(Origin::Md5, &row.text("passwd")?.unwrap_or_default()) {
        Ok(scheme) => (ImportedPassword::Verifiers(vec![(View::Plain, scheme)]), None),
        Err(error) => (ImportedPassword::None, Some(format!("its password hash: {error}"))),
    };
    let token = row.find_text("token")?.filter(|token| !token.is_empty());
    let seconds = row.integer("creation_time")?;
    let account = ImportedAccount {
        id: Some(id),
        // Never proven (one-domain.md E2).
        email: row.text("email")?.map(|address| NewEmail { address, verified: false }),
        display_name: row.text("show_name")?,
        created_at: seconds.and_then(|seconds| seconds.checked_mul(1_000)).map(Timestamp::from_millis),
        facet: Some((MedusaFacet::NAME, body)),
        session: token.map(Mount::new_session),
        password,
        ..ImportedAccount::named(row.text("name")?.unwrap_or_default())
    };
    let notes = row.into_notes();
    let user = ForeignAccount { needs_reset, pictures, notes, ..ForeignAccount::new(id.to_string(), place, account) };
    Ok(Foreign::Account(Box::new(user)))
}

/// What the neutral source may say of an account here.
pub const NEUTRAL_MEMBERS: &[&str] = &["medusa.key", "medusa.avatar"];

/// Its key and picture out of those. Without a key it is as an account of another dialect, and gets one at its first login.
///
/// # Errors
/// A value that is none of its kind.
pub fn neutral_part(row: &mut Fields<'_>) -> Result<ForeignPart, Box<dyn Error>> {
    let avatar = row.find_text("medusa.avatar")?.filter(|name| !name.is_empty());
    let Some(key) = row.find_text("medusa.key")?.filter(|key| !key.is_empty()) else {
        return match avatar {
            None => Ok(ForeignPart::default()),
            Some(_) => Err("medusa.avatar without medusa.key".into()),
        };
    };
    let pictures = avatar.iter().filter(|name| *name != DEFAULT_AVATAR).cloned().collect();
    let facet = MedusaFacet { key, avatar: avatar.unwrap_or_else(|| DEFAULT_AVATAR.to_owned()) };
    Ok(ForeignPart { facet: Some((MedusaFacet::NAME, facet.encode()?)), pictures })
}

/// The four settings of the contract's section 1.8, out of a dictionary in Python notation.
fn config(mut row: Fields<'_>) -> Result<Vec<Foreign>, ValueError> {
    let data = row.find_text("data")?.unwrap_or_default();
    let place = row.place();
    let known = [
        ("registration_function_status", "registration_open", "whether the old server let people register"),
        ("forgot_password_function_status", "password_reset_open", "whether the old server reset passwords"),
        ("secret_key_required_for_account_registration", "registration_key", "clients send it when they register"),
        ("forget_password_key", "password_reset_key", "clients send it when they reset a password"),
    ];
    let mut found = Vec::new();
    for (old, key, reason) in known {
        match python_value(&data, old) {
            Some(value) => found.push(Foreign::Setting { key: key.to_owned(), value, reason }),
            None => {
                let what = format!("the old setting `{old}` was not found: `medusa.{key}` keeps its default");
                found.push(Foreign::Warning { place: place.clone(), what });
            }
        }
    }
    Ok(found)
}

/// The value of a key in a Python dictionary as text, if it is a boolean or a string: as TOML writes it.
fn python_value(text: &str, key: &str) -> Option<String> {
    let after = ['\'', '"'].iter().find_map(|quote| {
        let name = format!("{quote}{key}{quote}");
        text.find(&name).and_then(|at| text.get(at + name.len()..))
    })?;
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    if let Some(boolean) = [("True", "true"), ("False", "false")].iter().find(|(name, _)| value.starts_with(name)) {
        return Some(boolean.1.to_owned());
    }
    let quote = value.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let string = python_string(value.get(1..)?, quote)?;
    serde_json::to_string(&string).ok()
}

/// The text up to the closing quote; the escapes that `repr` writes.
fn python_string(text: &str, quote: char) -> Option<String> {
    let mut string = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => string.push(match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'x' => {
                    let digits: String = characters.by_ref().take(2).collect();
                    char::from(u8::from_str_radix(&digits, 16).ok()?)
                }
                other => other,
            }),
            character if character == quote => return Some(string),
            character => string.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_in_python_notation() {
        let data = r#"{'a': {'b': 1}, 'open': True, "closed":False, 'secret': 'it\'s "x" \\ \x07 密', 'other': None}"#;
        assert_eq!(python_value(data, "open").as_deref(), Some("true"));
        assert_eq!(python_value(data, "closed").as_deref(), Some("false"));
        assert_eq!(python_value(data, "secret").as_deref(), Some(r#""it's \"x\" \\ \u0007 密""#));
        assert_eq!(python_value(data, "other"), None);
        assert_eq!(python_value(data, "missing"), None);
        assert_eq!(python_value("{'open': 'unfinished", "open"), None);
    }
}
