//! Parameters of a header: `form-data; name="a"; filename=b`.

/// What stands before the first `;`, and the parameters behind it.
pub(super) struct Parameters {
    /// The value proper, in lower case.
    pub kind: String,
    named: Vec<(String, String)>,
}

impl Parameters {
    /// As Python and PHP read them: whatever can be made out.
    pub fn lenient(header: &str) -> Self {
        let (kind, mut rest) = header.split_once(';').unwrap_or((header, ""));
        let mut named = Vec::new();
        while !rest.is_empty() {
            let end = rest.find(['=', ';']).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            let Some(value) = behind.strip_prefix('=') else {
                rest = behind.strip_prefix(';').unwrap_or_default();
                continue;
            };
            let value = value.trim_start();
            let (value, behind) = match value.strip_prefix('"').and_then(quoted) {
                Some((value, behind)) => (value, behind.split_once(';').map_or("", |(_, behind)| behind)),
                None => {
                    let (value, behind) = value.split_once(';').unwrap_or((value, ""));
                    (value.trim().to_owned(), behind)
                }
            };
            named.push((name.trim().to_ascii_lowercase(), value));
            rest = behind;
        }
        Self { kind: kind.trim().to_ascii_lowercase(), named }
    }

    /// As Go's `mime.ParseMediaType`: `None` unless every one is in order.
    pub fn strict(header: &str) -> Option<Self> {
        let (kind, mut rest) = header.split_at(header.find(';').unwrap_or(header.len()));
        let mut named: Vec<(String, String)> = Vec::new();
        while let Some(behind) = rest.trim().strip_prefix(';') {
            let behind = behind.trim_start();
            if behind.is_empty() {
                break;
            }
            let (name, behind) = token(behind)?;
            let value = behind.trim_start().strip_prefix('=')?.trim_start();
            let (value, behind) = match value.strip_prefix('"') {
                Some(inside) => quoted(inside)?,
                None => token(value).map(|(value, behind)| (value.to_owned(), behind))?,
            };
            let name = name.to_ascii_lowercase();
            if named.iter().any(|(present, _)| *present == name)
                || !matches!(behind.trim_start().chars().next(), None | Some(';'))
            {
                return None;
            }
            named.push((name, value));
            rest = behind;
        }
        Some(Self { kind: kind.trim().to_ascii_lowercase(), named })
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }
}

/// A value up to its closing quote. Only quotes and backslashes are escaped: a path of Windows stays as it is.
fn quoted(inside: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = inside.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, inside.get(at + 1..)?)),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            character => value.push(character),
        }
    }
    None
}

/// A token of RFC 2045 at the beginning, and what follows it.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_part = |letter: char| letter.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(letter);
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
