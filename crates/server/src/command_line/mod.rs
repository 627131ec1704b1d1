//! The command line: what can be asked for, and how an answer or a complaint is told.

mod account;
mod account_desk;
mod account_plan;
mod account_view;
mod acts;
mod address_file;
mod address_import;
mod audit;
mod backup;
mod config;
mod copy_database;
mod doctor;
mod fixtures;
mod healthcheck;
mod import;
mod keys;
mod mail;
mod manual;
mod operand;
mod output;
mod password;
mod pictures;
mod plain;
mod proxy_list;
mod record;
mod replay;
mod restore;
mod row_progress;
mod shadow;
mod upstream;
mod usage;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, error::ErrorKind};
use dragoman_accounts::{AccountError, Accounts};
use sha2::{Digest, Sha256};

use crate::{
    REGISTRY,
    config::{ConfigProblems, Entry, Loaded, Settings, Sources, load, show},
    logging, mounting,
    process::{Domain, Reloading, StartError, StartOptions, bring_up_to_date, connect, migrate_database, serve},
};

/// One set of accounts behind five old account APIs. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "dragoman", version)]
pub struct CommandLine {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(flatten)]
    serve: ServeOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command that works on settings.
#[derive(Debug, Args)]
struct GlobalOptions {
    /// Configuration file; without it `dragoman.toml` is read when it is there
    #[arg(long, value_name = "FILE", global = true, env = "DRAGOMAN_CONFIG")]
    config: Option<PathBuf>,
    /// Database: sqlite://PATH, postgres://... or mysql://...
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
struct ServeOptions {
    /// Where to listen
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Serve the testing API, which empties the database; on a loopback listener only
    #[arg(long)]
    testing: bool,
    /// Show the answers of captchas and mailed codes, send no mail: to try a migrated database with scripts; on a loopback
    /// listener only
    #[arg(long)]
    reveal_captchas: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests until SIGTERM or SIGINT
    Serve(ServeOptions),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Bring the database's schema up to date
    MigrateDatabase,
    /// Work on accounts in the database
    Account(account::AccountArguments),
    /// Delete the stored password digests that the configuration no longer accepts
    DropDigests,
    /// Signing keys kept in the database
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Mails that were given up
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// What happened, by whom, from where
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Write everything the database holds into one file, while it is served
    Backup(backup::BackupArguments),
    /// Read a backup into an empty database, of any engine
    Restore(restore::RestoreArguments),
    /// Copy everything into an empty database of any engine, while the source is served
    CopyDatabase(copy_database::CopyArguments),
    /// Uploaded pictures
    #[command(subcommand)]
    Pictures(pictures::PicturesCommand),
    /// The address list that the proxy dialect serves
    ProxyList(proxy_list::ProxyListArguments),
    /// Fixtures and recordings
    #[command(subcommand)]
    Fixtures(fixtures::FixturesCommand),
    /// Take over the accounts of old deployments
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Show who still calls what, and whom it would hurt to switch a mount off
    Usage(usage::UsageArguments),
    /// Requests that were also put to an old server
    #[command(subcommand)]
    Shadow(shadow::ShadowCommand),
    /// Old servers that still live behind mounts
    #[command(subcommand)]
    Upstream(upstream::UpstreamCommand),
    /// Look at everything that a server depends on
    Doctor(doctor::DoctorArguments),
    /// Ask the server that this configuration describes whether it is well
    Healthcheck,
    /// Print what a shell needs to complete commands
    Completions(manual::CompletionArguments),
    /// Print the manual page, or write one page a command into a folder
    Man(manual::ManualArguments),
    /// Stand in front of an old server and make fixtures of what passes, without its secrets
    Record(record::RecordArguments),
    /// Replay fixtures against a server
    Replay(replay::ReplayArguments),
}

/// A complaint for standard error, exit status 1; an empty one is not told.
#[derive(Debug)]
pub(crate) struct Complaint(String);

macro_rules! complaint_from {
    ($($error:ty),*) => {
        $(impl From<$error> for Complaint {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })*
    };
}
complaint_from!(&str, String, std::io::Error, AccountError, ConfigProblems, StartError);

/// Runs the command; a complaint goes to standard error.
pub fn run(command_line: CommandLine) -> ExitCode {
    match dispatch(command_line) {
        Ok(code) => code,
        Err(complaint) => {
            output::complain(&complaint);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command_line: CommandLine) -> Result<ExitCode, Complaint> {
    let CommandLine { global, serve: bare, command } = command_line;
    if !matches!(command, None | Some(Command::Serve(_))) && bare != ServeOptions::default() {
        let text = "--listen, --testing and --reveal-captchas belong to `serve`";
        CommandLine::command().error(ErrorKind::ArgumentConflict, text).exit();
    }
    let settings = || load_settings(&global, None).map(|loaded| loaded.settings);
    match command {
        None => serve_with(&global, bare),
        Some(Command::Serve(options)) => serve_with(
            &global,
            ServeOptions {
                listen: options.listen.or(bare.listen),
                testing: options.testing || bare.testing,
                reveal_captchas: options.reveal_captchas || bare.reveal_captchas,
            },
        ),
        Some(Command::Config(command)) => config::run(&command, load_settings(&global, None)?),
        Some(Command::MigrateDatabase) => migrate(&settings()?),
        Some(Command::Account(arguments)) => account::run(arguments, &settings()?),
        Some(Command::DropDigests) => drop_digests(&settings()?),
        Some(Command::Keys(command)) => keys::run(&command, &settings()?),
        Some(Command::Mail(command)) => mail::run(&command, &settings()?),
        Some(Command::Audit(command)) => audit::run(&command, &settings()?),
        Some(Command::Backup(arguments)) => backup::run(&arguments, &settings()?),
        Some(Command::Restore(arguments)) => restore::run(&arguments, &settings()?),
        Some(Command::CopyDatabase(arguments)) => copy_database::run(&arguments, &settings()?),
        Some(Command::Pictures(command)) => pictures::run(&command, &settings()?),
        Some(Command::ProxyList(arguments)) => proxy_list::run(&arguments, &settings()?),
        Some(Command::Fixtures(command)) => fixtures::run(&command),
        Some(Command::Import(command)) => Ok(import::run(&command, &settings()?)),
        Some(Command::Usage(arguments)) => usage::run(&arguments, &settings()?),
        Some(Command::Shadow(command)) => shadow::run(&command, &settings()?),
        Some(Command::Upstream(command)) => upstream::run(&command, &settings()?),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, &settings()?),
        Some(Command::Healthcheck) => healthcheck::run(&settings()?),
        Some(Command::Completions(arguments)) => manual::complete(&arguments),
        Some(Command::Man(arguments)) => manual::manual(&arguments),
        Some(Command::Record(arguments)) => record::run(&arguments),
        Some(Command::Replay(arguments)) => replay::run(&arguments),
    }
}

fn load_settings(global: &GlobalOptions, listen: Option<&String>) -> Result<Loaded, Complaint> {
    let database = global.database.iter().map(|url| ("--database", "database.url", url.clone()));
    let listen = listen.into_iter().map(|address| ("--listen", "server.listen", address.clone()));
    let sources = Sources::of_process(global.config.clone(), database.chain(listen).collect());
    Ok(load(&sources, REGISTRY)?)
}

fn serve_with(global: &GlobalOptions, serving: ServeOptions) -> Result<ExitCode, Complaint> {
    let Loaded { settings, entries } = load_settings(global, serving.listen.as_ref())?;
    let fingerprint = fingerprint(&entries);
    let log = logging::start(&settings.log).map_err(Complaint)?;
    let options = StartOptions {
        testing: serving.testing,
        reveal_captchas: serving.reveal_captchas,
        own_database: global.database.is_some(),
        ..StartOptions::default()
    };
    let again = || match load_settings(global, serving.listen.as_ref()) {
        Ok(Loaded { settings, entries }) => Ok((settings, self::fingerprint(&entries))),
        Err(Complaint(reason)) => Err(reason),
    };
    wait_for(serve(&settings, &options, Reloading { settings: &again, log: &log, fingerprint: &fingerprint }))??;
    Ok(ExitCode::SUCCESS)
}

/// A digest of all settings as they may be shown, so that a change of them is seen later, and nothing of them.
fn fingerprint(entries: &[Entry]) -> String {
    let digest = Sha256::digest(show(entries));
    digest.iter().take(16).fold("SHA-256 ".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn migrate(settings: &Settings) -> Result<ExitCode, Complaint> {
    let applied = wait_for(migrate_database(settings, acts::origin()))??;
    let lines: String = applied.iter().map(|name| format!("applied {name}\n")).collect();
    output::print(&format!("{lines}the schema is up to date\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn drop_digests(settings: &Settings) -> Result<ExitCode, Complaint> {
    let dropped = wait_for(async {
        let accounts = open_accounts(settings).await?;
        let dropped = accounts.drop_disabled_digests().await;
        if let Ok(dropped) = &dropped {
            acts::record(&accounts, "digests dropped", Some(&format!("{dropped} accounts"))).await?;
        }
        accounts.close().await;
        Ok::<_, Complaint>(dropped?)
    })??;
    output::print_line(&format!("digests dropped from {dropped} accounts"))?;
    Ok(ExitCode::SUCCESS)
}

/// Opens the configured database for one command and brings its schema up to date.
async fn open_accounts(settings: &Settings) -> Result<Accounts, Complaint> {
    Ok(open_domain(settings).await?.accounts)
}

/// As [`open_accounts`], with the store for the rooms beside the accounts.
async fn open_domain(settings: &Settings) -> Result<Domain, Complaint> {
    let domain = connect(&settings.database, &settings.passwords, &StartOptions::default())?;
    bring_up_to_date(&domain.accounts, acts::origin()).await?;
    mounting::prepare(&settings.mounts, &domain.accounts)?;
    Ok(domain)
}

/// Runs one future to its end. One thread is enough here: requests are answered by actix' own workers.
fn wait_for<T>(work: impl Future<Output = T>) -> Result<T, Complaint> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Of one type, whatever it does: the runtime has three loops, and into each the whole command would be compiled.
    let work: Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(work);
    Ok(runtime.block_on(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn the_bare_binary_takes_the_options_of_serve() {
        let bare = CommandLine::parse_from(["dragoman", "--listen", "127.0.0.1:0", "--testing"]);
        assert_eq!(
            bare.serve,
            ServeOptions { listen: Some("127.0.0.1:0".to_owned()), testing: true, reveal_captchas: false }
        );
        let explicit = CommandLine::parse_from(["dragoman", "serve", "--database", "sqlite://x", "--config", "f"]);
        assert_eq!(explicit.global.database.as_deref(), Some("sqlite://x"));
        assert_eq!(explicit.global.config, Some(PathBuf::from("f")));
        assert!(matches!(explicit.command, Some(Command::Serve(_))));
    }

    #[test]
    fn a_password_is_never_an_argument() {
        for command in ["add", "set-password"] {
            let given = ["dragoman", "account", command, "bob", "--password", "x"];
            assert!(CommandLine::try_parse_from(given).is_err());
        }
    }
}
