//! Address rows from a CSV or JSON file, each with the line it begins on.

use std::fs::File;
use std::path::Path;

use dragoman_dialect_proxy::address::Address;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Complaint;
use crate::file::read_text;

/// One row of a file, or what is wrong with it.
pub(super) struct Row {
    pub line: u64,
    /// How much of the file is read with it, in bytes.
    pub position: u64,
    pub address: Result<Address, String>,
}

/// The rows of a file, and its length in bytes.
pub(super) struct Rows {
    pub length: u64,
    pub rows: Box<dyn Iterator<Item = Row>>,
}

/// Opens a file by its extension. Bad rows do not end the reading.
pub(super) fn read_addresses(path: &Path) -> Result<Rows, Complaint> {
    let unreadable = |error: std::io::Error| Complaint(format!("{}: {error}", path.display()));
    let length = path.metadata().map_err(unreadable)?.len();
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    let rows: Box<dyn Iterator<Item = Row>> = match extension.as_deref() {
        Some("csv") => Box::new(csv_rows(File::open(path).map_err(unreadable)?)),
        Some("json") => {
            let text = read_text(path).map_err(unreadable)?;
            Box::new(json_rows(&text).map_err(|error| Complaint(format!("{}: {error}", path.display())))?.into_iter())
        }
        _ => return Err(Complaint(format!("{}: neither .csv nor .json", path.display()))),
    };
    Ok(Rows { length, rows })
}

fn csv_rows(file: File) -> impl Iterator<Item = Row> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let header = reader.headers().cloned();
    let mut record = csv::StringRecord::new();
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let (line, header) = match &header {
            Ok(header) => (reader.position().line(), header),
            Err(error) => {
                ended = true;
                return Some(Row { line: 1, position: 0, address: Err(error.to_string()) });
            }
        };
        let read = reader.read_record(&mut record);
        let position = reader.position().byte();
        let address = match read {
            Ok(false) => return None,
            Ok(true) => record.deserialize::<Address>(Some(header)).map_err(|error| plain(&error)),
            Err(error) => {
                // After a record that is no text the next one can be read; after a failed read it cannot.
                ended = error.is_io_error();
                Err(plain(&error))
            }
        };
        Some(Row { line: record.position().map_or(line, csv::Position::line), position, address })
    })
}

/// Without csv's own account of the position, which the caller gives.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} fields instead of {expected_len}"),
        _ => error.to_string(),
    }
}

/// What `/iplist` answered.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

fn json_rows(text: &str) -> Result<Vec<Row>, String> {
    let items: Vec<&RawValue> = if text.trim_start().starts_with('{') {
        serde_json::from_str::<Answer>(text).map_err(|error| error.to_string())?.data
    } else {
        serde_json::from_str(text).map_err(|error| error.to_string())?
    };
    let (mut line, mut counted) = (1, 0);
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        // Borrowed from the text, so that its place tells its line.
        let start = item.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let between = text.as_bytes().get(counted..start).unwrap_or_default();
        line += between.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        counted = start;
        let address = Address::decode(item.get()).map_err(|error| error.to_string());
        rows.push(Row { line, position: start as u64, address });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(name: &str, content: &str) -> Vec<(u64, Result<i64, String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let rows = read_addresses(&path).unwrap_or_else(|Complaint(text)| panic!("{text}"));
        rows.rows.map(|row| (row.line, row.address.map(|address| address.id))).collect()
    }

    #[test]
    fn csv_rows_know_their_lines() {
        let content = "id,ip,port,address,spend,createtime\n1,1.1.1.1,80,\"two\nlines\",0.5,2019-07-05 19:09:16\n\
                       x,,,,,\n3,,,,,\n4,1\n5,,,,,\n";
        let rows = rows("list.CSV", content);
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4, 5, 6, 7]);
        let good: Vec<i64> = rows.iter().filter_map(|(_, row)| row.clone().ok()).collect();
        assert_eq!(good, [1, 3, 5]);
        assert_eq!(rows[3].1, Err("2 fields instead of 6".to_owned()));
    }

    #[test]
    fn json_rows_know_their_lines() {
        let content = "[\n {\"id\": 1},\n {\"id\": 2,\n  \"port\": \"x\"},\n\n {\"id\": 3}]";
        let rows = rows("list.json", content);
        assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 6]);
        assert!(rows[1].1.is_err() && rows[0].1 == Ok(1) && rows[2].1 == Ok(3));
        assert_eq!(self::rows("list.json", "\u{feff}[{\"id\": 1}]"), [(1, Ok(1))]);
        assert_eq!(self::rows("list.csv", "\u{feff}id\n1\n"), [(2, Ok(1))]);
        assert_eq!(super::json_rows("{\"data\": [{\"id\": 7}]}").unwrap().len(), 1);
    }

    #[test]
    fn an_unknown_column_is_a_bad_row() {
        let rows = rows("list.csv", "id,prot\n1,80\n");
        assert!(rows[0].1.as_ref().unwrap_err().contains("prot"), "{rows:?}");
    }
}
