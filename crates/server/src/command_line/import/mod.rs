//! `dragoman import plan|apply|verify|undo|status`: old deployments into the gateway.

mod arguments;
mod exchange;
mod logins;
mod pictures;
mod progress;
mod status;
mod suggestion;
mod wrapping;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use dragoman_accounts::{Accounts, Realm};
use dragoman_dialect::{Registered, pictures::PictureStore};
use dragoman_migrate::{Header, ImportError, Importer, Plan, Policies, Proof, Target};
use serde_json::json;

pub(super) use arguments::ImportCommand;
use arguments::{ApplyArguments, PlanArguments, PlanFile, Wrap};
use progress::Bar;

use super::{
    Complaint,
    acts::record,
    open_accounts,
    output::{complain, print, print_json, print_line, remark},
    plain::plain,
    wait_for,
};
use crate::{
    REGISTRY,
    config::{DatabaseSettings, Settings},
    importing::IMPORTERS,
    mounting::realm_of_scope,
    process::{data_folder, picture_store, sealing_key, sealing_key_or_new},
};

/// There are errors.
const ERRORS: u8 = 10;
/// There are warnings that want to be accepted.
const WARNINGS: u8 = 11;
/// Patience of one operation: a batch, or rows that all change places at once.
const OPERATION_SECONDS: u64 = 15 * 60;

/// In the place of a dialect: the neutral source, whose accounts become those of the dialect that a scope belongs to.
const NEUTRAL: &str = "jsonl";

/// How long a running server may take to see a new key.
const KEY_SPREADS: Duration = Duration::from_secs(3);

impl From<ImportError> for Complaint {
    fn from(error: ImportError) -> Self {
        Self(error.to_string())
    }
}

/// A complaint is an error like those of the sources: it ends with the same status.
pub(super) fn run(command: &ImportCommand, settings: &Settings) -> ExitCode {
    match dispatch(command, settings) {
        Ok(code) => code,
        Err(complaint) => {
            complain(&complaint);
            ExitCode::from(ERRORS)
        }
    }
}

fn dispatch(command: &ImportCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    if let ImportCommand::SuggestMapping(arguments) = command {
        return suggestion::show(arguments);
    }
    let database = DatabaseSettings { wait_seconds: OPERATION_SECONDS, ..settings.database.clone() };
    let settings = Settings { database, ..settings.clone() };
    wait_for(async {
        let accounts = open_accounts(&settings).await?;
        let work = Work { accounts: &accounts, settings: &settings };
        let done = match command {
            ImportCommand::Plan(arguments) => work.plan(arguments).await,
            ImportCommand::Apply(arguments) => work.apply(arguments).await,
            ImportCommand::Verify(arguments) => work.verify(arguments).await,
            ImportCommand::Undo(arguments) => work.undo(arguments).await,
            // Above: it needs no database.
            ImportCommand::SuggestMapping(arguments) => suggestion::show(arguments),
            ImportCommand::Status { json } => status::show(&accounts, *json).await,
        };
        accounts.close().await;
        done
    })?
}

/// What every command works with.
struct Work<'w> {
    accounts: &'w Accounts,
    settings: &'w Settings,
}

/// A plan with what it goes into.
struct Opened {
    plan: Plan,
    importer: Importer,
    realm: Realm,
}

