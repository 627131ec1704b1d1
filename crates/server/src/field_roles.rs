//! The dialects' field roles as those who read recordings take them.

use dragoman_dialect::{FieldRole, Puzzle, Role};
use dragoman_fixtures as fixtures;
use serde_json::json;

use crate::REGISTRY;

/// A dialect as readers of recordings know it; `prefix`: where it was mounted, if that is not its name.
pub fn mounted(dialect: &str, prefix: Option<&str>) -> Option<fixtures::Mounted> {
    let registered = REGISTRY.iter().find(|registered| registered.name == dialect)?;
    Some(fixtures::Mounted {
        dialect: dialect.to_owned(),
        prefix: prefix.map(str::to_owned),
        namespaces: registered.namespaces.iter().map(|space| (*space).to_owned()).collect(),
        roles: registered.field_roles.iter().map(of_recordings).collect(),
    })
}

/// One role, for an import of recordings.
pub(crate) fn of_recordings(told: &FieldRole) -> fixtures::FieldRole {
    let role = match told.role {
        Role::Secret => fixtures::Role::Secret,
        Role::Token => fixtures::Role::Token,
        Role::SignedToken(key) => fixtures::Role::SignedToken(key.to_owned()),
        Role::Email => fixtures::Role::Email,
        Role::Address => fixtures::Role::Address,
        Role::Captcha(puzzle) => fixtures::Role::Captcha(of_puzzle(puzzle)),
        Role::MailedCode(puzzle) => fixtures::Role::MailedCode(of_puzzle(puzzle)),
        Role::Slider(puzzle) => fixtures::Role::Slider(of_puzzle(puzzle)),
        Role::VolatileText(regex) => fixtures::Role::Volatile(json!({ "regex": regex })),
        Role::VolatileNumber(low, high) => fixtures::Role::Volatile(json!({ "integer": [low, high] })),
    };
    fixtures::FieldRole { field: told.field.to_owned(), role }
}

fn of_puzzle(puzzle: Puzzle) -> fixtures::Puzzle {
    fixtures::Puzzle {
        issued_by: puzzle.issued_by.to_owned(),
        bound_to: puzzle.bound_to.map(str::to_owned),
        refused: puzzle.refused.to_owned(),
    }
}
