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
    /// `/` as `\/`.
    pub(super) solidus: bool,
    /// Backspace and form feed as `\b` and `\f`, not `\u0008` and `\u000c`.
    pub(super) short_controls: bool,
}

const NO_ESCAPES: Escapes = Escapes { last_raw: char::MAX, also: &[], solidus: false, short_controls: true };
/// Python's `ensure_ascii` escapes U+007F too.
const PYTHON_ASCII: Escapes = Escapes { last_raw: '~', ..NO_ESCAPES };

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
        let last_raw = if ascii_and_slash { '\u{7f}' } else { char::MAX };
        let also: &[char] = if html { &['<', '>', '&', '\''] } else { &[] };
        Self::compact(Escapes { last_raw, also, solidus: ascii_and_slash, ..NO_ESCAPES })
    }

    /// frp 3.2: compact, raw UTF-8, nothing escaped that need not be.
    pub const fn frp() -> Self {
        Self::compact(NO_ESCAPES)
    }

    /// Go's `encoding/json` (v1 2): compact, raw UTF-8, characters that HTML or JavaScript might misread escaped.
    /// Before Go 1.22, so of v1's time, it had no short escapes for backspace and form feed.
    pub const fn go() -> Self {
        Self::compact(Escapes { also: &['<', '>', '&', '\u{2028}', '\u{2029}'], short_controls: false, ..NO_ESCAPES })
    }

    const fn compact(escapes: Escapes) -> Self {
        Self { spacing: Spacing::Compact, sorted: false, python_numbers: false, final_newline: false, escapes }
    }
}

impl Escapes {
    pub(super) fn touch(&self, character: char) -> bool {
        character > self.last_raw || (character == '/' && self.solidus) || self.also.contains(&character)
    }
}
