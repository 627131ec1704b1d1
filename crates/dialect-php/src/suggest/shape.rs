//! What a single value looks like.

/// The kind of text that a value is. Nothing of the value itself is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// 32 hex digits that are no random uuid.
    Md5,
    /// `$2y$10$...`
    Bcrypt,
    /// A hash that the mapping has no word for: other `$...$`, SHA digests.
    OtherHash,
    /// A uuid, with hyphens or without.
    Uuid,
    Email,
    /// `2020-06-01 09:00:00`, or the zero date.
    Moment,
    /// Whole seconds between 2001 and 2100.
    UnixSeconds,
    /// The same in milliseconds.
    UnixMillis,
    Number,
    Text,
}

impl Shape {
    pub fn of(text: &str) -> Self {
        match text.len() {
            32 if is_hex(text) => return if is_random_uuid(text) { Self::Uuid } else { Self::Md5 },
            40 | 56 | 64 | 96 | 128 if is_hex(text) => return Self::OtherHash,
            60 if text.starts_with("$2") => return Self::Bcrypt,
            36 if is_hyphened_uuid(text) => return Self::Uuid,
            _ => {}
        }
        if text.len() > 20 && text.starts_with('$') && text.get(1..).is_some_and(|rest| rest.contains('$')) {
            return Self::OtherHash;
        }
        if let Ok(number) = text.parse::<i64>() {
            return match number {
                978_307_200..=4_102_444_800 => Self::UnixSeconds,
                978_307_200_000..=4_102_444_800_000 => Self::UnixMillis,
                _ => Self::Number,
            };
        }
        if is_email(text) {
            Self::Email
        } else if is_moment(text) {
            Self::Moment
        } else {
            Self::Text
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Version 4 of the known variant: one MD5 of 64 looks like that as well, so a column decides by most of its values.
fn is_random_uuid(digits: &str) -> bool {
    let at = |place: usize| digits.as_bytes().get(place).map(u8::to_ascii_lowercase);
    at(12) == Some(b'4') && matches!(at(16), Some(b'8' | b'9' | b'a' | b'b'))
}

fn is_hyphened_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.split('-').all(is_hex)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    !local.is_empty() && domain.contains('.') && !text.contains([' ', ','])
}

fn is_moment(text: &str) -> bool {
    let form: String = text.chars().take(10).map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect();
    form == "0000-00-00" || form == "0000/00/00"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_form() {
        for (text, shape) in [
            ("96e79218965eb72c92a549dd5a330112", Shape::Md5),
            ("7e83ca2a65d6490a809c8570c6c905a9", Shape::Uuid),
            ("2f22765d-0493-4a07-8909-145ca628d226", Shape::Uuid),
            ("$2y$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6", Shape::Bcrypt),
            ("$argon2id$v=19$m=65536,t=4,p=1$abc$def", Shape::OtherHash),
            ("a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", Shape::OtherHash),
            ("ann@example.org", Shape::Email),
            ("0000-00-00 00:00:00", Shape::Moment),
            ("2020-06-01 09:00:00", Shape::Moment),
            ("1577836800", Shape::UnixSeconds),
            ("1577836800000", Shape::UnixMillis),
            ("1", Shape::Number),
            ("*locked*", Shape::Text),
            ("密码", Shape::Text),
        ] {
            assert_eq!(Shape::of(text), shape, "{text}");
        }
    }
}
