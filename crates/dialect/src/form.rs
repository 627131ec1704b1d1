//! `application/x-www-form-urlencoded`, in bodies and in query strings, and the fields of any form.

use percent_encoding::percent_decode;

/// The fields of a form in the order sent, undecided: which of several of one name counts, and what bytes that are not
/// UTF-8 mean, is the dialect's choice (frp 2.1, php 2.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A form had more fields than the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many fields")]
pub struct TooManyFields;

impl Fields {
    /// Reads a URL-encoded body or query string: `&` separates, `+` is a blank, `%XX` a byte, an incomplete escape stays
    /// as written, brackets are ordinary characters. (`form_urlencoded` does the same but loses what is not UTF-8.)
    ///
    /// # Errors
    /// [`TooManyFields`] if there are more than `most`, empty ones included, before any is read.
    pub fn parse(text: &[u8], most: usize) -> Result<Self, TooManyFields> {
        let pieces = || text.split(|byte| *byte == b'&');
        if pieces().take(most.saturating_add(1)).count() > most {
            return Err(TooManyFields);
        }
        let fields = pieces().filter(|piece| !piece.is_empty()).map(field).collect();
        Ok(Self { fields })
    }

    /// Adds a field behind the others.
    pub fn push(&mut self, name: Vec<u8>, value: Vec<u8>) {
        self.fields.push((name, value));
    }

    /// The first value of that name.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(field, _)| *field == name.as_bytes()).map(|(_, value)| value)
    }

    /// The last value of that name.
    pub fn last(&self, name: &str) -> Option<&[u8]> {
        self.iter().rfind(|(field, _)| *field == name.as_bytes()).map(|(_, value)| value)
    }

    /// All fields: names and values.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

fn field(piece: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (name, value) = match piece.iter().position(|byte| *byte == b'=') {
        Some(at) => piece.split_at(at),
        None => (piece, &[][..]),
    };
    (decode(name), decode(value.strip_prefix(b"=").unwrap_or(value)))
}

fn decode(encoded: &[u8]) -> Vec<u8> {
    let blanks: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&blanks).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Fields {
        Fields::parse(text.as_bytes(), 100).unwrap()
    }

    #[test]
    fn the_panels_bracketed_fields_are_ordinary_ones() {
        let fields = parse("0[username]=&0%5Bpassword%5D=&username=alice&password=secret");
        assert_eq!(fields.first("username"), Some(&b"alice"[..]));
        assert_eq!(fields.first("0[username]"), Some(&b""[..]));
        assert_eq!(fields.first("0[password]"), Some(&b""[..]));
    }

    #[test]
    fn escapes() {
        let fields = parse("a=x+y%2B%2b;b=c&bad=%zz%4&half=%&=unnamed&bare&&raw=%ff\u{e9}==");
        assert_eq!(fields.first("a"), Some(&b"x y++;b=c"[..]));
        assert_eq!(fields.first("bad"), Some(&b"%zz%4"[..]));
        assert_eq!(fields.first("half"), Some(&b"%"[..]));
        assert_eq!(fields.first(""), Some(&b"unnamed"[..]));
        assert_eq!(fields.first("bare"), Some(&b""[..]));
        assert_eq!(fields.first("raw"), Some(&b"\xff\xc3\xa9=="[..]));
        assert_eq!(fields.len(), 6);
        assert!(parse("").is_empty());
    }

    #[test]
    fn a_dialect_chooses_among_repeated_fields() {
        let fields = parse("n=1&n=2&n=3");
        assert_eq!((fields.first("n"), fields.last("n")), (Some(&b"1"[..]), Some(&b"3"[..])));
        assert_eq!(fields.last("m"), None);
    }

    #[test]
    fn a_hundred_thousand_fields_are_refused() {
        assert_eq!(Fields::parse("a=1&".repeat(100_000).as_bytes(), 1000), Err(TooManyFields));
        assert_eq!(Fields::parse(b"a&b", 2).unwrap().len(), 2);
        assert_eq!(Fields::parse(b"a&b&", 2), Err(TooManyFields));
    }

    proptest! {
        #[test]
        fn text_reads_as_with_form_urlencoded(text in "[a-c+%&=0-9é ]{0,40}") {
            let ours = parse(&text);
            let decoded = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let ours: Vec<_> = ours.iter().map(|(name, value)| (decoded(name), decoded(value))).collect();
            let theirs: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
