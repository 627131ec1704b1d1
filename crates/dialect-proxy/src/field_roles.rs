//! What proxy's fields are for, for readers of recordings (contract 1 and 3).

use dragoman_dialect::{FieldRole, Role};

use crate::auth::LEGACY_KEY;

const AVATAR: Role = Role::VolatileText(r"http://www\.gravatar\.com/avatar/[0-9a-f]{32}\?s=256&d=[a-z]+");

pub(crate) const FIELD_ROLES: &[FieldRole] = &[
    FieldRole::secret("password"),
    FieldRole::secret("password1"),
    FieldRole::secret("oldpwd"),
    FieldRole::secret("newpwd"),
    FieldRole { field: "Authorization", role: Role::SignedToken(LEGACY_KEY) },
    FieldRole { field: "avatar", role: AVATAR },
    // `/upavatar` answers with it.
    FieldRole { field: "message", role: AVATAR },
];
