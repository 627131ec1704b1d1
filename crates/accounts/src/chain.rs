//! The hash chain over the audit: what a record's digest is, and a seal's.
//!
//! A seal names up to [`MOST`] records by id and digest; its own digest is made from those and from the digest of the seal before it. So
//! whoever changes, removes or swaps a record must make every later seal anew, and each of them is signed (docs/audit.md).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Records of one seal at most: what names them fits into a column of every engine.
pub(crate) const MOST: i64 = 500;
const ID: usize = 8;
const RECORD: usize = 16;
/// What the first seal follows.
pub(crate) const NOTHING: [u8; 32] = [0; 32];

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub(crate) struct StoredRecord {
    pub id: i64,
    pub at: i64,
    pub account: Option<i64>,
    pub actor: Option<i64>,
    pub action: String,
    pub dialect: String,
    pub network: Option<String>,
    pub detail: Option<String>,
}

impl StoredRecord {
    /// Every field with its length, so that nothing can move from one to the next.
    pub(crate) fn digest(&self) -> [u8; RECORD] {
        let number = |number: i64| Some(number.to_be_bytes().to_vec());
        let text = |text: &str| Some(text.as_bytes().to_vec());
        let fields = [
            number(self.id),
            number(self.at),
            self.account.and_then(number),
            self.actor.and_then(number),
            text(&self.action),
            text(&self.dialect),
            self.network.as_deref().and_then(text),
            self.detail.as_deref().and_then(text),
        ];
        let mut hash = Sha256::new_with_prefix(b"dragoman audit record 1");
        for field in fields {
            match field {
                None => hash.update([0]),
                Some(bytes) => {
                    hash.update([1]);
                    hash.update((bytes.len() as u64).to_be_bytes());
                    hash.update(bytes);
                }
            }
        }
        let whole: [u8; 32] = hash.finalize().into();
        let mut half = [0; RECORD];
        for (half, whole) in half.iter_mut().zip(whole) {
            *half = whole;
        }
        half
    }
}

/// What a seal says of its records: each id with its digest.
pub(crate) fn entries_of(records: &[StoredRecord]) -> Vec<u8> {
    records.iter().flat_map(|record| record.id.to_be_bytes().into_iter().chain(record.digest())).collect()
}

/// The ids and digests that a seal names.
pub(crate) fn entries_in(bytes: &[u8]) -> impl Iterator<Item = (i64, [u8; RECORD])> {
    bytes.chunks_exact(ID + RECORD).filter_map(|entry| {
        let (id, digest) = entry.split_first_chunk()?;
        Some((i64::from_be_bytes(*id), *digest.first_chunk()?))
    })
}

/// The digest of a seal.
pub(crate) fn seal_digest(before: &[u8], number: i64, sealed_at: i64, entries: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(b"dragoman audit seal 1")
        .chain_update(before)
        .chain_update(number.to_be_bytes())
        .chain_update(sealed_at.to_be_bytes())
        .chain_update(entries)
        .finalize()
        .into()
}

/// Signs a seal's digest; `pruned`: says that its records, and everything before them, were deleted because of their age.
pub(crate) fn signature(key: &str, digest: &[u8], pruned: bool) -> [u8; 32] {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return NOTHING };
    mac.update(if pruned { b"pruned" } else { b"sealed" });
    mac.update(digest);
    mac.finalize().into_bytes().into()
}
