//! `dragoman fixtures`: recordings of other tools become fixtures, and back; what is wrong with fixtures.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use dragoman_fixtures::{ImportOptions, Imported, Mounted, Remark, Rules, check_fixtures, export, import};

use super::{Complaint, plain::plain};
use crate::{REGISTRY, field_roles, file::read};

#[derive(Debug, Subcommand)]
pub(super) enum FixturesCommand {
    /// Make fixtures of recordings: HAR files, cassettes of vcrpy, VCR, betamax and nock
    Import(ImportArguments),
    /// Write fixtures as one HAR file
    Export(ExportArguments),
    /// Say what is wrong with fixtures: form, secrets, values that differ at every run, steps that nothing feeds
    Check(CheckArguments),
}

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// Recordings, each of one session
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The dialect they speak, with `=PREFIX` if it was mounted somewhere else than under its name; may be given several times
    #[arg(long, value_name = "DIALECT", required = true, value_delimiter = ',')]
    dialect: Vec<String>,
    /// Where the fixtures go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// What must be true before the first step: a JSON file as `POST /_testing/reset` takes it, or a fixture
    #[arg(long, value_name = "FILE")]
    given: Option<PathBuf>,
    /// Overwrite fixtures that are there already and are not the same
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Fixture files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The HAR file, or a folder for one each
    #[arg(long, value_name = "FILE")]
    har: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Fixture files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub(super) fn run(command: &FixturesCommand) -> Result<ExitCode, Complaint> {
    match command {
        FixturesCommand::Import(arguments) => import_all(arguments),
        FixturesCommand::Export(arguments) => export_all(arguments),
        FixturesCommand::Check(arguments) => check_all(arguments),
    }
}

fn import_all(arguments: &ImportArguments) -> Result<ExitCode, Complaint> {
    let mut options = ImportOptions {
        dialects: arguments.dialect.iter().map(|text| mounted(text)).collect::<Result<_, _>>()?,
        given: arguments.given.as_deref().map(read_json).transpose()?,
        rules: Rules::default(),
    };
    std::fs::create_dir_all(&arguments.out).map_err(|error| told(&arguments.out, error))?;
    let mut output = std::io::stdout().lock();
    for file in &arguments.files {
        let name = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
        let (out, rules) =
            (arguments.out.join(format!("{name}.json")), arguments.out.join(format!("{name}.rules.toml")));
        options.rules = Rules::read(&rules).map_err(|error| told(&rules, error))?;
        let Imported { fixture, losses, findings } = import(file, &options).map_err(|error| told(file, error))?;
        put(
            &out,
            &(serde_json::to_string_pretty(&fixture).map_err(|error| told(&out, error))? + "\n"),
            arguments.replace,
        )?;
        let steps = fixture.get("steps").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
        writeln!(output, "{}: {steps} steps", plain(&out.display().to_string()))?;
        for found in findings {
            writeln!(output, "  {}", plain(&found))?;
        }
        for loss in losses {
            writeln!(output, "  warning: {}", plain(&loss.to_string()))?;
        }
        if fixture.get("given").is_none_or(|given| given.as_object().is_some_and(serde_json::Map::is_empty)) {
            writeln!(
                output,
                "  remark: nothing is given; say with --given which accounts and settings must be there before"
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a fixture; one that is there and is another one was edited by somebody, or belongs to another recording.
fn put(path: &Path, text: &str, replace: bool) -> Result<(), Complaint> {
    match std::fs::read(path) {
        Ok(there) if there == text.as_bytes() => return Ok(()),
        Ok(_) if !replace => return Err(told(path, "is there and differs; --replace overwrites it")),
        _ => {}
    }
    std::fs::write(path, text).map_err(|error| told(path, error))
}

/// `NAME` or `NAME=PREFIX`.
pub(super) fn mounted(text: &str) -> Result<Mounted, Complaint> {
    let (name, prefix) = text.split_once('=').map_or((text, None), |(name, prefix)| (name, Some(prefix)));
    field_roles::mounted(name, prefix).ok_or_else(|| {
        let names: Vec<&str> = REGISTRY.iter().map(|registered| registered.name).collect();
        Complaint(format!("--dialect: {name:?} is none of {}", names.join(", ")))
    })
}

pub(super) fn read_json(path: &Path) -> Result<serde_json::Value, Complaint> {
    let bytes = read(path).map_err(|error| told(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| told(path, error))
}

fn told(path: &Path, error: impl std::fmt::Display) -> Complaint {
    Complaint(format!("{}: {error}", plain(&path.display().to_string())))
}

fn export_all(arguments: &ExportArguments) -> Result<ExitCode, Complaint> {
    for (path, har) in export(&arguments.paths, &arguments.har).map_err(|error| Complaint(error.to_string()))? {
        std::fs::write(&path, har).map_err(|error| told(&path, error))?;
        writeln!(std::io::stdout().lock(), "{}", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check_all(arguments: &CheckArguments) -> Result<ExitCode, Complaint> {
    let remarks = check_fixtures(&arguments.paths);
    let mut output = std::io::stdout().lock();
    for Remark { file, place, message } in &remarks {
        writeln!(output, "{}: {place}: {message}", file.display())?;
    }
    if remarks.is_empty() {
        writeln!(output, "nothing to remark")?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
