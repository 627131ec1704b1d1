//! Who may change whom: the one place that decides it.

use crate::{AccountError, AccountNumber, Role};

/// On whose word an account is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The gateway's operator, who may do all but remove the last super administrator.
    Operator,
    /// An administrator on an account of a lower role (proxy section 7).
    Above(AccountNumber),
    /// An administrator on an account that has no higher role: the floor of all dialects (one-domain.md R2).
    NotBelow(AccountNumber),
}

impl Authority {
    /// Who acts, if it is an account.
    pub fn actor(self) -> Option<AccountNumber> {
        match self {
            Self::Operator => None,
            Self::Above(actor) | Self::NotBelow(actor) => Some(actor),
        }
    }

    /// Whether an actor of the given role may change a target of the given role. `None`: the actor is no live account.
    pub fn allows(self, actor: Option<Role>, target: Role) -> Result<(), AccountError> {
        let allowed = match (self, actor) {
            (Self::Operator, _) => true,
            (_, None) => false,
            (Self::Above(_), Some(actor)) => manages(actor, target),
            (Self::NotBelow(_), Some(actor)) => actor >= Role::Administrator && actor >= target,
        };
        if allowed { Ok(()) } else { Err(AccountError::Forbidden) }
    }
}

/// Whether a role manages another: 1 manages 2 and 3, 2 manages 3, in proxy's numbers.
pub fn manages(actor: Role, target: Role) -> bool {
    actor >= Role::Administrator && actor > target
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Administrator, SuperAdministrator, User};

    #[test]
    fn above_is_the_matrix_of_proxy_section_7() {
        let above = Authority::Above(AccountNumber(1));
        for (actor, target, allowed) in [
            (SuperAdministrator, SuperAdministrator, false),
            (SuperAdministrator, Administrator, true),
            (SuperAdministrator, User, true),
            (Administrator, SuperAdministrator, false),
            (Administrator, Administrator, false),
            (Administrator, User, true),
            (User, User, false),
            (User, Administrator, false),
        ] {
            assert_eq!(above.allows(Some(actor), target).is_ok(), allowed, "{actor:?} on {target:?}");
        }
        assert_eq!(above.allows(None, User), Err(AccountError::Forbidden));
    }

    #[test]
    fn the_floor_lets_equals_but_never_lower_roles_act() {
        let floor = Authority::NotBelow(AccountNumber(1));
        assert!(floor.allows(Some(SuperAdministrator), SuperAdministrator).is_ok());
        assert!(floor.allows(Some(Administrator), Administrator).is_ok());
        assert!(floor.allows(Some(Administrator), SuperAdministrator).is_err());
        assert!(floor.allows(Some(User), User).is_err());
    }
}
