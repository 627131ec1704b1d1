//! `application/x-www-form-urlencoded`, in bodies and in query strings, and the fields of any form.

use percent_encoding::percent_decode;

/// The fields of a form in the order sent, undecided: which of several of one name counts, and what bytes that are not
/// UTF-8 mean, is the dialect's choice (frp 2.1, php 2.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What [`Fields::parse_checked`] read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedFields {
    /// The pairs that could be read.
    pub fields: Fields,
    /// Whether these are all.
    pub all_sound: bool,
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

    /// Reads the same as Go does: a pair with a `;` or an incomplete escape is left out, and its callers are told.
    ///
    /// # Errors
    /// As [`Fields::parse`].
    pub fn parse_checked(text: &[u8], most: usize) -> Result<CheckedFields, TooManyFields> {
        let is_sound = |piece: &[u8]| !piece.contains(&b';') && has_whole_escapes(piece);
        let mut pieces: Vec<&[u8]> = text.split(|byte| *byte == b'&').take(most.saturating_add(1)).collect();
        if pieces.len() > most {
            return Err(TooManyFields);
        }
        let sent = pieces.len();
        pieces.retain(|piece| is_sound(piece));
        let all_sound = pieces.len() == sent;
        let fields = pieces.into_iter().filter(|piece| !piece.is_empty()).map(field).collect();
        Ok(CheckedFields { fields: Self { fields }, all_sound })
    }

    /// Adds the fields of another form behind these.
    pub fn append(&mut self, mut others: Self) {
        self.fields.append(&mut others.fields);
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

fn has_whole_escapes(text: &[u8]) -> bool {
    let mut behind_signs = text.split(|byte| *byte == b'%').skip(1);
    behind_signs
        .all(|behind| matches!(behind, [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit()))
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
    fn go_leaves_out_what_it_cannot_read() {
        for bad in ["a;b=1", "a=%", "a=%4", "a=%zz", "%g0=1", "a=;", "a=%%41"] {
            let read = Fields::parse_checked(format!("x=1&{bad}&y=%3B+%41").as_bytes(), 9).unwrap();
            assert!(!read.all_sound, "{bad}");
            assert_eq!((read.fields.len(), read.fields.first("y")), (2, Some(&b"; A"[..])), "{bad}");
        }
        for good in ["", "&", "a", "a=b=c&&", "a=%ff+"] {
            assert!(Fields::parse_checked(good.as_bytes(), 9).unwrap().all_sound, "{good}");
        }
        assert_eq!(Fields::parse_checked(b"a&b&c", 2), Err(TooManyFields));
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