impl Work<'_> {
    async fn plan(&self, arguments: &PlanArguments) -> Result<ExitCode, Complaint> {
        let importer = self.importer(&arguments.dialect, arguments.scope.as_deref())?;
        let scope = arguments.scope.as_deref().unwrap_or(importer.dialect);
        let (realm, is_mounted) = realm_of_scope(&self.settings.mounts, registered(importer.dialect)?, scope);
        let header = self.header(arguments, importer.dialect, scope)?;
        let proof = arguments.prove.as_ref().map(|login| known_password(login)).transpose()?;
        let proved = arguments.prove.as_deref();
        let bar = Bar::start("plan", progress::Unit::Bytes);
        let target = Target { accounts: self.accounts, realm: &realm, watch: &bar };
        let planned = dragoman_migrate::plan(&target, importer, &header, &arguments.out, proof).await;
        bar.finish();
        let planned = planned?;
        let summary = &planned.summary;
        let section = section(importer.dialect, scope);
        if let Some(file) = &arguments.settings {
            write_new(file, &summary.toml(&section))?;
        }
        if arguments.json {
            let toml = summary.toml(&section);
            print_json(&json!({ "plan": header.id, "summary": summary, "toml": toml, "proven": planned.proven }))?;
        } else {
            print(&summary.to_string())?;
            if arguments.settings.is_none() && !summary.settings.is_empty() {
                print(&format!(
                    "\n# ---- old settings, for dragoman.toml (--settings FILE writes them there) ----\n{}",
                    summary.toml(&section)
                ))?;
            }
            if !is_mounted {
                print_line(&format!("no mount has the scope {scope:?}: add one before clients come"))?;
            }
            if let Some(login) = proved {
                print_line(&format!("{login}: {}", proof_text(planned.proven)))?;
            }
        }
        let is_disproved = proved.is_some() && planned.proven != Some(true);
        Ok(verdict(summary.error_count + u64::from(is_disproved), summary.warning_count))
    }

    /// The dialect by its name; that of a scope, for the neutral source.
    fn importer(&self, dialect: &str, scope: Option<&str>) -> Result<Importer, Complaint> {
        if dialect != NEUTRAL {
            return importer(dialect);
        }
        let scopes: Vec<&str> = self.settings.mounts.iter().map(|mount| mount.scope.as_str()).collect();
        let mounted = self.settings.mounts.iter().find(|mount| Some(mount.scope.as_str()) == scope);
        let mounted = mounted.ok_or_else(|| {
            Complaint::from(format!("{NEUTRAL}: whose accounts will they be? --scope, one of {}", scopes.join(", ")))
        })?;
        importer(mounted.dialect.name)
    }

    fn header(&self, arguments: &PlanArguments, dialect: &str, scope: &str) -> Result<Header, Complaint> {
        let from = absolute(&arguments.from)?;
        let mut policies = Policies::default();
        for policy in &arguments.policy {
            policies.set(policy)?;
        }
        if let Some(pairs) = &arguments.pairs {
            policies.add_pairs(&text_of(pairs)?)?;
        }
        let mapping = arguments.mapping.as_deref().map(text_of).transpose()?;
        let pictures = arguments.pictures.as_deref().map(std::path::absolute).transpose()?;
        let id = self.accounts.randomness().hex(8);
        let header = Header::new(id, dialect, scope, &from);
        Ok(Header {
            time_zone: arguments.time_zone.clone(),
            charset: arguments.charset.clone(),
            neutral: arguments.dialect == NEUTRAL,
            mapping,
            pictures,
            policies,
            ..header
        })
    }

    async fn apply(&self, arguments: &ApplyArguments) -> Result<ExitCode, Complaint> {
        let Opened { plan, importer, realm } = self.open(&arguments.plan)?;
        let summary = &plan.summary;
        if summary.error_count > 0 {
            remark(format!("{summary}").trim_end());
            return Err(ImportError::Errors(summary.error_count).into());
        }
        if summary.warning_count > 0 && !arguments.accept {
            remark(format!("{summary}").trim_end());
            remark(&format!(
                "nothing was done: give --accept if these {} warnings are all right",
                summary.warning_count
            ));
            return Ok(ExitCode::from(WARNINGS));
        }
        if summary.weak > 0 {
            self.provide_sealing_key().await?;
        }
        let bar = Bar::start("apply", progress::Unit::Accounts);
        let target = Target { accounts: self.accounts, realm: &realm, watch: &bar };
        let applied = dragoman_migrate::apply(&target, importer, &plan).await;
        bar.finish();
        let applied = applied?;
        let copied = pictures::copy(self, &realm, &plan, &applied.pictures).await?;
        applied.finish(&target, &plan).await?;
        let told = format!("{} of {}, {} accounts", plan.header.id, plan.header.scope, applied.accounts);
        record(self.accounts, "import applied", Some(&told)).await?;
        let wrapped = if summary.weak > 0 && wraps_now(arguments.wrap, summary.wrapping_seconds) {
            wrapping::wrap_all(self.accounts, summary.weak_accounts).await?
        } else {
            0
        };
        if arguments.json {
            let told = json!({ "plan": plan.header.id, "accounts": applied.accounts, "was_done": applied.was_done, "wrapped": wrapped,
                "pictures": copied.done, "pictures_missing": copied.missing });
            print_json(&told)?;
        } else if applied.was_done {
            print_line("this plan was applied before: nothing was left to do")?;
        } else {
            print_line(&format!("{} accounts of the plan done, {} pictures copied", applied.accounts, copied.done))?;
            for name in &copied.missing {
                print_line(&format!("warning: picture {name:?} was not copied"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The key that weak hashes are sealed with. A server that runs beside looks for a new one every second: it must have it
    /// before the first account that needs it.
    async fn provide_sealing_key(&self) -> Result<(), Complaint> {
        let (passwords, folder) = (&self.settings.passwords, data_folder(&self.settings.database.url));
        let is_new = sealing_key(passwords, &folder)?.is_none();
        self.accounts.set_sealing_key(sealing_key_or_new(passwords, &folder, self.accounts.randomness())?);
        if is_new {
            remark(&format!(
                "made {}: keep a copy, without it imported weak hashes need a reset",
                folder.join("sealing.key").display()
            ));
            tokio::time::sleep(KEY_SPREADS).await;
        }
        Ok(())
    }

    async fn verify(&self, arguments: &arguments::VerifyArguments) -> Result<ExitCode, Complaint> {
        let Opened { plan, importer, realm } = self.open(&arguments.plan)?;
        let bar = Bar::start("verify", progress::Unit::Accounts);
        let target = Target { accounts: self.accounts, realm: &realm, watch: &bar };
        let verified = dragoman_migrate::verify(&target, importer, &plan).await;
        bar.finish();
        let verified = verified?;
        let pictures = pictures::compare(self, &realm, &plan, &verified.pictures).await?;
        let logins = match &arguments.credentials {
            Some(file) => {
                let known = logins::read(file)?;
                Some(logins::try_all(self.settings, (importer.dialect, &plan.header.scope), &known).await?)
            }
            None => None,
        };
        let refused = logins.as_ref().map_or(0, |logins| logins.refused.len());
        let wrong = verified.difference_count + (pictures.missing.len() + refused) as u64;
        if arguments.json {
            for difference in &verified.differences {
                print_json(&json!({ "place": difference.place, "key": difference.key, "fields": difference.fields }))?;
            }
            let told = json!({ "accounts": verified.accounts, "rows": verified.rows, "pictures": pictures.done,
                "pictures_missing": pictures.missing, "differences": verified.difference_count,
                "logins": logins.as_ref().map(|logins| logins.tried),
                "logins_refused": logins.iter().flat_map(|logins| &logins.refused).map(|(login, _)| login)
                    .collect::<Vec<_>>() });
            print_json(&told)?;
        } else {
            for (login, answer) in logins.iter().flat_map(|logins| &logins.refused) {
                print_line(&format!("{login:?} was refused: {answer}"))?;
            }
            if let Some(logins) = &logins {
                print_line(&format!("{} of {} users logged in", logins.tried - logins.refused.len(), logins.tried))?;
            }
            for difference in &verified.differences {
                print_line(&format!("{}: {}", difference.place, difference.fields.join("; ")))?;
            }
            for name in &pictures.missing {
                print_line(&format!("picture {name:?} is not the old one"))?;
            }
            let (accounts, rows) = (verified.accounts, verified.rows);
            print_line(&format!(
                "{accounts} accounts, {rows} rows and {} pictures compared, {wrong} differ",
                pictures.done
            ))?;
        }
        Ok(verdict(wrong, 0))
    }

    async fn undo(&self, arguments: &PlanFile) -> Result<ExitCode, Complaint> {
        let Opened { plan, realm, .. } = self.open(&arguments.plan)?;
        let bar = Bar::start("undo", progress::Unit::Accounts);
        let target = Target { accounts: self.accounts, realm: &realm, watch: &bar };
        let undone = dragoman_migrate::undo(&target, &plan).await;
        bar.finish();
        let undone = undone?;
        record(self.accounts, "import undone", Some(&format!("{} of {}", plan.header.id, plan.header.scope))).await?;
        pictures::remove(self, &realm, &undone.pictures).await?;
        if arguments.json {
            let kept: Vec<_> = undone
                .kept
                .iter()
                .map(|kept| json!({ "account": kept.account.0, "username": kept.username }))
                .collect();
            print_json(&json!({ "accounts": undone.accounts, "kept": kept }))?;
        } else {
            for kept in &undone.kept {
                let name = kept.username.as_deref().map_or_else(|| "deleted since".to_owned(), plain);
                print_line(&format!("kept account {} ({name}): it changed since the import", kept.account))?;
            }
            print_line(&format!("{} accounts undone, {} kept", undone.accounts, undone.kept.len()))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn open(&self, path: &Path) -> Result<Opened, Complaint> {
        let plan = Plan::open(path)?;
        let importer = importer(&plan.header.dialect)?;
        let (realm, _) = realm_of_scope(&self.settings.mounts, registered(importer.dialect)?, &plan.header.scope);
        Ok(Opened { plan, importer, realm })
    }

    /// The pictures of a realm.
    fn pictures(&self, realm: &Realm) -> Result<PictureStore, Complaint> {
        let store = picture_store(self.settings)?;
        store.scoped(&realm.scope).map_err(|_| format!("the scope {:?} cannot have pictures", realm.scope).into())
    }
}

/// Without a choice: in the background when it would take over ten minutes.
fn wraps_now(choice: Option<Wrap>, seconds: u64) -> bool {
    match choice {
        Some(Wrap::Now) => true,
        Some(Wrap::Background) => false,
        None => seconds <= 10 * 60,
    }
}

fn importer(dialect: &str) -> Result<Importer, Complaint> {
    let known = IMPORTERS.iter().find(|importer| importer.dialect == dialect).copied();
    known.ok_or_else(|| {
        let names: Vec<_> = IMPORTERS.iter().map(|importer| importer.dialect).collect();
        format!("there is no dialect `{dialect}`; one of {}", names.join(", ")).into()
    })
}

fn registered(dialect: &str) -> Result<&'static Registered, Complaint> {
    REGISTRY.iter().find(|known| known.name == dialect).ok_or_else(|| format!("there is no dialect `{dialect}`").into())
}

/// Where a scope's settings stand in `dragoman.toml`.
fn section(dialect: &str, scope: &str) -> String {
    if scope == dialect { dialect.to_owned() } else { format!("[mounts]]\n# dialect {dialect:?}, scope {scope:?}\n#[") }
}

fn verdict(errors: u64, warnings: u64) -> ExitCode {
    match (errors, warnings) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(WARNINGS),
        _ => ExitCode::from(ERRORS),
    }
}

fn proof_text(proven: Option<bool>) -> &'static str {
    match proven {
        Some(true) => "the password opens this account: the scheme is right",
        Some(false) => "the password does not open this account: wrong password, or not the assumed scheme",
        None => "there is no such account in the source",
    }
}

/// Asked on a terminal, else the first line of standard input: never an argument.
fn known_password(login: &str) -> Result<Proof, Complaint> {
    let password = super::password::known_password(&format!("Password of {login}: "))?;
    Ok(Proof { login: login.to_owned(), password })
}

/// A URL as it is, a path from the root: the plan may be applied from elsewhere.
fn absolute(from: &str) -> Result<String, Complaint> {
    if from.contains("://") {
        return Ok(from.to_owned());
    }
    Ok(std::path::absolute(from)?.to_string_lossy().into_owned())
}

/// A file that is there already may be the operator's own settings: it stays.
fn write_new(path: &Path, text: &str) -> Result<(), Complaint> {
    // Secrets of the old deployment are among them.
    let file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("{}: {error}", path.display()).into())
}

fn text_of(path: &Path) -> Result<String, Complaint> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
