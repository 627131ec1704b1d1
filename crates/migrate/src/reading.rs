//! The source, read on a thread of its own while what was read before is worked on.

use std::ops::ControlFlow;
use std::thread;

use dragoman_accounts::{EachForeign, Foreign, ForeignOptions};
use dragoman_legacy::{Progress, ReadOptions, Source, Table};
use tokio::sync::mpsc;

use crate::{
    ImportError,
    neutral::{self, Neutral},
    plan_file::Header,
};

/// How a dialect makes accounts of its old tables.
pub type Convert = fn(&mut Source, &ForeignOptions, &mut EachForeign<'_>) -> Result<(), String>;

/// What is known of a dialect's old deployments.
#[derive(Clone, Copy)]
pub struct Importer {
    /// The dialect's name.
    pub dialect: &'static str,
    /// Its tables, for sources that name no columns.
    pub tables: fn() -> Vec<Table>,
    /// How they become accounts.
    pub convert: Convert,
    /// What it adds to the neutral source.
    pub neutral: Neutral,
}

const NOT_NEUTRAL: &str =
    "this is no neutral source: its first line is {\"format\": \"dragoman-jsonl\", \"version\": 1}";
/// Things found that one message carries.
const BATCH: usize = 500;
/// Messages on their way: reading is ahead by so much at most.
const AHEAD: usize = 4;

/// What comes from the reading thread.
pub(crate) enum Message {
    /// Found, in the order of the source.
    Found(Vec<Foreign>),
    /// That was all; with the program that wrote the source and what its reader warns of.
    End { writer: &'static str, warnings: Vec<String> },
}

/// A source being read.
pub(crate) struct Reading {
    messages: mpsc::Receiver<Result<Message, ImportError>>,
    /// How far it is.
    pub progress: Progress,
}

impl Reading {
    /// Opens what a plan's header names and begins to read it.
    pub async fn begin(importer: Importer, header: &Header) -> Result<Self, ImportError> {
        let options = ReadOptions { charset: header.charset.clone(), assumed: (importer.tables)() };
        let from = header.from.clone();
        // On a thread that may wait: a live server is asked at once.
        let opened = tokio::task::spawn_blocking(move || Source::open(&from, &options)).await;
        let opened = opened.map_err(|_| ImportError::Source("the source could not be opened".to_owned()))?;
        let mut source = opened.map_err(|error| ImportError::Source(error.to_string()))?;
        if header.neutral && !source.is_neutral() {
            return Err(ImportError::Source(NOT_NEUTRAL.to_owned()));
        }
        let progress = source.progress();
        let foreign = ForeignOptions { time_zone: header.time_zone.clone(), mapping: header.mapping.clone() };
        let (sender, messages) = mpsc::channel(AHEAD);
        thread::Builder::new()
            .name("import-reading".to_owned())
            .spawn(move || {
                let end = read(importer, &mut source, &foreign, &sender);
                // An error means that nobody listens any more.
                let _ = sender.blocking_send(end);
            })
            .map_err(|error| ImportError::Source(error.to_string()))?;
        Ok(Self { messages, progress })
    }

    /// What was found next.
    pub async fn next(&mut self) -> Result<Message, ImportError> {
        match self.messages.recv().await {
            Some(message) => message,
            None => Err(ImportError::Source("the reading ended unexpectedly".to_owned())),
        }
    }
}

fn read(
    importer: Importer,
    source: &mut Source,
    options: &ForeignOptions,
    sender: &mpsc::Sender<Result<Message, ImportError>>,
) -> Result<Message, ImportError> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut each = |found| {
        batch.push(found);
        if batch.len() < BATCH {
            return ControlFlow::Continue(());
        }
        match sender.blocking_send(Ok(Message::Found(std::mem::take(&mut batch)))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    let result = if source.is_neutral() {
        neutral::read(importer.neutral, source, options, &mut each)
    } else {
        (importer.convert)(source, options, &mut each)
    };
    result.map_err(ImportError::Source)?;
    if !batch.is_empty() {
        let _ = sender.blocking_send(Ok(Message::Found(batch)));
    }
    let warnings = source.warnings().iter().map(ToString::to_string).collect();
    Ok(Message::End { writer: source.writer(), warnings })
}
