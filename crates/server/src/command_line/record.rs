//! `dragoman record`: stands between clients and an old server, and makes fixtures of what they say to each other.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use dragoman_fixtures::{ImportOptions, Rules};
use dragoman_passwords::random::{Randomness, SystemRandomness};
use dragoman_recorder::{RecordOptions, Recorder, Report, Upstream, Written};

use super::fixtures::{mounted, read_json};
use super::{Complaint, output, plain::plain};
use crate::process::{file_limit, told_to_end};

/// So many clients are served at once, if the system lets us; each takes two connections.
const CONNECTIONS: usize = 4_096;

/// Record an old server.
#[derive(Debug, Args)]
pub(super) struct RecordArguments {
    /// The old server: `http://HOST[:PORT]` or `https://HOST[:PORT]`
    #[arg(long, value_name = "URL")]
    upstream: String,
    /// The dialect it speaks, with `=PREFIX` if it is mounted somewhere else than under its name; may be given several times
    #[arg(long, value_name = "DIALECT", required = true, value_delimiter = ',')]
    dialect: Vec<String>,
    /// Where clients are to be sent
    #[arg(long, value_name = "ADDR:PORT")]
    listen: String,
    /// Where the fixtures go; what they were made of goes to its folder `recordings`
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// What is true of the old server before a session: a JSON file as `POST /_testing/reset` takes it, or a fixture
    #[arg(long, value_name = "FILE")]
    given: Option<PathBuf>,
    /// Record each session twice, and compare what really differs instead of what looks as if it did
    #[arg(long)]
    twice: bool,
    /// A session ends when it was silent for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    idle: u64,
}

pub(super) fn run(arguments: &RecordArguments) -> Result<ExitCode, Complaint> {
    let mut key = [0; 32];
    SystemRandomness.fill(&mut key);
    let options = RecordOptions {
        upstream: Upstream::parse(&arguments.upstream).map_err(|error| Complaint(format!("--upstream: {error}")))?,
        import: ImportOptions {
            dialects: arguments.dialect.iter().map(|text| mounted(text)).collect::<Result<_, _>>()?,
            given: arguments.given.as_deref().map(read_json).transpose()?,
            rules: Rules::default(),
        },
        folder: arguments.out.clone(),
        idle: Duration::from_secs(arguments.idle),
        twice: arguments.twice,
        connections: file_limit::connections(2 * CONNECTIONS) / 2,
        key,
        now: jiff::Timestamp::now,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let refused = runtime.block_on(async {
        let end = told_to_end()?;
        let recorder =
            Recorder::bind(&arguments.listen, options).await.map_err(|error| Complaint(error.to_string()))?;
        output::print_line(&format!("recording on {}; SIGINT or SIGTERM ends it", recorder.address()?))?;
        let mut refused = 0;
        recorder
            .run(end, |report| {
                refused += usize::from(matches!(report, Report::Refused { .. }));
                // Whoever read standard output may have gone: what passes is recorded all the same.
                let _ = output::print(&told(report));
            })
            .await;
        Ok::<_, Complaint>(refused)
    })?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A report for people: names of clients' making are written without control characters.
fn told(report: Report) -> String {
    match report {
        Report::Unrecorded(what) => format!("{}\n", plain(&what)),
        Report::Waiting { name } => format!("{name}: recorded once, waits for the second time\n"),
        Report::Refused { name, reasons } => {
            let reasons: String = reasons.iter().map(|reason| format!("  {}\n", plain(reason))).collect();
            format!("{name}: not written\n{reasons}")
        }
        Report::Written(Written { fixture, steps, redacted, findings, losses, .. }) => {
            let redacted: Vec<String> = redacted.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let redacted = if redacted.is_empty() { "nothing".to_owned() } else { redacted.join(", ") };
            let found = findings.iter().map(|found| format!("  {}\n", plain(found)));
            let lost = losses.iter().map(|loss| format!("  warning: {}\n", plain(&loss.to_string())));
            let lines: String = found.chain(lost).collect();
            format!("{}: {steps} steps; replaced: {redacted}\n{lines}", fixture.display())
        }
    }
}
