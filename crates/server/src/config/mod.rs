//! Configuration: defaults, then `dragoman.toml`, then the environment, then the command line.
//!
//! [`Settings`] is a plain value: nothing reads the environment or a global after [`load`].

mod audit;
mod backup;
mod bounds;
mod bucket;
mod console;
mod database;
mod file;
mod known_keys;
mod log;
mod mail;
mod mounts;
mod passwords;
mod pictures;
mod problem;
mod purge;
mod reading;
mod schema;
mod secrets;
mod server;
mod shadow;
mod show;
mod sources;
mod telemetry;
mod throttle;
mod upstream;
mod usage;

#[cfg(test)]
mod tests;

use dragoman_dialect::Registered;

pub use audit::AuditSettings;
pub use backup::BackupSettings;
pub use bucket::BucketSettings;
pub use console::ConsoleSettings;
pub use database::DatabaseSettings;
pub use file::ConfigFile;
pub use log::{LogFormat, LogSettings};
pub use mail::{MailSecurity, MailSettings, MailTransport};
pub(crate) use mounts::claimant;
pub use mounts::{Admits, MountSettings};
pub use passwords::PasswordSettings;
pub use pictures::PictureSettings;
pub use problem::{ConfigProblem, ConfigProblems};
pub use purge::PurgeSettings;
pub use reading::Entry;
pub use server::{ServerSettings, TlsFiles};
pub use shadow::ShadowSettings;
pub use show::show;
pub use sources::Sources;
pub use telemetry::TelemetrySettings;
pub use throttle::ThrottleSettings;
pub use upstream::UpstreamSettings;
pub use usage::UsageSettings;

use reading::Reading;

/// Everything the server is told from outside.
#[derive(Clone)]
pub struct Settings {
    /// `[server]`
    pub server: ServerSettings,
    /// `[console]`
    pub console: ConsoleSettings,
    /// `[database]`
    pub database: DatabaseSettings,
    /// `[passwords]`
    pub passwords: PasswordSettings,
    /// `[log]`
    pub log: LogSettings,
    /// `[throttle]`
    pub throttle: ThrottleSettings,
    /// `[purge]`
    pub purge: PurgeSettings,
    /// `[usage]`
    pub usage: UsageSettings,
    /// `[mail]`
    pub mail: MailSettings,
    /// `[pictures]`
    pub pictures: PictureSettings,
    /// `[audit]`
    pub audit: AuditSettings,
    /// `[backup]`
    pub backup: BackupSettings,
    /// `[telemetry]`
    pub telemetry: TelemetrySettings,
    /// The enabled dialect sections in the registry's order, then the enabled `[[mounts]]`.
    pub mounts: Vec<MountSettings>,
}

/// The settings with the origin of every value, for `dragoman config show`.
pub struct Loaded {
    /// What the server works with.
    pub settings: Settings,
    /// Every value in the order of the documentation; secrets are not masked here, [`show`] does that.
    pub entries: Vec<Entry>,
}

/// Reads all sources. Every problem found is reported, not only the first.
pub fn load(sources: &Sources, registry: &[Registered]) -> Result<Loaded, ConfigProblems> {
    let schema = schema::schema(registry)?;
    let given = sources.merged(&schema)?;
    let mut reading = Reading::new(&schema, given);
    reading.refuse_unknown_sections();
    let settings = (
        reading.section("server", ServerSettings::check),
        reading.section("console", ConsoleSettings::check),
        reading.section("database", DatabaseSettings::check),
        reading.section("passwords", PasswordSettings::check),
        reading.section("log", LogSettings::check),
        reading.section("throttle", ThrottleSettings::check),
        reading.section("purge", PurgeSettings::check),
        reading.section("usage", UsageSettings::check),
        reading.section("mail", MailSettings::check),
        reading.section("pictures", PictureSettings::check),
        reading.section("audit", AuditSettings::check),
        reading.section("backup", BackupSettings::check),
        reading.section("telemetry", TelemetrySettings::check),
    );
    let mounts = mounts::read(&mut reading, registry);
    let entries = reading.finish()?;
    let (
        Some(server),
        Some(console),
        Some(database),
        Some(passwords),
        Some(log),
        Some(throttle),
        Some(purge),
        Some(usage),
        Some(mail),
        Some(pictures),
        Some(audit),
        Some(backup),
        Some(telemetry),
    ) = settings
    else {
        return Err(ConfigProblem::General("the configuration could not be read".to_owned()).into());
    };
    let settings = Settings {
        server,
        console,
        database,
        passwords,
        log,
        throttle,
        purge,
        usage,
        mail,
        pictures,
        audit,
        backup,
        telemetry,
        mounts,
    };
    Ok(Loaded { settings, entries })
}
