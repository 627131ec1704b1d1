//! Character sets under the names MySQL gives them, with the meanings MySQL gives them.

use encoding_rs::{self as rs, Encoding};
use std::borrow::Cow;

/// A character set, by its MySQL name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    name: &'static str,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Utf8,
    Ascii,
    Binary,
    Table(&'static Encoding),
    Utf32,
    /// A file that does not say: UTF-8 where it is that, else latin1, the server's default.
    Unstated,
    Unknown,
}

/// MySQL's names. Its `latin1` is windows-1252 with the five holes as control characters, which is what the web means by it too.
const KNOWN: &[(&str, Form)] = &[
    ("utf8mb4", Form::Utf8),
    ("utf8mb3", Form::Utf8),
    ("utf8", Form::Utf8),
    ("binary", Form::Binary),
    ("ascii", Form::Ascii),
    ("latin1", Form::Table(rs::WINDOWS_1252)),
    ("gbk", Form::Table(rs::GBK)),
    ("gb2312", Form::Table(rs::GBK)),
    ("gb18030", Form::Table(rs::GB18030)),
    ("big5", Form::Table(rs::BIG5)),
    ("sjis", Form::Table(rs::SHIFT_JIS)),
    ("cp932", Form::Table(rs::SHIFT_JIS)),
    ("ujis", Form::Table(rs::EUC_JP)),
    ("eucjpms", Form::Table(rs::EUC_JP)),
    ("euckr", Form::Table(rs::EUC_KR)),
    ("latin2", Form::Table(rs::ISO_8859_2)),
    ("latin5", Form::Table(rs::WINDOWS_1254)),
    ("latin7", Form::Table(rs::ISO_8859_13)),
    ("greek", Form::Table(rs::ISO_8859_7)),
    ("hebrew", Form::Table(rs::ISO_8859_8)),
    ("cp1250", Form::Table(rs::WINDOWS_1250)),
    ("cp1251", Form::Table(rs::WINDOWS_1251)),
    ("cp1256", Form::Table(rs::WINDOWS_1256)),
    ("cp1257", Form::Table(rs::WINDOWS_1257)),
    ("koi8r", Form::Table(rs::KOI8_R)),
    ("koi8u", Form::Table(rs::KOI8_U)),
    ("cp866", Form::Table(rs::IBM866)),
    ("macroman", Form::Table(rs::MACINTOSH)),
    ("tis620", Form::Table(rs::WINDOWS_874)),
    ("ucs2", Form::Table(rs::UTF_16BE)),
    ("utf16", Form::Table(rs::UTF_16BE)),
    ("utf16le", Form::Table(rs::UTF_16LE)),
    ("utf32", Form::Utf32),
];

impl Default for Charset {
    fn default() -> Charset {
        Charset::utf8()
    }
}

impl Charset {
    /// utf8mb4.
    pub const fn utf8() -> Charset {
        Charset { name: "utf8mb4", form: Form::Utf8 }
    }

    /// That of a dump without SET NAMES.
    pub(crate) const fn unstated() -> Charset {
        Charset { name: "unstated", form: Form::Unstated }
    }

    /// No characters, only bytes.
    pub const fn binary() -> Charset {
        Charset { name: "binary", form: Form::Binary }
    }

    /// By MySQL's name, or by the name of one of its collations (`gbk_chinese_ci`). One that nobody knows decodes nothing.
    pub fn called(name: &str) -> Charset {
        let base = name.split('_').next().unwrap_or(name);
        KNOWN
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(base))
            .map_or(Charset { name: "unknown", form: Form::Unknown }, |(name, form)| Charset { name, form: *form })
    }

    /// Its MySQL name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The first bytes of its two-byte characters, where the second byte may be a backslash that escapes nothing.
    pub(crate) fn two_byte(self) -> Option<fn(u8) -> bool> {
        match self.name {
            "gbk" | "gb18030" | "big5" => Some(|byte| (0x81..=0xfe).contains(&byte)),
            "sjis" | "cp932" => Some(|byte| matches!(byte, 0x81..=0x9f | 0xe0..=0xfc)),
            _ => None,
        }
    }

    /// Whether it is `binary`.
    pub fn is_binary(self) -> bool {
        self.form == Form::Binary
    }

    /// The text of `bytes`, or `None` if they are no text in this character set. Of `binary`, what is UTF-8 counts as text.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self.form {
            Form::Utf8 | Form::Binary => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Form::Unstated => match std::str::from_utf8(bytes) {
                Ok(text) => Some(Cow::Borrowed(text)),
                Err(_) => rs::WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes),
            },
            Form::Ascii if bytes.is_ascii() => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Form::Table(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
            Form::Utf32 => utf32(bytes).map(Cow::Owned),
            Form::Ascii | Form::Unknown => None,
        }
    }
}

fn utf32(bytes: &[u8]) -> Option<String> {
    let (characters, rest) = bytes.as_chunks::<4>();
    let text = characters.iter().map(|character| char::from_u32(u32::from_be_bytes(*character))).collect();
    if rest.is_empty() { text } else { None }
}

#[cfg(test)]
mod tests {
    use super::Charset;

    #[test]
    fn texts_decode_as_mysql_means_them() {
        for (name, bytes, text) in [
            ("latin1", &b"\x80\x81\xe9"[..], Some("\u{20ac}\u{81}\u{e9}")),
            ("gbk", &b"\x95\x5c"[..], Some("\u{661e}")),
            ("gbk_chinese_ci", &b"\xd6\xd0"[..], Some("\u{4e2d}")),
            ("utf8mb3", "中".as_bytes(), Some("中")),
            ("utf8mb4", &b"\xff"[..], None),
            ("ascii", &b"\xc3\xa9"[..], None),
            ("utf32", &b"\x00\x00\x4e\x2d"[..], Some("中")),
            ("utf32", &b"\x00\x4e\x2d"[..], None),
            ("utf16", &b"\x4e\x2d"[..], Some("中")),
            ("klingon", &b"a"[..], None),
        ] {
            assert_eq!(Charset::called(name).decode(bytes).as_deref(), text, "{name}");
        }
    }
}
