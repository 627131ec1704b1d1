//! Where a part ends.

use memchr::memmem::Finder;

/// Blanks behind a boundary that are still looked over.
const MOST_BLANKS: usize = 64;

/// Which line ends stand before a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// LF, and a CR before it.
    Any,
    /// Only CR LF; a bare LF is content.
    CrLf,
    /// Only LF; a CR before it is content.
    Lf,
}

/// Looks for a boundary at the beginning of a line.
pub(super) struct Delimiter {
    /// LF, two dashes, the boundary.
    finder: Finder<'static>,
    pub line_ends: LineEnds,
}

/// What is known of the bytes that are there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// So many of them are content for sure.
    Content(usize),
    /// Content, then the boundary: the end of its line begins at `line_end`.
    Delimiter { content: usize, line_end: usize, last: bool },
    /// Too few to tell.
    More,
}

enum Line {
    Delimiter { line_end: usize, last: bool },
    Other,
    Unfinished,
}

impl Delimiter {
    pub fn new(boundary: &[u8], line_ends: LineEnds) -> Self {
        Self { finder: Finder::new(&[b"\n--", boundary].concat()).into_owned(), line_ends }
    }

    /// Looks at what is held of a body. `at_start`: a line begins here, as behind the head of a part. `ended`: no more comes.
    pub fn find(&self, held: &[u8], at_start: bool, ended: bool) -> Found {
        let needle = self.finder.needle();
        if at_start {
            let begins = held.get(..needle.len() - 1);
            let dashed = needle.get(1..).unwrap_or_default();
            match begins {
                None if dashed.starts_with(held) && !ended => return Found::More,
                Some(begins) if begins == dashed => match line_behind(held, dashed.len(), ended) {
                    Line::Delimiter { line_end, last } => return Found::Delimiter { content: 0, line_end, last },
                    Line::Unfinished => return Found::More,
                    Line::Other => {}
                },
                _ => {}
            }
        }
        let Some(at) = self.finder.find(held) else {
            // Of what may still become a boundary nothing is given out, nor the CR before it.
            return content_or_more(held.len().saturating_sub(needle.len()));
        };
        let has_cr = at > 0 && held.get(at - 1) == Some(&b'\r');
        if self.line_ends == LineEnds::CrLf && !has_cr {
            return Found::Content(at + 1);
        }
        let content = if has_cr && self.line_ends != LineEnds::Lf { at - 1 } else { at };
        match line_behind(held, at + needle.len(), ended) {
            Line::Delimiter { line_end, last } => Found::Delimiter { content, line_end, last },
            Line::Other => Found::Content(at + 1),
            Line::Unfinished => content_or_more(content),
        }
    }
}

fn content_or_more(content: usize) -> Found {
    if content == 0 { Found::More } else { Found::Content(content) }
}

/// What a boundary's line goes on with: two dashes, or blanks and a line end.
fn line_behind(held: &[u8], at: usize, ended: bool) -> Line {
    let unfinished = if ended { Line::Other } else { Line::Unfinished };
    let rest = held.get(at..).unwrap_or_default();
    if rest.starts_with(b"--") {
        return Line::Delimiter { line_end: at + 2, last: true };
    }
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(blanks..).unwrap_or_default() {
        _ if blanks > MOST_BLANKS => Line::Other,
        [b'\n', ..] | [b'\r', b'\n', ..] => Line::Delimiter { line_end: at + blanks, last: false },
        [] | [b'\r'] => unfinished,
        [b'-'] if blanks == 0 => unfinished,
        _ => Line::Other,
    }
}
