//! `dragoman serve`: start, tell what is mounted where, wait for the end.

use std::io::Write;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{StartError, StartOptions, administrator, start};
use crate::config::Settings;

/// Serves until SIGTERM or SIGINT, then shuts down gracefully; a second signal ends the process at once.
pub async fn serve(settings: &Settings, options: &StartOptions) -> Result<(), StartError> {
    let (mut terminated, mut interrupted) =
        (listen_for(SignalKind::terminate())?, listen_for(SignalKind::interrupt())?);
    let server = start(settings, options).await?;
    if let Some(administrator) = server.first_administrator()
        && let Err(error) = administrator::tell(administrator, &server.data_folder)
    {
        let hint = "`dragoman account set-password admin` sets another";
        tracing::error!(%error, hint, "the first administrator's password could not be told");
    }
    // A closed standard output (`dragoman serve >&-`) is no reason not to serve.
    let _ = write!(std::io::stdout(), "{}", server.report());
    let _ = std::io::stdout().flush();
    either(&mut terminated, &mut interrupted).await;
    tracing::info!("shutting down: finishing what runs");
    tokio::select! {
        () = server.stop() => tracing::info!("stopped"),
        () = either(&mut terminated, &mut interrupted) => tracing::warn!("second signal: ending at once"),
    }
    Ok(())
}

fn listen_for(kind: SignalKind) -> Result<Signal, StartError> {
    signal(kind).map_err(|source| StartError::File { what: "signals".to_owned(), source })
}

async fn either(left: &mut Signal, right: &mut Signal) {
    tokio::select! {
        _ = left.recv() => {}
        _ = right.recv() => {}
    }
}
