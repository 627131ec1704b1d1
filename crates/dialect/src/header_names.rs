//! The names of an answer's headers as an old server wrote them: letter case and order. HTTP does not care, clients do that
//! look for the exact text (last sections of the contracts).

/// Names in the order in which they leave. A header of another name follows them, its words in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderNames(&'static [&'static str]);

impl HeaderNames {
    /// No order, no spelling of its own: the server's own answers.
    pub const USUAL: Self = Self(&[]);

    /// The names as they are written, in order.
    pub const fn new(names: &'static [&'static str]) -> Self {
        Self(names)
    }

    /// The place of a header in an answer, and its spelling if there is one.
    pub fn find(self, name: &[u8]) -> (usize, Option<&'static str>) {
        let is_same = |own: &str| own.len() == name.len() && own.as_bytes().eq_ignore_ascii_case(name);
        match self.0.iter().position(|own| is_same(own)) {
            Some(place) => (place, self.0.get(place).copied()),
            None => (self.0.len(), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_letter_case() {
        let names = HeaderNames::new(&["Content-Type", "VerificationCodeKey"]);
        assert_eq!(names.find(b"verificationcodekey"), (1, Some("VerificationCodeKey")));
        assert_eq!(names.find(b"content-length"), (2, None));
        assert_eq!(HeaderNames::USUAL.find(b"date"), (0, None));
    }
}
