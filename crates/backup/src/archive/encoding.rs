//! Values as bytes: a tag, then the number or the length as a variable-length integer, seven bits a byte.

use dragoman_store::rows::{Row, Value};

const NOTHING: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

pub(super) fn put_row(row: &Row, out: &mut Vec<u8>) {
    for value in row {
        match value {
            Value::Null => out.push(NOTHING),
            Value::Integer(number) => {
                out.push(INTEGER);
                // Small numbers of either sign are short.
                put_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
            }
            Value::Text(text) => put_bytes(TEXT, text.as_bytes(), out),
            Value::Bytes(bytes) => put_bytes(BYTES, bytes, out),
        }
    }
}

fn put_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    put_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes a row of `columns` values off the beginning of `rest`; `None`: there is none.
pub(super) fn take_row(rest: &mut &[u8], columns: usize) -> Option<Row> {
    (0..columns).map(|_| take_value(rest)).collect()
}

fn take_value(rest: &mut &[u8]) -> Option<Value> {
    let (&tag, behind) = rest.split_first()?;
    *rest = behind;
    Some(match tag {
        NOTHING => Value::Null,
        INTEGER => {
            let number = take_number(rest)?;
            Value::Integer((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
        }
        TEXT => Value::Text(str::from_utf8(take_bytes(rest)?).ok()?.to_owned()),
        BYTES => Value::Bytes(take_bytes(rest)?.to_vec()),
        _ => return None,
    })
}

fn take_bytes<'r>(rest: &mut &'r [u8]) -> Option<&'r [u8]> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (bytes, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(bytes)
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken() {
        let row = vec![
            Value::Null,
            Value::Integer(0),
            Value::Integer(-1),
            Value::Integer(i64::MAX),
            Value::Integer(i64::MIN),
            Value::Text("ä\u{1F600}".to_owned()),
            Value::Bytes((0..=255).collect()),
        ];
        let mut bytes = Vec::new();
        put_row(&row, &mut bytes);
        let mut rest = bytes.as_slice();
        assert_eq!(take_row(&mut rest, row.len()), Some(row.clone()));
        assert!(rest.is_empty());
        for cut in 0..bytes.len() {
            assert_eq!(take_row(&mut bytes.get(..cut).unwrap(), row.len()), None, "{cut}");
        }
        assert_eq!(take_row(&mut &[INTEGER, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1][..], 1), None);
        assert_eq!(take_row(&mut &[TEXT, 2, 0xff, 0xff][..], 1), None);
    }
}
