//! What a start would refuse, found without one: nothing is connected to, made or listened on.

use std::net::{SocketAddr, TcpListener};

use dragoman_store::{Claim, ClaimError};

use super::{StartError, tls::Certificate};
use crate::{config::Settings, mail};

/// Everything that a start with these settings would refuse, each a sentence for the operator. What only shows when
/// something outside is asked (a database that is away, a port that is taken) is not among it.
pub fn check(settings: &Settings) -> Result<(), Vec<String>> {
    let mounts = settings.mounts.iter().map(|mount| {
        let refused = |reason| StartError::Mount(format!("[{}]: {reason}", mount.section));
        (mount.dialect.check_service)(mount.own.clone()).map_err(refused)
    });
    let files = settings.server.tls();
    let house = [
        is_ours(settings.server.listen),
        settings.console.listen.map_or(Ok(()), is_ours),
        files.map_or(Ok(()), |files| Certificate::read(&files).map(drop).map_err(StartError::Certificate)),
        mail::check(&settings.mail).map_err(StartError::Mail),
        is_free(settings),
        finds_reports(settings),
    ];
    let refusals: Vec<String> =
        house.into_iter().chain(mounts).filter_map(Result::err).map(|error| error.to_string()).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Whether no other deployment works on the SQLite file; the server that runs now listens where these settings say.
fn is_free(settings: &Settings) -> Result<(), StartError> {
    let store = settings.database.store().map_err(StartError::Database)?;
    match Claim::holder(&store.url) {
        Some(holder) if holder.place != settings.server.listen.to_string() => {
            Err(StartError::Database(ClaimError::Taken(holder).to_string()))
        }
        _ => Ok(()),
    }
}

/// Whether this machine has the address; the port may be held by the server that runs now.
fn is_ours(address: SocketAddr) -> Result<(), StartError> {
    let any_port = SocketAddr::new(address.ip(), 0);
    TcpListener::bind(any_port).map(drop).map_err(|source| StartError::Listen { address, source })
}

/// Whether the folder of reports is there. No other command needs it.
pub(super) fn finds_reports(settings: &Settings) -> Result<(), StartError> {
    match &settings.console.reports {
        Some(folder) if !folder.is_dir() => Err(StartError::Reports(folder.clone())),
        _ => Ok(()),
    }
}
