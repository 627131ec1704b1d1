//! What php's fields are for, for readers of recordings (contract 3 and 4).

use dragoman_dialect::{FieldRole, Puzzle, Role};

pub(crate) const FIELD_ROLES: &[FieldRole] = &[
    FieldRole::secret("password"),
    FieldRole::secret("oldPwd"),
    FieldRole::secret("newPwd"),
    FieldRole::secret("newPwd_Confirm"),
    FieldRole::token("login_token"),
    FieldRole::email("email"),
    FieldRole {
        field: "captcha",
        role: Role::Captcha(Puzzle { issued_by: "/captcha.php", bound_to: None, refused: "验证码错误" }),
    },
];
