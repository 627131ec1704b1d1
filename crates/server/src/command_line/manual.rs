//! `dragoman completions|man`: what a shell and a reader of manuals know of the command line, made from its definition.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{CommandLine, Complaint, output};

/// Print what a shell needs to complete commands
#[derive(Debug, Args)]
pub(super) struct CompletionArguments {
    /// For which one
    shell: Shell,
}

/// Print the manual page, or write one page a command into a folder
#[derive(Debug, Args)]
pub(super) struct ManualArguments {
    /// Where the pages go, such as /usr/local/share/man/man1
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(super) fn complete(arguments: &CompletionArguments) -> Result<ExitCode, Complaint> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "dragoman", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn manual(arguments: &ManualArguments) -> Result<ExitCode, Complaint> {
    match &arguments.folder {
        Some(folder) => write_pages(folder).map_err(|error| format!("{}: {error}", folder.display()))?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(CommandLine::command()).render(&mut page)?;
            output::print(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write_pages(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(CommandLine::command(), folder)
}
