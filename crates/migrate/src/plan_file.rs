//! The plan: JSON lines. The first says what it is of, the last sums it up, between them stands one line an account.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{ImportError, Policies, Summary};

/// The version of the format.
const VERSION: u32 = 1;

/// What a plan is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub plan: u32,
    /// Its id: the journal knows it by that.
    pub id: String,
    /// The dialect whose tables are read.
    pub dialect: String,
    /// The scope it goes into.
    pub scope: String,
    /// The source.
    pub from: String,
    /// It must be the neutral one; another dialect's tables would not do.
    #[serde(default)]
    pub neutral: bool,
    /// The zone of its wall clocks, where the operator said.
    pub time_zone: Option<String>,
    /// The character set of files that do not name theirs.
    pub charset: Option<String>,
    /// The text of the column mapping.
    pub mapping: Option<String>,
    /// The folder of its pictures.
    pub pictures: Option<PathBuf>,
    /// What is done about conflicts.
    pub policies: Policies,
}

impl Header {
    /// That of a new plan, of which only the place is known.
    pub fn new(id: String, dialect: &str, scope: &str, from: &str) -> Self {
        Self {
            plan: VERSION,
            id,
            dialect: dialect.to_owned(),
            scope: scope.to_owned(),
            from: from.to_owned(),
            neutral: false,
            time_zone: None,
            charset: None,
            mapping: None,
            pictures: None,
            policies: Policies::default(),
        }
    }

    /// The source without the password that a URL may hold.
    pub fn shown_source(&self) -> String {
        let secret = self.from.split_once("://").and_then(|(scheme, rest)| {
            let (user, host) = rest.rsplit_once('@')?;
            let (name, _) = user.split_once(':')?;
            Some(format!("{scheme}://{name}@{host}"))
        });
        secret.unwrap_or_else(|| self.from.clone())
    }
}

/// What becomes of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// It becomes part of one that is here.
    Merge,
    /// It is made under another name.
    Rename,
    /// It is left out.
    Skip,
    /// Deleted in the old deployment: its number is kept as a dead one.
    Bury,
}

/// One account of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place in the source, counted from 1.
    pub n: u64,
    /// What the source calls it.
    pub key: String,
    /// By what its user logs in.
    pub login: String,
    /// What becomes of it.
    pub action: Action,
    /// The new name of a renamed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The account in the gateway that it becomes part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<i64>,
    /// Its address is shown, but somebody else logs in with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub address_only_shown: bool,
    /// Nobody can log in before the password is set anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_reset: bool,
    /// What its password is kept in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemes: Vec<String>,
    /// Why, and what else is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Of the row it was made from.
    pub fingerprint: String,
}

/// A plan that is being written, under another name until it is whole.
pub(crate) struct PlanWriter {
    output: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
}

impl PlanWriter {
    pub fn create(path: &Path, header: &Header) -> Result<Self, ImportError> {
        spare_what_is_no_plan(path)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        // Names and addresses are nobody else's business, and a URL may hold a password.
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file = file.map_err(|cause| ImportError::PlanFile { file: part.display().to_string(), cause })?;
        let mut writer = Self { output: BufWriter::with_capacity(1 << 16, file), part, path: path.to_owned() };
        writer.line(header)?;
        Ok(writer)
    }

    pub fn line(&mut self, line: &impl Serialize) -> Result<(), ImportError> {
        let written = serde_json::to_writer(&mut self.output, line).map_err(std::io::Error::other);
        written.and_then(|()| self.output.write_all(b"\n")).map_err(|cause| self.failed(cause))
    }

    pub fn finish(mut self, summary: &Summary) -> Result<(), ImportError> {
        self.line(summary)?;
        let flushed = self.output.flush().and_then(|()| self.output.get_ref().sync_all());
        flushed.and_then(|()| std::fs::rename(&self.part, &self.path)).map_err(|cause| self.failed(cause))
    }

    fn failed(&self, cause: std::io::Error) -> ImportError {
        ImportError::PlanFile { file: self.part.display().to_string(), cause }
    }
}

/// An older plan may be replaced; anything else that has the name, the source above all, is not.
fn spare_what_is_no_plan(path: &Path) -> Result<(), ImportError> {
    let Ok(file) = File::open(path) else { return Ok(()) };
    let mut first = Vec::new();
    // A header is a line of a few hundred bytes; what has none that long is no plan.
    let read = BufReader::new(file.take(HEADER_BYTES)).read_until(b'\n', &mut first);
    if read.is_ok() && serde_json::from_slice::<Header>(&first).is_ok() {
        return Ok(());
    }
    Err(ImportError::Given(format!("{} is there already and is no plan: name another file", path.display())))
}

/// Longest first line of a plan, in bytes.
const HEADER_BYTES: u64 = 1 << 20;

/// A whole plan.
pub struct Plan {
    path: PathBuf,
    /// What it is of.
    pub header: Header,
    /// What it comes to.
    pub summary: Summary,
}

impl Plan {
    /// Reads the first and the last line.
    ///
    /// # Errors
    /// [`ImportError::PlanFile`] and [`ImportError::NoPlan`].
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let no_plan = |why: &str| ImportError::NoPlan { file: path.display().to_string(), why: why.to_owned() };
        let unreadable = |cause| ImportError::PlanFile { file: path.display().to_string(), cause };
        let (mut first, mut last, mut line) = (None, Vec::new(), Vec::new());
        let mut input = BufReader::with_capacity(1 << 16, File::open(path).map_err(unreadable)?);
        while input.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
            if first.is_none() {
                first = Some(line.clone());
            }
            std::mem::swap(&mut last, &mut line);
            line.clear();
        }
        let header: Header = serde_json::from_slice(&first.unwrap_or_default())
            .map_err(|_| no_plan("this is not a plan of `dragoman import plan`"))?;
        if header.plan != VERSION {
            return Err(no_plan("this plan was made by another version of dragoman"));
        }
        let summary = serde_json::from_slice(&last).map_err(|_| no_plan("the plan is cut: make it again"))?;
        Ok(Self { path: path.to_owned(), header, summary })
    }

    /// Its accounts, in the order of the source.
    pub(crate) fn lines(&self) -> Result<PlanLines, ImportError> {
        let file = self.path.display().to_string();
        let input = File::open(&self.path).map_err(|cause| ImportError::PlanFile { file: file.clone(), cause })?;
        let mut lines = PlanLines { input: BufReader::with_capacity(1 << 16, input), line: Vec::new(), file };
        lines.advance()?;
        Ok(lines)
    }
}

/// The accounts of a plan, one after the other.
pub(crate) struct PlanLines {
    input: BufReader<File>,
    line: Vec<u8>,
    file: String,
}

impl PlanLines {
    fn advance(&mut self) -> Result<(), ImportError> {
        self.line.clear();
        let read = self.input.read_until(b'\n', &mut self.line);
        read.map(drop).map_err(|cause| ImportError::PlanFile { file: self.file.clone(), cause })
    }

    /// The next account; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Line>, ImportError> {
        self.advance()?;
        if self.line.is_empty() || self.line.starts_with(b"{\"summary\":") {
            return Ok(None);
        }
        serde_json::from_slice(&self.line).map(Some).map_err(|error| ImportError::NoPlan {
            file: self.file.clone(),
            why: format!("a line does not read: {error}"),
        })
    }
}
