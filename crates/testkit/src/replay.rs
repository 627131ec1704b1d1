//! The replay of fixtures as tests: one named test a fixture, place and backend.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use dragoman_fixtures::{Fixture, Outcome, Replayer, Target, load};
use dragoman_server::REGISTRY;
use jiff::Timestamp;
use libtest_mimic::{Arguments, Failed, Trial};

use crate::{Backend, TestServer, backends};

/// Plays every fixture below `compat-fixtures/<folder>` through the prefixes and on the familiar paths, on every
/// backend. For a test target with `harness = false`.
pub fn replay_dialect(folder: &str) -> ExitCode {
    let arguments = Arguments::from_args();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-fixtures").join(folder);
    let fixtures = load(&[fixtures]).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(!fixtures.is_empty(), "compat-fixtures/{folder} holds no fixture");
    let fixtures: Vec<Arc<Fixture>> = fixtures.into_iter().map(Arc::new).collect();
    let trials = backends().iter().flat_map(|backend| trials_on(backend, &fixtures)).collect();
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
#[derive(Debug, Clone, Copy)]
enum Paths {
    Prefixed,
    Familiar,
}

fn trials_on(backend: &Backend, fixtures: &[Arc<Fixture>]) -> Vec<Trial> {
    // A server for each place, so that two cores have something to do; on it one fixture after the other.
    let places = [(Paths::Prefixed, "prefix"), (Paths::Familiar, "familiar")];
    let mut trials = Vec::new();
    for (paths, place) in places {
        let server = Arc::new(LazyServer { backend: backend.clone(), server: Mutex::new(None) });
        for fixture in fixtures {
            let (server, played) = (Arc::clone(&server), Arc::clone(fixture));
            let name = format!("{}::{place}::{}", backend.name(), file_name(fixture));
            trials.push(Trial::test(name, move || server.replay(&played, paths)));
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
    server: Mutex<Option<TestServer>>,
}

impl LazyServer {
    fn replay(&self, fixture: &Fixture, paths: Paths) -> Result<(), Failed> {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let server = server.get_or_insert_with(|| TestServer::start(&self.backend, &[RECORDED_TOKENS_LIVE]));
        let target = Target::new(server.url()).map_err(|error| Failed::from(error.to_string()))?;
        let target = match paths {
            Paths::Prefixed => target,
            Paths::Familiar => familiar(target),
        };
        let replayed = server.run(async {
            let replayer = Replayer::connect(target, Timestamp::now()).await.map_err(|error| error.to_string())?;
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
