//! Writes a backup file, block by block.

use std::io::{self, Write};

use dragoman_store::rows::Row;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use super::block::{ENCRYPTED, ENOUGH, Kind, MAGIC, MOST, SALT, VERSION};
use super::encoding::put_row;
use super::seal::Sealer;
use super::{Description, Totals};
use crate::{BackupError, BackupKey};

/// Compresses fast rather than small: a backup is read by nobody, and made while others are served.
const LEVEL: u32 = 1;

pub(crate) struct ArchiveWriter<W> {
    out: W,
    sealer: Option<Sealer>,
    chain: [u8; 32],
    /// Rows that wait for their block to be full.
    rows: Vec<u8>,
    count: u32,
    totals: Totals,
}

impl<W: Write> ArchiveWriter<W> {
    /// `salt` is random; it is used only with a key.
    pub(crate) fn new(
        mut out: W,
        description: &Description,
        key: Option<&BackupKey>,
        salt: [u8; SALT],
    ) -> Result<Self, BackupError> {
        let mut head = MAGIC.to_vec();
        head.extend(VERSION.to_be_bytes());
        head.push(if key.is_some() { ENCRYPTED } else { 0 });
        head.extend(salt);
        out.write_all(&head)?;
        let mut writer = Self {
            out,
            sealer: key.map(|key| Sealer::new(key, &salt)),
            chain: Sha256::digest(&head).into(),
            rows: Vec::new(),
            count: 0,
            totals: Totals::default(),
        };
        let text = serde_json::to_vec(description).map_err(io::Error::other)?;
        writer.block(Kind::Description, &text)?;
        Ok(writer)
    }

    /// Begins the next table of the description.
    pub(crate) fn table(&mut self) -> Result<(), BackupError> {
        self.close_rows()?;
        self.totals.rows.push(0);
        Ok(())
    }

    /// The table's next rows.
    pub(crate) fn rows(&mut self, name: &str, rows: &[Row]) -> Result<(), BackupError> {
        for row in rows {
            put_row(row, &mut self.rows);
            self.count += 1;
            if self.rows.len() >= ENOUGH {
                if self.rows.len() > MOST - 64 {
                    return Err(BackupError::RowTooLarge(name.to_owned()));
                }
                self.close_rows()?;
            }
        }
        Ok(())
    }

    /// One picture, in pieces.
    pub(crate) fn picture(&mut self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        self.close_rows()?;
        let length = u16::try_from(name.len()).map_err(io::Error::other)?;
        let mut rest = bytes;
        loop {
            let (now, later) = rest.split_at(rest.len().min(ENOUGH));
            let mut payload = vec![u8::from(later.is_empty())];
            payload.extend(length.to_be_bytes());
            payload.extend(name.as_bytes());
            payload.extend(now);
            self.block(Kind::Picture, &payload)?;
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        self.totals.pictures += 1;
        Ok(())
    }

    /// Ends the file; gives what was written to, and what it holds.
    pub(crate) fn finish(mut self) -> Result<(W, Totals), BackupError> {
        self.close_rows()?;
        let text = serde_json::to_vec(&self.totals).map_err(io::Error::other)?;
        self.block(Kind::End, &text)?;
        self.out.flush()?;
        Ok((self.out, self.totals))
    }

    fn close_rows(&mut self) -> Result<(), BackupError> {
        let (rows, count) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.count));
        if count == 0 {
            return Ok(());
        }
        let table = u16::try_from(self.totals.rows.len().saturating_sub(1)).map_err(io::Error::other)?;
        let mut payload = Vec::with_capacity(rows.len() + 6);
        payload.extend(table.to_be_bytes());
        payload.extend(count.to_be_bytes());
        payload.extend(&rows);
        self.block(Kind::Rows, &payload)?;
        if let Some(total) = self.totals.rows.last_mut() {
            *total += u64::from(count);
        }
        // Its memory is used again.
        self.rows = rows;
        self.rows.clear();
        Ok(())
    }

    fn block(&mut self, kind: Kind, payload: &[u8]) -> Result<(), BackupError> {
        let raw = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let mut deflated = DeflateEncoder::new(raw.to_be_bytes().to_vec(), Compression::new(LEVEL));
        deflated.write_all(payload)?;
        let body = deflated.finish()?;
        let body = match &mut self.sealer {
            Some(sealer) => sealer.seal(kind, &body).ok_or_else(|| io::Error::other("a block cannot be sealed"))?,
            None => body,
        };
        let length = u32::try_from(body.len()).map_err(io::Error::other)?.to_be_bytes();
        let chain = Sha256::new().chain_update(self.chain).chain_update([kind as u8]).chain_update(length);
        self.chain = chain.chain_update(&body).finalize().into();
        self.out.write_all(&[kind as u8])?;
        self.out.write_all(&length)?;
        self.out.write_all(&body)?;
        self.out.write_all(&self.chain)?;
        Ok(())
    }
}
