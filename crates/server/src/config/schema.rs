//! The known keys with their defaults, as one tree: what is not in it is an unknown key.

use dragoman_dialect::Registered;
use serde::Serialize;
use serde_json::Value;

use super::{
    AuditSettings, BackupSettings, ConfigProblem, ConsoleSettings, DatabaseSettings, LogSettings, MailSettings,
    PasswordSettings, PictureSettings, PurgeSettings, ServerSettings, TelemetrySettings, ThrottleSettings,
    UsageSettings, known_keys::Schema, mounts,
};

/// The tree for the house's own sections and one section a registered dialect.
pub(super) fn schema(registry: &[Registered]) -> Result<Schema, ConfigProblem> {
    let mut schema = Schema::new();
    add::<ServerSettings>(&mut schema, "server")?;
    add::<ConsoleSettings>(&mut schema, "console")?;
    add::<DatabaseSettings>(&mut schema, "database")?;
    add::<PasswordSettings>(&mut schema, "passwords")?;
    add::<LogSettings>(&mut schema, "log")?;
    add::<ThrottleSettings>(&mut schema, "throttle")?;
    add::<PurgeSettings>(&mut schema, "purge")?;
    add::<UsageSettings>(&mut schema, "usage")?;
    add::<MailSettings>(&mut schema, "mail")?;
    add::<PictureSettings>(&mut schema, "pictures")?;
    add::<AuditSettings>(&mut schema, "audit")?;
    add::<BackupSettings>(&mut schema, "backup")?;
    add::<TelemetrySettings>(&mut schema, "telemetry")?;
    for dialect in registry {
        schema.insert(dialect.name.to_owned(), Value::Object(mounts::defaults(dialect)?));
    }
    Ok(schema)
}

fn add<T: Default + Serialize>(schema: &mut Schema, name: &str) -> Result<(), ConfigProblem> {
    let defaults = serde_json::to_value(T::default())
        .map_err(|error| ConfigProblem::General(format!("the defaults of `{name}` cannot be written: {error}")))?;
    schema.insert(name.to_owned(), defaults);
    Ok(())
}
