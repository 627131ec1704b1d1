//! `dragoman serve`: start, tell what is mounted where, wait for the end.

use std::io::Write;

use dragoman_accounts::Origin;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::{RunningServer, StartError, StartOptions, administrator, start};
use crate::{config::Settings, logging::Logging};

/// What SIGHUP does: reads the settings again, and puts another log level in force.
pub struct Reloading<'a> {
    /// The settings as they are now, and what they come to; the error is told in the log, and everything stays as it was.
    pub settings: &'a dyn Fn() -> Result<(Settings, String), String>,
    /// The log.
    pub log: &'a Logging,
    /// What the settings at the start come to: another one is a record of the audit.
    pub fingerprint: &'a str,
}

/// Serves until SIGTERM or SIGINT, then shuts down gracefully; a second signal ends the process at once. SIGHUP, which
/// reload means to service managers, reloads certificate and log level.
pub async fn serve(settings: &Settings, options: &StartOptions, reloading: Reloading<'_>) -> Result<(), StartError> {
    let (mut terminated, mut interrupted) =
        (listen_for(SignalKind::terminate())?, listen_for(SignalKind::interrupt())?);
    let mut hung_up = listen_for(SignalKind::hangup())?;
    let server = start(settings, options).await?;
    if let Some(administrator) = server.first_administrator()
        && let Err(error) = administrator::tell(administrator, &server.data_folder)
    {
        let hint = "`dragoman account set-password admin` sets another";
        tracing::error!(%error, hint, "the first administrator's password could not be told");
    }
    if !options.testing
        && let Err(error) =
            server.accounts().record_change("settings", Origin::at("server start"), reloading.fingerprint).await
    {
        tracing::warn!(%error, "whether the settings changed is not in the audit");
    }
    let _forgetting = AbortOnDrop(tokio::spawn(administrator::forget_when_used(
        server.accounts().clone(),
        server.data_folder.clone(),
    )));
    // A closed standard output (`dragoman serve >&-`) is no reason not to serve.
    let _ = write!(std::io::stdout(), "{}", server.report());
    let _ = std::io::stdout().flush();
    loop {
        tokio::select! {
            () = either(&mut terminated, &mut interrupted) => break,
            _ = hung_up.recv() => match reload(&server, &reloading) {
                Ok(fingerprint) => {
                    tracing::info!("reloaded certificate and log level; other settings need a restart");
                    let recorded = server.accounts().record_act("reloaded", Origin::at("SIGHUP"), Some(&fingerprint));
                    if let Err(error) = recorded.await {
                        tracing::warn!(%error, "the reload is not in the audit");
                    }
                }
                Err(reason) => tracing::error!(reason, "not reloaded, everything stays as it was"),
            },
        }
    }
    tracing::info!("shutting down: finishing what runs");
    tokio::select! {
        () = server.stop() => tracing::info!("stopped"),
        () = either(&mut terminated, &mut interrupted) => tracing::warn!("second signal: ending at once"),
    }
    Ok(())
}

/// A task that ends with the server it looks after.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Gives what the settings come to that are in force now.
fn reload(server: &RunningServer, reloading: &Reloading<'_>) -> Result<String, String> {
    let (settings, fingerprint) = (reloading.settings)()?;
    server.reload_certificate(&settings)?;
    reloading.log.set_level(&settings.log.level)?;
    Ok(fingerprint)
}

fn listen_for(kind: SignalKind) -> Result<Signal, StartError> {
    signal(kind).map_err(|source| StartError::File { what: "signals".to_owned(), source })
}

/// Ends with SIGTERM or SIGINT.
pub(crate) fn told_to_end() -> Result<impl Future<Output = ()>, StartError> {
    let (mut terminated, mut interrupted) =
        (listen_for(SignalKind::terminate())?, listen_for(SignalKind::interrupt())?);
    Ok(async move { either(&mut terminated, &mut interrupted).await })
}

async fn either(left: &mut Signal, right: &mut Signal) {
    tokio::select! {
        _ = left.recv() => {}
        _ = right.recv() => {}
    }
}
