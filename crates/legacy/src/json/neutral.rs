//! The neutral source: a heading that names the format, then a row a line. A line that is damaged ends nowhere but at its end, so
//! that the error names the right one.

use super::Reading;
use crate::{LegacyError, Raw, Table, input::Input};
use std::ops::ControlFlow;

/// The version of the format that is known.
const VERSION: &[u8] = b"1";

impl Reading<'_, '_, '_, '_> {
    /// All lines; blank ones are passed over.
    pub(super) fn lines(mut self) -> Result<ControlFlow<()>, LegacyError> {
        self.parser.input.take_if(b"\xef\xbb\xbf")?;
        let mut heading = true;
        for line in 1.. {
            self.line = Some(line);
            let length = self.parser.input.line().map_err(|error| self.placed(error, &Table::nameless()))?;
            let end = self.parser.input.offset() + length as u64;
            if !is_blank(&mut self.parser.input, length)? {
                let read = if heading { self.heading() } else { self.plain(&Table::nameless()) };
                heading = false;
                if self.line_ended(read, end)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            self.parser.input.skip(end - self.parser.input.offset())?;
            if self.parser.input.next()?.is_none() {
                break;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What was read of a line, if the line holds that and nothing else.
    fn line_ended(
        &mut self,
        read: Result<ControlFlow<()>, LegacyError>,
        end: u64,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let input = &mut self.parser.input;
        if input.offset() > end {
            let error = input.malformed_at(end, "the line ends inside its object");
            return Err(self.placed(error, &Table::nameless()));
        }
        let flow = read.map_err(|error| self.placed(error, &Table::nameless()))?;
        let input = &mut self.parser.input;
        let left = usize::try_from(end - input.offset()).unwrap_or(usize::MAX);
        if !is_blank(input, left)? {
            let error = input.malformed("something behind the line's object");
            return Err(self.placed(error, &Table::nameless()));
        }
        Ok(flow)
    }

    fn heading(&mut self) -> Result<ControlFlow<()>, LegacyError> {
        self.shape.begin();
        self.values.clear();
        self.members(b"", &Table::nameless())?;
        let table = self.shape.table(&Table::nameless(), &self.values);
        let version = table.column("version").and_then(|place| self.values.get(place));
        match version {
            None | Some(Raw::Text(VERSION) | Raw::Number(VERSION)) => Ok(ControlFlow::Continue(())),
            Some(_) => Err(self.parser.input.malformed("a version of the format that is not known; version 1 is")),
        }
    }
}

/// Whether the next bytes are blanks.
fn is_blank(input: &mut Input, count: usize) -> Result<bool, LegacyError> {
    Ok(input.ahead(count)?.iter().take(count).all(u8::is_ascii_whitespace))
}
