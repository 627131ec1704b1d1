//! What v1's fields are for, for readers of recordings (contract 3, 8 and 10).

use dragoman_dialect::{FieldRole, Puzzle, Role};

/// The original's tokens are JWTs, the gateway's are not: clients look at neither (contract 2).
const TOKEN: Role = Role::VolatileText("[!-~]{16,}");

pub(crate) const FIELD_ROLES: &[FieldRole] = &[
    FieldRole::secret("password"),
    FieldRole::secret("reenteredPassword"),
    FieldRole::email("email"),
    FieldRole::token("token"),
    FieldRole::token("access_token"),
    FieldRole::token("refresh_token"),
    FieldRole {
        field: "x",
        role: Role::Slider(Puzzle {
            issued_by: "/captcha/get", bound_to: Some("email"), refused: "请求参数有误"
        }),
    },
    FieldRole {
        field: "code",
        role: Role::MailedCode(Puzzle {
            issued_by: "/user/code/email",
            bound_to: Some("email"),
            refused: "邮箱验证码错误",
        }),
    },
    FieldRole { field: "token", role: TOKEN },
    FieldRole { field: "access_token", role: TOKEN },
    FieldRole { field: "refresh_token", role: TOKEN },
    FieldRole { field: "y", role: Role::VolatileNumber(20, 89) },
];
