//! What frp's fields are for, for readers of recordings (contract 7 and 8).

use dragoman_dialect::{FieldRole, Puzzle, Role};

pub(crate) const FIELD_ROLES: &[FieldRole] = &[
    FieldRole::secret("password"),
    FieldRole::secret("confirm_password"),
    FieldRole::secret("old_password"),
    FieldRole::secret("new_password"),
    FieldRole::email("email"),
    FieldRole::token("token"),
    FieldRole {
        field: "verify",
        role: Role::MailedCode(Puzzle {
            issued_by: "/users/send", bound_to: Some("email"), refused: "验证码不正确"
        }),
    },
];
