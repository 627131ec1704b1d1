//! What any column of any engine holds.

/// One value, the same on every engine. Truth is 0 or 1, an instant its milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number or a truth.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The values of one row, in the order of the table's columns.
pub type Row = Vec<Value>;

impl Value {
    /// About how much memory it takes.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) => 8,
            Self::Text(text) => 8 + text.len(),
            Self::Bytes(bytes) => 8 + bytes.len(),
        }
    }
}

/// About how much memory a row takes.
pub fn row_size(row: &[Value]) -> usize {
    row.iter().map(Value::size).sum()
}
