//! `dragoman proxy-list import|list|clear`: the rows of `/iplist`, which no endpoint writes.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use dragoman_accounts::{Accounts, Realm};
use dragoman_dialect_proxy::address::Address;

use super::{
    Complaint,
    acts::record,
    address_file::read_addresses,
    address_import::import,
    open_accounts, operand,
    output::{not_written, print_line},
    plain::{plain, plain_json},
    wait_for,
};
use crate::{
    config::{DatabaseSettings, Settings},
    operator::realm,
};

/// The address list that the proxy dialect serves.
#[derive(Debug, Args)]
pub(super) struct ProxyListArguments {
    /// The scope of the proxy mount that serves it
    #[arg(long, global = true, default_value = "proxy")]
    scope: String,
    #[command(subcommand)]
    command: ProxyListCommand,
}

#[derive(Debug, Subcommand)]
enum ProxyListCommand {
    /// Put the rows of a file in the place of the present ones; if one row is bad, nothing changes
    Import {
        /// `.csv` with a header line, or `.json`: a list of objects, or what the old server's /iplist answered
        file: PathBuf,
    },
    /// Show the rows
    List {
        /// As JSON, one row a line
        #[arg(long)]
        json: bool,
    },
    /// Remove all rows
    Clear,
}

/// Patience of one operation: the import of a million rows ends in one large write.
const OPERATION_SECONDS: u64 = 15 * 60;

pub(super) fn run(arguments: &ProxyListArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    let scope = operand::scope(Some(arguments.scope.clone()))?.ok_or("--scope needs the scope of a mount")?;
    let database = DatabaseSettings { wait_seconds: OPERATION_SECONDS, ..settings.database.clone() };
    let settings = Settings { database, ..settings.clone() };
    let realm = Realm { scope: scope.as_str().into(), ..realm() };
    wait_for(async {
        let accounts = open_accounts(&settings).await?;
        let done = match &arguments.command {
            ProxyListCommand::Import { file } => match read_addresses(file) {
                Ok(rows) => match import(&accounts, &realm, rows).await {
                    Ok(rows) => {
                        record(&accounts, "address list imported", Some(&format!("{rows} rows, {scope}"))).await?;
                        print_line(&format!("{rows} rows imported"))
                    }
                    Err(complaint) => Err(complaint),
                },
                Err(complaint) => Err(complaint),
            },
            ProxyListCommand::List { json } => list(&accounts, &realm, *json).await,
            ProxyListCommand::Clear => {
                let cleared = accounts.clear_catalogue(&realm).await.map_err(Complaint::from);
                if cleared.is_ok() {
                    record(&accounts, "address list cleared", Some(&scope)).await?;
                }
                cleared.and_then(|rows| print_line(&format!("{rows} rows removed")))
            }
        };
        accounts.close().await;
        done
    })??;
    Ok(ExitCode::SUCCESS)
}

/// Prints page by page: the list may be long.
async fn list(accounts: &Accounts, realm: &Realm, as_json: bool) -> Result<(), Complaint> {
    let mut output = std::io::BufWriter::new(std::io::stdout());
    let mut after = Some(0);
    while let Some(number) = after {
        let page = accounts.catalogue_page(realm, number).await?;
        for body in &page.rows {
            if as_json {
                writeln!(output, "{}", plain_json(body)).map_err(|error| not_written(&error))?;
            } else {
                let row = Address::decode(body).map_err(|error| error.to_string())?;
                writeln!(output, "{}", line(&row)).map_err(|error| not_written(&error))?;
            }
        }
        after = page.next;
    }
    output.flush().map_err(|error| not_written(&error))
}

fn line(row: &Address) -> String {
    let text = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), plain);
    let port = row.port.map_or_else(|| "-".to_owned(), |port| port.to_string());
    let spend = row.spend.map_or_else(|| "-".to_owned(), |spend| spend.to_string());
    let (kind, ip) = (text(&row.httptype), text(&row.ip));
    format!("{:>8}  {kind:<5} {ip:<16} {port:>5}  {spend:>9}  {}  {}", row.id, text(&row.address), text(&row.isp))
}
