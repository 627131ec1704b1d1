//! What the gateway holds against what the source says, field by field.

use dragoman_accounts::{ForeignAccount, HeldAccount, ImportedPassword, address::is_acceptable};

use crate::plan_file::{Action, Line};

/// The fields in which a held account is not what its row says.
pub(crate) fn differences(line: &Line, foreign: &ForeignAccount, held: Option<&HeldAccount>) -> Vec<String> {
    let Some(held) = held else { return vec!["the gateway does not have it".to_owned()] };
    let mut differences = Vec::new();
    let mut differs = |field: &str, is_right: bool| {
        if !is_right {
            differences.push(format!("its {field} is not what the source says"));
        }
    };
    let old = &foreign.account;
    differs("number", old.id.is_none_or(|id| id == held.id));
    if line.action == Action::Bury {
        differs("deletion", held.account.is_none());
        return differences;
    }
    let Some(account) = &held.account else {
        differences.push("it was deleted since".to_owned());
        return differences;
    };
    let username = line.username.as_ref().unwrap_or(&old.username);
    let shown = held.username.as_ref();
    differs("name", held.merged || shown.is_some_and(|(name, _)| name == username));
    differs("name (it leads to somebody else)", shown.is_some_and(|(_, leads_here)| *leads_here));
    if held.merged {
        return differences;
    }
    let address = old.email.as_ref().map(|email| email.address.as_str());
    differs("address", account.email.as_deref() == address);
    let may_log_in = |address: &str| {
        old.address_logs_in && !line.address_only_shown && !address.is_empty() && is_acceptable(address)
    };
    let logs_in = address.filter(|address| may_log_in(address));
    differs("login by address", logs_in.is_none_or(|address| held.addresses.iter().any(|held| held == address)));
    differs("role", account.role == old.role);
    differs("lock", account.locked == old.locked);
    differs("display name", account.display_name == old.display_name);
    differs("description", account.bio == old.bio);
    differs("date of creation", account.created_at == old.created_at);
    differs("uuid", old.uuid.as_ref().is_none_or(|uuid| *uuid == account.uuid));
    differs("own part of the dialect", old.facet.as_ref().is_none_or(|(_, body)| held.facet.as_ref() == Some(body)));
    differs("live session", held.live_tokens.iter().all(|live| *live));
    differs("password", password_is_kept(&old.password, &held.credentials));
    differences
}

/// Each verifier is there, as it was, sealed or wrapped; or a login has put a hash of the gateway's own in its place.
fn password_is_kept(old: &ImportedPassword, held: &[(String, String)]) -> bool {
    let ImportedPassword::Verifiers(verifiers) = old else { return true };
    let upgraded = held.iter().any(|(view, text)| view == "plain" && text.starts_with("{native}"));
    upgraded
        || verifiers.iter().all(|(view, scheme)| {
            let stored = held.iter().find(|(name, _)| name == view.name());
            stored.is_some_and(|(_, text)| scheme.is_weak() || *text == scheme.to_string())
        })
}
