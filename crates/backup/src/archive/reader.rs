//! Reads a backup file, block by block, and believes nothing it says before the chain has proven it.

use std::io::{ErrorKind, Read};

use dragoman_store::rows::{Row, Table};
use flate2::read::DeflateDecoder;
use sha2::{Digest, Sha256};

use super::block::{CHAIN, ENCRYPTED, HEAD, Kind, MAGIC, MOST, SALT, VERSION};
use super::description::Fit;
use super::encoding::take_row;
use super::seal::Sealer;
use super::{Description, Totals};
use crate::source::RowSource;
use crate::{BackupError, BackupKey};

/// What a sealed body is longer by, and what deflating may add to what cannot be compressed.
const OVERHEAD: usize = 64 * 1024;

/// A piece of a backup.
#[derive(Debug)]
pub enum Block {
    /// Rows of one table, by its place in the description.
    Rows {
        /// Which table.
        table: usize,
        /// Its next rows.
        rows: Vec<Row>,
    },
    /// The next piece of a picture.
    Picture {
        /// Its name.
        name: String,
        /// The piece.
        bytes: Vec<u8>,
        /// Whether it was the last.
        is_last: bool,
    },
    /// The end; nothing follows.
    End(Totals),
}

/// A backup file that is being read.
pub struct Archive<R> {
    file: R,
    sealer: Option<Sealer>,
    chain: [u8; CHAIN],
    description: Description,
    fits: Vec<Fit>,
    seen: Totals,
    ended: bool,
    /// The table whose rows are asked for, and rows of a later one that were read already.
    reading: Option<usize>,
    ahead: Option<(usize, Vec<Row>)>,
}

