//! A table as its room describes it: read off diesel's own description, so that there is no second one.

use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text};
use diesel::{Column as DieselColumn, Expression, Table as DieselTable};

use super::value::{Row, Value};

/// What kind of values a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 0 or 1.
    Bool,
    /// Two bytes.
    SmallInt,
    /// Four bytes.
    Integer,
    /// Eight bytes.
    BigInt,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// One table: its primary key is the first columns, and its rows move in the order of that key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How many of them make the primary key.
    pub key: usize,
    /// Whether the database numbers new rows.
    pub numbered: bool,
    /// Whether it holds rows before anybody made one.
    pub seeded: bool,
}

impl Table {
    /// The table that diesel knows as `T`, under the name it has in the database.
    pub fn of<T>(name: &'static str) -> Self
    where
        T: DieselTable,
        T::AllColumns: Columns,
        T::PrimaryKey: Expression<SqlType: Width>,
    {
        let key = <<T::PrimaryKey as Expression>::SqlType as Width>::WIDTH;
        Self { name, columns: T::AllColumns::columns(), key, numbered: false, seeded: false }
    }

    /// The same; the database numbers new rows by their one key column.
    #[must_use]
    pub fn numbered(self) -> Self {
        Self { numbered: true, ..self }
    }

    /// The same; migrations or a first start put rows into it.
    #[must_use]
    pub fn seeded(self) -> Self {
        Self { seeded: true, ..self }
    }

    /// The columns of the primary key.
    pub fn key_columns(&self) -> &[Column] {
        self.columns.get(..self.key).unwrap_or_default()
    }

    /// A row's key.
    pub fn key_of<'r>(&self, row: &'r [Value]) -> &'r [Value] {
        row.get(..self.key).unwrap_or_default()
    }

    /// Whether every value is one that its column can hold.
    pub fn fits(&self, row: &Row) -> bool {
        row.len() == self.columns.len() && self.columns.iter().zip(row).all(|(column, value)| column.fits(value))
    }
}

impl Column {
    fn fits(&self, value: &Value) -> bool {
        match (value, self.kind) {
            (Value::Null, _) => self.nullable,
            (Value::Integer(number), Kind::Bool) => matches!(number, 0 | 1),
            (Value::Integer(number), Kind::SmallInt) => i16::try_from(*number).is_ok(),
            (Value::Integer(number), Kind::Integer) => i32::try_from(*number).is_ok(),
            (Value::Integer(_), Kind::BigInt) | (Value::Bytes(_), Kind::Bytes) => true,
            // PostgreSQL keeps no zero byte in a text.
            (Value::Text(text), Kind::Text) => !text.contains('\0'),
            _ => false,
        }
    }
}

/// SQL types that are kept.
pub trait Storable {
    /// What it is called here.
    const KIND: Kind;
    /// Whether it may be nothing.
    const NULLABLE: bool = false;
}

/// How many columns a key has, by its SQL type.
pub trait Width {
    /// The number.
    const WIDTH: usize;
}

macro_rules! storable {
    ($($sql:ty => $kind:ident),*) => {
        $(
            impl Storable for $sql {
                const KIND: Kind = Kind::$kind;
            }
            impl Width for $sql {
                const WIDTH: usize = 1;
            }
        )*
    };
}
storable!(Bool => Bool, SmallInt => SmallInt, Integer => Integer, BigInt => BigInt, Text => Text, Binary => Bytes);

impl<S: Storable + diesel::sql_types::SqlType> Storable for Nullable<S> {
    const KIND: Kind = S::KIND;
    const NULLABLE: bool = true;
}

impl<A: Width, B: Width> Width for (A, B) {
    const WIDTH: usize = A::WIDTH + B::WIDTH;
}

impl<A: Width, B: Width, C: Width> Width for (A, B, C) {
    const WIDTH: usize = A::WIDTH + B::WIDTH + C::WIDTH;
}

/// Diesel's tuple of all columns of a table.
pub trait Columns {
    /// The columns, in their order.
    fn columns() -> Vec<Column>;
}

fn column<C>() -> Column
where
    C: DieselColumn + Expression<SqlType: Storable>,
{
    let nullable = <<C as Expression>::SqlType as Storable>::NULLABLE;
    Column { name: C::NAME, kind: <<C as Expression>::SqlType as Storable>::KIND, nullable }
}

macro_rules! columns {
    ($first:ident $($rest:ident)*) => {
        impl<$first, $($rest),*> Columns for ($first, $($rest,)*)
        where
            $first: DieselColumn + Expression<SqlType: Storable>,
            $($rest: DieselColumn + Expression<SqlType: Storable>,)*
        {
            fn columns() -> Vec<Column> {
                vec![column::<$first>(), $(column::<$rest>()),*]
            }
        }
        columns!($($rest)*);
    };
    () => {};
}
columns!(A B C D E F G H I J K L M N O P Q R S T U V W X);
