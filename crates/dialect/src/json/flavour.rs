//! What distinguishes one framework's JSON from another's.

use serde::{Deserialize, Serialize};

/// How one old framework wrote JSON. Each dialect picks one constructor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonFlavour {
    pub(super) spacing: Spacing,
    /// Members sorted by name at every level, also those of structs.
    pub(super) sorted: bool,
    /// Fractions as Python's `repr` writes them.
    pub(super) python_numbers: bool,
    pub(super) final_newline: bool,
    pub(super) escapes: Escapes,
}

/// The two layouts a Flask server had: with debug off and with debug on (proxy 1.4, D18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// No blanks at all.
    #[default]
    Compact,
    /// Two blanks a level, and a blank after each comma before the line break.
    Indented,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    Compact,
    Spaced,
    Indented,
}

/// Which characters are escaped beyond those JSON itself asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Escapes {
    /// Characters above this one are written `\uXXXX`.
    pub(super) last_raw: char,
    /// Written `\uXXXX` as well.
    pub(super) also: &'static [char],
    /// Backspace and form feed as `\b` and `\f`, not `\u0008` and `\u000c`.
    pub(super) short_controls: bool,
    /// The bytes that are, or may begin, a character that is escaped: most of a text is told apart by this alone. `/` is written `\/`.
    bytes: [bool; 256],
}

const NO_ESCAPES: Escapes = Escapes::of(char::MAX, &[], false, true);
const HTML: &[char] = &['<', '>', '&', '\''];
/// Python's `ensure_ascii` escapes U+007F too.
const PYTHON_ASCII: Escapes = Escapes::of('~', &[], false, true);

impl JsonFlavour {
    /// Flask 1.1 (proxy 1.4): sorted, ASCII, a final line break.
    pub const fn flask(layout: Layout) -> Self {
        let spacing = match layout {
            Layout::Compact => Spacing::Compact,
            Layout::Indented => Spacing::Indented,
        };
        Self { spacing, sorted: true, python_numbers: true, final_newline: true, escapes: PYTHON_ASCII }
    }

    /// The same for values whose members are declared in sorted order already: nothing is sorted, which saves a copy.
    pub const fn in_given_order(self) -> Self {
        Self { sorted: false, ..self }
    }

    /// Django's `JsonResponse` (medusa 1.3): ASCII, a blank after `:` and `,`, members as given.
    pub const fn django() -> Self {
        Self {
            spacing: Spacing::Spaced,
            sorted: false,
            python_numbers: true,
            final_newline: false,
            escapes: PYTHON_ASCII,
        }
    }

    /// The gateway's PHP (php 2.4, 2.5): compact. `ascii_and_slash`: everything above U+007F escaped, and `/` as `\/`.
    /// `html`: `<`, `>`, `&` and `'` escaped, for answers sent as `text/html`.
    pub const fn php(ascii_and_slash: bool, html: bool) -> Self {
        // Each made at compile time: a table is dear to make.
        Self::compact(match (ascii_and_slash, html) {
            (true, true) => const { Escapes::of('\u{7f}', HTML, true, true) },
            (true, false) => const { Escapes::of('\u{7f}', &[], true, true) },
            (false, true) => const { Escapes::of(char::MAX, HTML, false, true) },
            (false, false) => const { Escapes::of(char::MAX, &[], false, true) },
        })
    }

    /// frp 3.2: compact, raw UTF-8, nothing escaped that need not be.
    pub const fn frp() -> Self {
        Self::compact(NO_ESCAPES)
    }

    /// Go's `encoding/json` (v1 2): compact, raw UTF-8, characters that HTML or JavaScript might misread escaped.
    /// Before Go 1.22, so of v1's time, it had no short escapes for backspace and form feed.
    pub const fn go() -> Self {
        Self::compact(const { Escapes::of(char::MAX, &['<', '>', '&', '\u{2028}', '\u{2029}'], false, false) })
    }

    const fn compact(escapes: Escapes) -> Self {
        Self { spacing: Spacing::Compact, sorted: false, python_numbers: false, final_newline: false, escapes }
    }
}

impl Escapes {
    #[expect(clippy::indexing_slicing, reason = "at compile time, where nothing else is possible")]
    const fn of(last_raw: char, also: &'static [char], solidus: bool, short_controls: bool) -> Self {
        let mut bytes = [false; 256];
        bytes['/' as usize] = solidus;
        let mut left = also;
        while let [character, rest @ ..] = left {
            if character.is_ascii() {
                bytes[*character as usize] = true;
            }
            left = rest;
        }
        let mut code = last_raw as usize + 1;
        while code < 128 {
            bytes[code] = true;
            code += 1;
        }
        code = 128;
        while code < bytes.len() {
            bytes[code] = last_raw as u32 != char::MAX as u32 || !also.is_empty();
            code += 1;
        }
        Self { last_raw, also, short_controls, bytes }
    }

    /// Where the first character stands that is escaped beyond those JSON itself asks for.
    pub(super) fn first_in(&self, text: &str) -> Option<usize> {
        let mut from = 0;
        loop {
            let found = text.get(from..)?.bytes().position(|byte| self.may_touch(byte))?;
            let at = from + found;
            let character = text.get(at..)?.chars().next()?;
            if self.touch(character) {
                return Some(at);
            }
            from = at + character.len_utf8();
        }
    }

    fn may_touch(&self, byte: u8) -> bool {
        self.bytes.get(usize::from(byte)).copied().unwrap_or(true)
    }

    /// Whether a character is escaped beyond those JSON itself asks for.
    pub(super) fn touch(&self, character: char) -> bool {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => self.may_touch(byte),
            _ => self.touch_beyond_ascii(character),
        }
    }

    fn touch_beyond_ascii(&self, character: char) -> bool {
        character > self.last_raw || self.also.contains(&character)
    }
}
