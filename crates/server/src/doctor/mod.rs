//! What a server depends on, looked at from outside: nothing is changed, nothing is served.

mod certificate;
mod database;
mod files;
mod services;

use crate::{config::Settings, process::check};

/// How a check ended; the worst decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Good,
    /// It works, and somebody should look at it.
    Doubtful,
    /// A server would not start, or not answer.
    Broken,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub what: &'static str,
    pub state: State,
    /// What was seen.
    pub found: String,
    /// What to do, where there is something.
    pub advice: Option<String>,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Good, found: found.into(), advice: None }
    }

    fn doubtful(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, state: State::Doubtful, found: found.into(), advice: Some(advice.into()) }
    }

    fn broken(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, state: State::Broken, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Every check, those that need nobody else first.
pub(crate) async fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![configuration(settings)];
    findings.extend(secrets(settings));
    findings.extend(files::examine(settings));
    findings.push(services::port(settings.server.listen));
    findings.extend(settings.console.listen.map(services::port));
    findings.extend(console(settings));
    findings.extend(certificate::examine(settings));
    findings.extend(database::examine(settings).await);
    findings.push(services::pictures(settings).await);
    findings.push(services::mail(&settings.mail).await);
    findings
}

fn configuration(settings: &Settings) -> Finding {
    match check(settings) {
        Ok(()) => Finding::good("configuration", format!("{} mounts", settings.mounts.len())),
        Err(refusals) => Finding::broken(
            "configuration",
            refusals.join("; "),
            "mend these keys; `dragoman config show` tells where each comes from",
        ),
    }
}

fn secrets(settings: &Settings) -> Vec<Finding> {
    let found = |key: String| {
        Finding::doubtful(
            "secrets",
            format!("{key} is a factory value: anybody can register"),
            "set one of your own, or registration_open = false",
        )
    };
    factory_secrets(settings).into_iter().map(found).collect()
}

/// The keys of values that anybody can look up, found by what a dialect's own check of secrets says of an open door.
pub(crate) fn factory_secrets(settings: &Settings) -> Vec<String> {
    let factory = |mount: &&crate::config::MountSettings| {
        let text = |key: &str| mount.own.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        mount.dialect.name == "medusa"
            && mount.own.get("registration_open") == Some(&true.into())
            && text("registration_key").starts_with("I_will_always_like_")
    };
    settings.mounts.iter().filter(factory).map(|mount| format!("{}.registration_key", mount.section)).collect()
}

/// A console that others reach in the clear.
fn console(settings: &Settings) -> Option<Finding> {
    let listen = settings.console.listen?;
    (!listen.ip().is_loopback() && settings.server.tls().is_none()).then(|| {
        Finding::doubtful(
            "console",
            format!("{listen} can be reached by others, without TLS"),
            "set server.tls_certificate and server.tls_key, or console.listen on 127.0.0.1",
        )
    })
}
