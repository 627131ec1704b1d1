//! A closed session becomes files: redacted, correlated, looked over once more, then written.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use dragoman_fixtures::{ImportOptions, Imported, Loss, Recording, har_of, import_recording, import_twice};

use serde_json::Value;

use crate::redaction::{Found, Pseudonyms, redact};
use crate::sessions::Session;

/// What became of a session.
#[derive(Debug)]
pub enum Report {
    /// Files were written.
    Written(Written),
    /// Nothing was written, and why.
    Refused {
        /// Which session.
        name: String,
        /// Line by line.
        reasons: Vec<String>,
    },
    /// With `--twice`: it waits for its second recording.
    Waiting {
        /// Which session.
        name: String,
    },
    /// Something that passed was not recorded.
    Unrecorded(String),
}

/// What was written of a session.
#[derive(Debug)]
pub struct Written {
    /// The fixture.
    pub fixture: PathBuf,
    /// The redacted recording that it was made of.
    pub recording: PathBuf,
    /// How many steps it has.
    pub steps: usize,
    /// How many secrets of each kind were replaced.
    pub redacted: Found,
    /// Captures and their sources.
    pub findings: Vec<String>,
    /// What is not in it.
    pub losses: Vec<Loss>,
}

/// Writes sessions into a folder.
pub(crate) struct Writer {
    pub(crate) folder: PathBuf,
    /// Without a state.
    pub(crate) options: ImportOptions,
    /// What is true before a session that does not say it itself.
    pub(crate) given: Option<Value>,
    pub(crate) pseudonyms: Pseudonyms,
    /// With `--twice`: what was recorded once.
    pub(crate) waiting: Option<Vec<(String, Recording, Found)>>,
    pub(crate) written: usize,
}

impl Writer {
    pub(crate) fn write(&mut self, session: Session) -> Report {
        let started = session.exchanges.first().and_then(|exchange| exchange.started);
        self.written += 1;
        let time = started.map(|started| started.strftime("%Y%m%dT%H%M%SZ").to_string()).unwrap_or_default();
        let name = format!("{time}-{}", self.written);
        let recording = Recording {
            writer: concat!("dragoman-record ", env!("CARGO_PKG_VERSION")).to_owned(),
            exchanges: session.exchanges,
            losses: session.losses,
            given: session.given.or_else(|| self.given.clone()),
            fixture: None,
        };
        match redact(&recording, &self.options.dialects, &self.pseudonyms) {
            Ok((recording, found)) => self.paired(name, recording, found),
            Err(left) => Report::Refused { name, reasons: left.iter().map(ToString::to_string).collect() },
        }
    }

    /// With `--twice` a session waits for another one with the same requests.
    fn paired(&mut self, name: String, recording: Recording, found: Found) -> Report {
        let Some(waiting) = &mut self.waiting else { return self.put(&name, &recording, None, found) };
        let same = |(_, earlier, _): &(String, Recording, Found)| requests(earlier).eq(requests(&recording));
        match waiting.iter().position(same) {
            Some(place) => {
                let (name, first, found) = waiting.remove(place);
                self.put(&name, &first, Some(&recording), found)
            }
            None => {
                waiting.push((name.clone(), recording, found));
                Report::Waiting { name }
            }
        }
    }

    /// What was never recorded a second time is written as it is.
    pub(crate) fn finish(&mut self) -> Vec<Report> {
        let waiting = self.waiting.take().unwrap_or_default();
        let write = |(name, recording, found): (String, Recording, Found)| {
            let mut recording = recording;
            let what = "recorded once only: what differs at every run was told by its form";
            recording.losses.push(Loss { entry: None, what: what.into() });
            self.put(&name, &recording, None, found)
        };
        waiting.into_iter().map(write).collect()
    }

    fn put(&self, name: &str, recording: &Recording, again: Option<&Recording>, redacted: Found) -> Report {
        let refused = |reason: String| Report::Refused { name: name.to_owned(), reasons: vec![reason] };
        let imported = match again {
            None => import_recording(name, recording.clone(), &self.options),
            Some(again) => import_twice(name, recording.clone(), again.clone(), &self.options),
        };
        let Imported { fixture, losses, findings } = match imported {
            Ok(imported) => imported,
            Err(error) => return refused(error.to_string()),
        };
        let steps = fixture.get("steps").and_then(Value::as_array).map_or(0, Vec::len);
        let paths = (self.folder.join(format!("{name}.json")), self.folder.join(format!("recordings/{name}.har")));
        // The recording first: a fixture without it could not be made anew.
        let written = new_file(&paths.1, &har_of(recording)).and_then(|()| new_file(&paths.0, &fixture));
        match written {
            Ok(()) => {
                Report::Written(Written { fixture: paths.0, recording: paths.1, steps, redacted, findings, losses })
            }
            Err(error) => refused(error.to_string()),
        }
    }
}

/// What a session is recognised by when it is recorded again.
fn requests(recording: &Recording) -> impl Iterator<Item = (&str, &str)> {
    recording.exchanges.iter().map(|exchange| {
        let path = exchange.request.target.split('?').next().unwrap_or_default();
        (exchange.request.method.as_str(), path)
    })
}

/// Makes a folder of one's own, with those above it; one that is there stays as it is.
pub(crate) fn make_folder(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that is not there yet, whole or not at all.
fn new_file(path: &Path, value: &Value) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let text = serde_json::to_string_pretty(value)? + "\n";
    // What a recording holds of people is nobody else's on this machine, whatever redaction has left.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file would be taken for a whole one.
        let _ = std::fs::remove_file(path);
    }
    written
}
