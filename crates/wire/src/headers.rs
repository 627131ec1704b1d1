//! Header lines in their order, with names as they were spelt and values as bytes.

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// As it was spelt.
    pub name: String,
    /// Without the blanks around it.
    pub value: Vec<u8>,
}

impl Header {
    /// Whether it has this name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// All lines of a head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// The lines in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// The lines, to be changed in place.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Header> {
        self.0.iter_mut()
    }

    /// The value of the first line of this name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|header| header.is(name)).map(|header| header.value.as_slice())
    }

    /// The values of all lines of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |header| header.is(name)).map(|header| header.value.as_slice())
    }

    /// The elements of a list, such as `Connection`'s, over all its lines.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(elements)
    }

    /// Whether a list has this element, in any case.
    pub fn names(&self, name: &str, element: &str) -> bool {
        self.list(name).any(|other| other.eq_ignore_ascii_case(element.as_bytes()))
    }

    /// Adds a line behind the others. The caller vouches for what is in it.
    pub fn push(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.0.push(Header { name: name.to_owned(), value: value.into() });
    }

    /// Sets the first line of this name, or adds one; further lines of the name go.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let value = value.into();
        let Some(place) = self.0.iter().position(|header| header.is(name)) else { return self.push(name, value) };
        let mut index = 0;
        self.0.retain(|header| {
            index += 1;
            index <= place + 1 || !header.is(name)
        });
        if let Some(header) = self.0.get_mut(place) {
            header.value = value;
        }
    }

    /// Takes all lines of this name away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|header| !header.is(name));
    }

    /// Keeps the lines that are wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Header) -> bool) {
        self.0.retain(wanted);
    }

    /// The lines as they go onto the wire, without the empty one behind them.
    pub fn write(&self, out: &mut Vec<u8>) {
        for header in &self.0 {
            for part in [header.name.as_bytes(), b": ", &header.value, b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
    }

    pub(crate) fn of(lines: &[httparse::Header]) -> Self {
        let line = |line: &httparse::Header| Header { name: line.name.to_owned(), value: line.value.to_vec() };
        Self(lines.iter().map(line).collect())
    }
}

impl<'a> FromIterator<(&'a str, &'a [u8])> for Headers {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a [u8])>>(lines: T) -> Self {
        Self(lines.into_iter().map(|(name, value)| Header { name: name.to_owned(), value: value.to_vec() }).collect())
    }
}

/// The elements of a list in one line, without empty ones.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_order_and_spelling() {
        let mut headers: Headers =
            [("B", &b"1"[..]), ("a", b"2"), ("b", b"3"), ("Connection", b"x, ,UPGRADE")].into_iter().collect();
        assert_eq!(headers.all("b").collect::<Vec<_>>(), [b"1", b"3"]);
        assert!(headers.names("connection", "upgrade") && !headers.names("connection", ""));
        headers.set("b", *b"4");
        headers.set("New", *b"5");
        headers.remove("A");
        let mut out = Vec::new();
        headers.write(&mut out);
        assert_eq!(out, b"B: 4\r\nConnection: x, ,UPGRADE\r\nNew: 5\r\n");
    }
}
