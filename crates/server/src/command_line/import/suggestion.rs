//! `dragoman import suggest-mapping`: a first draft of a column mapping for tables nobody knows.

use std::process::ExitCode;

use dragoman_legacy::{ReadOptions, Source};
use serde_json::json;

use super::arguments::SuggestArguments;
use crate::command_line::{
    Complaint,
    output::{print, print_json},
    plain::plain,
};

pub(super) fn show(arguments: &SuggestArguments) -> Result<ExitCode, Complaint> {
    let options = ReadOptions { charset: arguments.charset.clone(), assumed: Vec::new() };
    let mut source = Source::open(&arguments.from, &options).map_err(|error| error.to_string())?;
    let mapping = dragoman_dialect_php::legacy::suggest(&mut source)?;
    let warnings: Vec<String> = source.warnings().iter().map(ToString::to_string).collect();
    if arguments.json {
        print_json(&json!({ "mapping": mapping, "warnings": warnings }))?;
    } else {
        // As comments, so that the whole can be written into a file.
        let warnings: String = warnings.iter().map(|warning| format!("# NOT SURE: {}\n", plain(warning))).collect();
        print(&format!("{mapping}{warnings}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
