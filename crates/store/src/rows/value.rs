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

macro_rules! value_from {
    ($($from:ty => |$given:ident| $value:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from($given: $from) -> Self {
                $value
            }
        }
    )*};
}
value_from! {
    i64 => |number| Self::Integer(number),
    i16 => |number| Self::Integer(number.into()),
    bool => |truth| Self::Integer(truth.into()),
    &str => |text| Self::Text(text.to_owned()),
    String => |text| Self::Text(text),
    Vec<u8> => |bytes| Self::Bytes(bytes),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, T::into)
    }
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
