//! The replay of fixtures as tests: one named test a fixture, place and backend.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use dragoman_fixtures::{Fixture, Outcome, Replayer, Standard, Target, load};
use dragoman_server::REGISTRY;
use jiff::Timestamp;
use libtest_mimic::{Arguments, Failed, Trial};

use crate::{Backend, TestServer, backends};

/// Plays every fixture below `compat-fixtures/<folder>` through the prefixes and on the familiar paths, on every
/// backend, and those of one dialect on a host that it has to itself. For a test target with `harness = false`.
pub fn replay_dialect(folder: &str) -> ExitCode {
    let arguments = Arguments::from_args();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-fixtures").join(folder);
    let fixtures = load(&[fixtures]).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(!fixtures.is_empty(), "compat-fixtures/{folder} holds no fixture");
    let fixtures: Vec<Arc<Fixture>> = fixtures.into_iter().map(Arc::new).collect();
    let alone = REGISTRY.iter().map(|dialect| dialect.name).find(|name| *name == folder);
    let trials = backends().iter().flat_map(|backend| trials_on(backend, alone, &fixtures)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    println!("{} passed, {} failed", conclusion.num_passed, conclusion.num_failed);
    conclusion.exit_code()
}

/// On the familiar paths, as far as they are the dialect's own.
fn familiar(target: Target) -> Target {
    let target = target.with_prefix("");
    REGISTRY.iter().fold(target, |target, dialect| target.with_namespaces(dialect.name, dialect.namespaces))
}

/// Recordings hold tokens of proxy whose date does not move with the calendar.
const RECORDED_TOKENS_LIVE: (&str, &str) = ("proxy.session_seconds", "3153600000");

/// Where requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paths {
    Prefixed,
    /// As far as they are the dialect's own, beside all others.
    Familiar,
    /// Of a host that the dialect named has to itself.
    Alone(&'static str),
}

impl Paths {
    fn name(self) -> &'static str {
        match self {
            Self::Prefixed => "prefix",
            Self::Familiar => "familiar",
            Self::Alone(_) => "alone",
        }
    }

    /// What the server is told for it.
    fn settings(self) -> Vec<(&'static str, &'static str)> {
        let others = REGISTRY.iter().filter(|dialect| matches!(self, Self::Alone(alone) if alone != dialect.name));
        let elsewhere = others.map(|dialect| (familiar_paths_of(dialect.name), "false"));
        elsewhere.chain([RECORDED_TOKENS_LIVE]).collect()
    }

    fn of(self, target: Target) -> Target {
        match self {
            Self::Prefixed => target,
            Self::Familiar => familiar(target),
            Self::Alone(dialect) => target.with_mount(dialect, ""),
        }
    }
}

/// The key that switches a dialect's familiar paths. Leaked: a few dozen bytes a test process.
fn familiar_paths_of(dialect: &str) -> &'static str {
    format!("{dialect}.familiar_paths").leak()
}

fn trials_on(backend: &Backend, alone: Option<&'static str>, fixtures: &[Arc<Fixture>]) -> Vec<Trial> {
    // Whose path it is does not depend on the database: one backend shows it.
    let alone = alone.filter(|_| *backend == Backend::Sqlite).map(Paths::Alone);
    let mut trials = Vec::new();
    // A server for each place, so that two cores have something to do; on it one fixture after the other.
    for paths in [Paths::Prefixed, Paths::Familiar].into_iter().chain(alone) {
        let server = Arc::new(LazyServer { backend: backend.clone(), paths, server: Mutex::new(None) });
        for fixture in fixtures {
            let (server, played) = (Arc::clone(&server), Arc::clone(fixture));
            let name = format!("{}::{}::{}", backend.name(), paths.name(), file_name(fixture));
            trials.push(Trial::test(name, move || server.replay(&played)));
        }
    }
    trials
}

fn file_name(fixture: &Fixture) -> String {
    let stem = fixture.file().file_stem().map(PathBuf::from).unwrap_or_default();
    stem.display().to_string()
}

/// Started by the first fixture that is played on it.
struct LazyServer {
    backend: Backend,
    paths: Paths,
    server: Mutex<Option<TestServer>>,
}

impl LazyServer {
    fn replay(&self, fixture: &Fixture) -> Result<(), Failed> {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let server = server.get_or_insert_with(|| TestServer::start(&self.backend, &self.paths.settings()));
        let target = Target::new(server.url()).map_err(|error| Failed::from(error.to_string()))?;
        let target = self.paths.of(target);
        let replayed = server.run(async {
            let replayer = Replayer::connect(target, Standard::Gateway, Timestamp::now())
                .await
                .map_err(|error| error.to_string())?;
            Ok::<_, String>(replayer.replay(fixture).await)
        });
        match replayed?.outcome {
            Outcome::Passed => Ok(()),
            Outcome::Failed { mismatches } => {
                let lines: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
                Err(Failed::from(lines.join("\n")))
            }
            Outcome::Skipped { reason } => Err(Failed::from(format!("skipped: {reason}"))),
        }
    }
}
