//! Where log lines go. Only the binary calls this: tracing's subscriber is the one thing a process has once.

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt::format::JsonFields, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use crate::{
    config::{LogFormat, LogSettings},
    log_format::JsonLines,
    log_lines::{self, LogThread},
};

/// What strangers send that is not HTTP is logged as an error by the HTTP layer, and would fill the log; who wants to see
/// it names `actix_http` in the level.
fn directives(level: &str) -> String {
    if level.contains("actix_http") { level.to_owned() } else { format!("{level},actix_http=off") }
}

/// The log of this process. Dropped, it writes out what is waiting.
pub struct Logging {
    filter: reload::Handle<EnvFilter, Registry>,
    _thread: LogThread,
}

impl Logging {
    /// Puts another level in force.
    pub fn set_level(&self, level: &str) -> Result<(), String> {
        self.filter.reload(filter(level)?).map_err(|error| format!("log level: {error}"))
    }
}

fn filter(level: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(directives(level)).map_err(|error| format!("log level: {error}"))
}

/// Starts logging to standard error.
pub fn start(settings: &LogSettings) -> Result<Logging, String> {
    let (filter, handle) = reload::Layer::new(filter(&settings.level)?);
    let terminal = std::io::stderr().is_terminal();
    let human = match settings.format {
        LogFormat::Auto => terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let (writer, thread) = log_lines::start(std::io::stderr()).map_err(|error| format!("log: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if human {
        Box::new(lines.with_ansi(terminal).with_filter(filter))
    } else {
        Box::new(lines.fmt_fields(JsonFields::new()).event_format(JsonLines::new()).with_filter(filter))
    };
    tracing_subscriber::registry().with(lines).try_init().map_err(|error| error.to_string())?;
    Ok(Logging { filter: handle, _thread: thread })
}
