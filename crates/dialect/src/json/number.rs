//! Numbers as Python writes them (proxy 1.4 and 11, medusa 1.5 and 10).

use std::borrow::Cow;

/// A JSON number literal as the text Python would make of the number: `1.5`, `100.0` for `1e2`, `1e+16`, `3`; whole
/// numbers of any size stay as they are, and `NaN` is `nan`.
///
/// ```
/// # use dragoman_dialect::json::python_number;
/// assert_eq!(python_number("1e2"), "100.0");
/// ```
pub fn python_number(literal: &str) -> Cow<'_, str> {
    if literal == "-0" {
        return Cow::Borrowed("0");
    }
    if literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Cow::Borrowed(literal);
    }
    match literal.parse::<f64>() {
        Ok(value) => Cow::Owned(python_float(value)),
        Err(_) => Cow::Borrowed(literal),
    }
}

/// Python's `repr` of a float: the shortest digits that read back the same, with a point or an exponent of at least two
/// digits; `1e+16` and above, and below `0.0001`, with an exponent.
pub fn python_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if value == 0.0 || (1e-4..1e16).contains(&value.abs()) {
        // Debug, because it ends whole numbers with `.0`.
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
