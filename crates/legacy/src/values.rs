//! The values of a row, one behind the other in one buffer that is filled again for the next row.

use crate::{LARGEST_ROW, Raw};

/// The values of one row.
#[derive(Debug, Default)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    form: Form,
    start: usize,
    end: usize,
}

/// The form of a value: [`Raw`] without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Null,
    Text,
    Number,
    Bytes,
    NullOrText,
    Lost,
}

/// A row of more than [`LARGEST_ROW`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Values {
    /// Makes room for the next row.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cells.clear();
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds bytes to the value that [`Values::end`] will end.
    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        if self.bytes.len() + bytes.len() > LARGEST_ROW {
            return Err(TooLarge);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends a value, which has all bytes added since the last one ended. A row has at most as many values as bytes.
    #[inline]
    pub fn end(&mut self, form: Form) -> Result<(), TooLarge> {
        if self.cells.len() >= LARGEST_ROW / size_of::<Cell>() {
            return Err(TooLarge);
        }
        let start = self.cells.last().map_or(0, |cell| cell.end);
        self.cells.push(Cell { form, start, end: self.bytes.len() });
        Ok(())
    }

    /// A whole value at once.
    #[inline]
    pub fn push(&mut self, form: Form, bytes: &[u8]) -> Result<(), TooLarge> {
        self.extend(bytes)?;
        self.end(form)
    }

    /// The bytes of the value that has not ended yet.
    pub fn open(&self) -> &[u8] {
        let start = self.cells.last().map_or(0, |cell| cell.end);
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Takes the bytes of the value that has not ended yet away.
    pub fn discard(&mut self) {
        self.bytes.truncate(self.cells.last().map_or(0, |cell| cell.end));
    }

    /// The value at a place.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Raw<'_>> {
        let cell = self.cells.get(index)?;
        let bytes = self.bytes.get(cell.start..cell.end)?;
        Some(match cell.form {
            Form::Null => Raw::Null,
            Form::Text => Raw::Text(bytes),
            Form::Number => Raw::Number(bytes),
            Form::Bytes => Raw::Bytes(bytes),
            Form::NullOrText => Raw::NullOrText(bytes),
            Form::Lost => Raw::Lost,
        })
    }

    /// How many texts have a question mark.
    pub fn questionable(&self) -> u64 {
        let texts = (0..self.len()).filter_map(|index| self.get(index));
        texts.filter(|raw| matches!(raw, Raw::Text(text) if memchr::memchr(b'?', text).is_some())).count() as u64
    }

    /// Changes what a value counts as.
    pub fn set_form(&mut self, index: usize, form: Form) {
        if let Some(cell) = self.cells.get_mut(index) {
            cell.form = form;
        }
    }

    /// Puts another value into a place.
    pub fn replace(&mut self, index: usize, form: Form, bytes: &[u8]) -> Result<(), TooLarge> {
        let tail: Vec<(Form, Vec<u8>)> = self
            .cells
            .get(index + 1..)
            .unwrap_or_default()
            .iter()
            .map(|cell| (cell.form, self.bytes.get(cell.start..cell.end).unwrap_or_default().to_vec()))
            .collect();
        self.cells.truncate(index);
        self.discard();
        self.push(form, bytes)?;
        tail.iter().try_for_each(|(form, bytes)| self.push(*form, bytes))
    }
}