impl<R: Read> Archive<R> {
    /// Reads the head of a backup whose rows are meant for `tables`.
    pub fn open(mut file: R, key: Option<&BackupKey>, tables: &[Table]) -> Result<Self, BackupError> {
        let mut head = [0; HEAD];
        file.read_exact(&mut head).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => BackupError::NoBackup,
            _ => BackupError::File(error),
        })?;
        let (magic, rest) = head.split_at(MAGIC.len());
        let (version, rest) = rest.split_first_chunk().ok_or(BackupError::NoBackup)?;
        let (flags, salt) = rest.split_first().ok_or(BackupError::NoBackup)?;
        debug_assert_eq!(salt.len(), SALT);
        if magic != MAGIC {
            return Err(BackupError::NoBackup);
        }
        match u16::from_be_bytes(*version) {
            VERSION => {}
            other => return Err(BackupError::Version(other)),
        }
        let sealer = match (*flags, key) {
            (0, None) => None,
            (0, Some(_)) => return Err(BackupError::KeyUnneeded),
            (ENCRYPTED, None) => return Err(BackupError::KeyNeeded),
            (ENCRYPTED, Some(key)) => Some(Sealer::new(key, salt)),
            _ => return Err(BackupError::damaged("its head has unknown flags")),
        };
        let mut archive = Self {
            file,
            sealer,
            chain: Sha256::digest(head).into(),
            description: Description { program: String::new(), made_at: 0, tables: Vec::new() },
            fits: Vec::new(),
            seen: Totals::default(),
            ended: false,
            reading: None,
            ahead: None,
        };
        let (kind, text) = archive.block()?;
        if kind != Kind::Description {
            return Err(BackupError::damaged("it does not begin with a description"));
        }
        archive.description =
            serde_json::from_slice(&text).map_err(|_| BackupError::damaged("its description cannot be read"))?;
        archive.fits = archive.description.fit(tables)?;
        archive.seen.rows = vec![0; archive.fits.len()];
        Ok(archive)
    }

    /// Which program wrote it, and when (in milliseconds).
    pub fn origin(&self) -> (&str, i64) {
        (&self.description.program, self.description.made_at)
    }

    /// The tables it holds rows of.
    pub fn tables(&self) -> Vec<Table> {
        self.fits.iter().map(|fit| fit.table.clone()).collect()
    }

    /// The next piece; `None` behind the end.
    pub fn next_block(&mut self) -> Result<Option<Block>, BackupError> {
        if self.ended {
            return Ok(None);
        }
        let (kind, payload) = self.block()?;
        let block = match kind {
            Kind::Description => return Err(BackupError::damaged("it has two descriptions")),
            Kind::Rows => self.rows(&payload)?,
            Kind::Picture => self.picture(&payload)?,
            Kind::End => self.end(&payload)?,
        };
        Ok(Some(block))
    }

    fn rows(&mut self, payload: &[u8]) -> Result<Block, BackupError> {
        let damaged = || BackupError::damaged("a block of rows cannot be read");
        let (table, rest) = payload.split_first_chunk().ok_or_else(damaged)?;
        let (count, mut rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (table, count) = (usize::from(u16::from_be_bytes(*table)), u32::from_be_bytes(*count));
        let described = self.description.tables.get(table).ok_or_else(damaged)?;
        let fit = self.fits.get(table).ok_or_else(damaged)?;
        let mut rows = Vec::new();
        for _ in 0..count {
            let row = take_row(&mut rest, described.columns.len()).ok_or_else(damaged)?;
            rows.push(fit.row(row)?);
        }
        if !rest.is_empty() {
            return Err(damaged());
        }
        if let Some(seen) = self.seen.rows.get_mut(table) {
            *seen += u64::from(count);
        }
        Ok(Block::Rows { table, rows })
    }

    fn picture(&mut self, payload: &[u8]) -> Result<Block, BackupError> {
        let damaged = || BackupError::damaged("a picture's block cannot be read");
        let (is_last, rest) = payload.split_first().ok_or_else(damaged)?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (name, bytes) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(damaged)?;
        let name = str::from_utf8(name).map_err(|_| damaged())?.to_owned();
        self.seen.pictures += u64::from(*is_last);
        Ok(Block::Picture { name, bytes: bytes.to_vec(), is_last: *is_last == 1 })
    }

    fn end(&mut self, payload: &[u8]) -> Result<Block, BackupError> {
        let totals: Totals =
            serde_json::from_slice(payload).map_err(|_| BackupError::damaged("its end cannot be read"))?;
        if totals != self.seen {
            return Err(BackupError::damaged("it holds less than its end says"));
        }
        if self.file.read(&mut [0])? != 0 {
            return Err(BackupError::damaged("something follows its end"));
        }
        self.ended = true;
        Ok(Block::End(totals))
    }

    /// The next block, proven and unpacked.
    fn block(&mut self) -> Result<(Kind, Vec<u8>), BackupError> {
        let mut kind_and_length = [0; 5];
        self.read_exact(&mut kind_and_length)?;
        let [byte, length @ ..] = kind_and_length;
        let (kind, length) = (Kind::of(byte), u32::from_be_bytes(length) as usize);
        if length > MOST + OVERHEAD {
            return Err(BackupError::damaged("a block is said to be larger than blocks can be"));
        }
        let mut body = Vec::new();
        // Grows with what is there, not with what the file says is there.
        Read::by_ref(&mut self.file).take(length as u64).read_to_end(&mut body)?;
        if body.len() < length {
            return Err(cut());
        }
        let mut told = [0; CHAIN];
        self.read_exact(&mut told)?;
        let chain = Sha256::new().chain_update(self.chain).chain_update(kind_and_length).chain_update(&body);
        self.chain = chain.finalize().into();
        let kind = kind.filter(|_| told == self.chain);
        let kind = kind.ok_or_else(|| BackupError::damaged("a block does not have the digest it was written with"))?;
        if let Some(sealer) = &mut self.sealer {
            let wrong = if kind == Kind::Description {
                BackupError::WrongKey
            } else {
                BackupError::damaged("a block does not open with the key")
            };
            body = sealer.open(kind, &body).ok_or(wrong)?;
        }
        Ok((kind, inflated(&body)?))
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        self.file.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => cut(),
            _ => BackupError::File(error),
        })
    }
}

fn cut() -> BackupError {
    BackupError::damaged("it ends before its end")
}

/// At most what the block says, and never more than a block may hold.
fn inflated(body: &[u8]) -> Result<Vec<u8>, BackupError> {
    let damaged = || BackupError::damaged("a block cannot be unpacked");
    let (raw, deflated) = body.split_first_chunk().ok_or_else(damaged)?;
    let raw = u32::from_be_bytes(*raw) as usize;
    if raw > MOST {
        return Err(BackupError::damaged("a block unpacks to more than blocks can hold"));
    }
    let mut payload = Vec::new();
    DeflateDecoder::new(deflated).take(raw as u64 + 1).read_to_end(&mut payload).map_err(|_| damaged())?;
    if payload.len() == raw { Ok(payload) } else { Err(damaged()) }
}

impl<R: Read> RowSource for Archive<R> {
    /// Tables are opened in the order in which the backup holds them; a table it does not hold has no rows.
    async fn open(&mut self, table: &Table) -> Result<(), BackupError> {
        self.reading = self.fits.iter().position(|fit| fit.table.name == table.name);
        Ok(())
    }

    async fn batch(&mut self) -> Result<Vec<Row>, BackupError> {
        let Some(reading) = self.reading else { return Ok(Vec::new()) };
        if self.ahead.is_none()
            && let Some(Block::Rows { table, rows }) = self.next_block()?
        {
            self.ahead = Some((table, rows));
        }
        match self.ahead.take_if(|(table, _)| *table == reading) {
            Some((_, rows)) => Ok(rows),
            None => {
                self.reading = None;
                Ok(Vec::new())
            }
        }
    }
}
