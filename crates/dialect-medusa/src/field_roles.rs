//! What medusa's fields are for, for readers of recordings (contract 2.2 and 3).

use dragoman_dialect::{FieldRole, Puzzle, Role};

pub(crate) const FIELD_ROLES: &[FieldRole] = &[
    FieldRole::secret("passwd"),
    FieldRole::secret("new_passwd"),
    FieldRole::secret("old_passwd"),
    FieldRole::secret("key"),
    FieldRole::secret("forget_password_key"),
    FieldRole::email("email"),
    FieldRole::token("token"),
    FieldRole::token("verification_code_key"),
    FieldRole {
        field: "verification_code",
        role: Role::Captcha(Puzzle {
            issued_by: "/get_verification_code/",
            bound_to: Some("verification_code_key"),
            refused: "验证码错误或者过期",
        }),
    },
];
