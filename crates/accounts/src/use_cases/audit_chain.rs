//! Sealing the audit, proving it, and deleting what is old.

use std::{collections::BTreeMap, fmt, time::Duration};

use dragoman_store::Connection;

use crate::{
    AccountError, Accounts,
    chain::{self, NOTHING},
    clock::Timestamp,
    queries::{
        audit_records,
        audit_seals::{self, SealRow},
        counters::{self, AUDIT_SEALS},
    },
};

/// Keys that sign seals.
const PURPOSE: &str = "audit";
/// Seals read or pruned at once.
const SEALS: i64 = 50;
/// Problems that are told.
const TOLD: usize = 100;

/// The end of the chain: kept elsewhere, it proves that nothing before it was made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditAnchor {
    /// Which seal.
    pub number: i64,
    /// Its digest.
    pub digest: Vec<u8>,
}

/// What a look over the whole audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditProof {
    /// Records that are as they were sealed.
    pub records: u64,
    /// Records that no seal names yet: those of the last seconds.
    pub unsealed: i64,
    /// Records and seals up to this one were deleted because of their age.
    pub pruned: Option<i64>,
    /// The newest seal.
    pub newest: Option<AuditAnchor>,
    /// What is not as it was sealed, each in a sentence; the first hundred.
    pub problems: Vec<String>,
}

impl fmt::Display for AuditAnchor {
    /// As `dragoman audit verify` tells it and takes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.number)?;
        self.digest.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl AuditProof {
    fn problem(&mut self, text: String) {
        if self.problems.len() < TOLD {
            self.problems.push(text);
        }
    }
}

/// How far the chain is, without reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditState {
    /// The newest seal, and when it was made.
    pub newest: Option<(AuditAnchor, Timestamp)>,
    /// Records that no seal names yet.
    pub unsealed: i64,
    /// Records and seals up to this one were deleted because of their age.
    pub pruned: Option<i64>,
}

impl Accounts {
    /// How far the chain is. That it is whole, only [`Accounts::verify_audit`] says.
    pub async fn audit_state(&self) -> Result<AuditState, AccountError> {
        self.read(|connection| {
            let newest = audit_seals::newest(connection)?;
            let first = audit_seals::after(connection, 0, 1)?.pop();
            Ok(AuditState {
                newest: newest.map(|seal| {
                    let anchor = AuditAnchor { number: seal.number, digest: seal.digest };
                    (anchor, Timestamp::from_millis(seal.sealed_at))
                }),
                unsealed: audit_records::count_unsealed(connection)?,
                pruned: first.filter(|seal| seal.pruned).map(|seal| seal.number),
            })
        })
        .await
    }

    /// Puts every record that has none under a seal. Any replica may; they do it one after the other. Gives the number of records.
    pub async fn seal_audit(&self) -> Result<usize, AccountError> {
        let mut sealed = 0;
        if self.read(|connection| audit_records::unsealed(connection, 1)).await?.is_empty() {
            return Ok(sealed);
        }
        let (keys, now) = (self.signing_keys(PURPOSE).await?, self.inner.clock.now().millis());
        loop {
            let key = keys.current.clone();
            let records = self.write(move |connection| Ok(seal(connection, &key, now)?)).await?;
            sealed += records;
            if records == 0 {
                return Ok(sealed);
            }
        }
    }

    /// Reads the whole audit and tells what was changed, removed, swapped or added behind its back. With `anchor` also whether the chain
    /// is the one that anchor was taken of.
    pub async fn verify_audit(&self, anchor: Option<AuditAnchor>) -> Result<AuditProof, AccountError> {
        let keys = self.signing_keys(PURPOSE).await?;
        let keys: Vec<String> = keys.all().map(str::to_owned).collect();
        let mut proof = AuditProof::default();
        let (mut last, mut before) = (0, NOTHING.to_vec());
        loop {
            let seals = self.read(move |connection| audit_seals::after(connection, last, SEALS)).await?;
            if seals.is_empty() {
                break;
            }
            for seal in seals {
                if last == 0 && seal.pruned {
                    proof.pruned = Some(seal.number);
                } else {
                    check_place(&seal, last, &before, &mut proof);
                }
                check_signature(&seal, &keys, &mut proof);
                check_anchor(&seal, anchor.as_ref(), &mut proof);
                if !seal.pruned {
                    self.check_records(&seal, &mut proof).await?;
                }
                (last, before) = (seal.number, seal.digest.clone());
                proof.newest = Some(AuditAnchor { number: seal.number, digest: seal.digest });
            }
        }
        let made = self.read(|connection| counters::value(connection, AUDIT_SEALS)).await?;
        if made > last {
            proof.problem(format!("the seals {} to {made} are missing at the end", last + 1));
        }
        if anchor.is_some_and(|anchor| anchor.number > last) {
            proof.problem("the chain ends before the anchor".to_owned());
        }
        proof.unsealed = self.read(audit_records::count_unsealed).await?;
        Ok(proof)
    }

    async fn check_records(&self, seal: &SealRow, proof: &mut AuditProof) -> Result<(), AccountError> {
        let number = seal.number;
        let found = self.read(move |connection| audit_records::of_seal(connection, number)).await?;
        let mut found: BTreeMap<i64, [u8; 16]> = found.iter().map(|record| (record.id, record.digest())).collect();
        for (id, digest) in chain::entries_in(&seal.entries) {
            match found.remove(&id) {
                Some(present) if present == digest => proof.records += 1,
                Some(_) => proof.problem(format!("record {id} of seal {number} was changed")),
                None => proof.problem(format!("record {id} of seal {number} was removed")),
            }
        }
        for id in found.keys() {
            proof.problem(format!("record {id} says it is of seal {number}, which does not name it"));
        }
        Ok(())
    }

    /// Deletes the records of seals that are older, and leaves the newest of those seals, signed as pruned. Gives the number of records.
    pub async fn prune_audit(&self, keep: Duration) -> Result<usize, AccountError> {
        let (keys, before) = (self.signing_keys(PURPOSE).await?, self.inner.clock.now().minus(keep).millis());
        let mut deleted = 0;
        loop {
            let key = keys.current.clone();
            match self.write(move |connection| Ok(prune(connection, &key, before)?)).await? {
                Some(records) => deleted += records,
                None => return Ok(deleted),
            }
        }
    }
}

/// Seals the first records that have no seal; 0: there are none.
fn seal(connection: &mut Connection, key: &str, now: i64) -> diesel::QueryResult<usize> {
    // Holds the counter until the write ends: replicas seal one after the other.
    counters::add(connection, AUDIT_SEALS, 0)?;
    let records = audit_records::unsealed(connection, chain::MOST)?;
    if records.is_empty() {
        return Ok(0);
    }
    let number = counters::add(connection, AUDIT_SEALS, 1)?;
    let before = audit_seals::find(connection, number - 1)?.map_or(NOTHING.to_vec(), |seal| seal.digest);
    let entries = chain::entries_of(&records);
    let digest = chain::seal_digest(&before, number, now, &entries);
    let seal = SealRow {
        number,
        sealed_at: now,
        entries,
        digest: digest.to_vec(),
        signature: chain::signature(key, &digest, false).to_vec(),
        pruned: false,
    };
    audit_seals::insert(connection, &seal)?;
    let ids: Vec<i64> = records.iter().map(|record| record.id).collect();
    audit_records::set_seal(connection, &ids, number)?;
    Ok(records.len())
}

/// Prunes the oldest seal that has records; `None`: it is too young, or there is none.
fn prune(connection: &mut Connection, key: &str, before: i64) -> diesel::QueryResult<Option<usize>> {
    counters::add(connection, AUDIT_SEALS, 0)?;
    let oldest = audit_seals::after(connection, 0, 2)?.into_iter().find(|seal| !seal.pruned);
    let Some(seal) = oldest.filter(|seal| seal.sealed_at < before) else { return Ok(None) };
    let deleted = audit_records::delete_of_seal(connection, seal.number)?;
    audit_seals::set_pruned(connection, seal.number, &chain::signature(key, &seal.digest, true))?;
    audit_seals::delete_before(connection, seal.number)?;
    Ok(Some(deleted))
}

fn check_place(seal: &SealRow, last: i64, before: &[u8], proof: &mut AuditProof) {
    let number = seal.number;
    if number > last + 1 {
        proof.problem(format!("the seals {} to {} are missing", last + 1, number - 1));
    } else if chain::seal_digest(before, number, seal.sealed_at, &seal.entries)[..] != seal.digest[..] {
        proof.problem(format!("seal {number} does not follow from the seal before it"));
    }
    if seal.pruned {
        proof.problem(format!("seal {number} says that everything before it was deleted, which it was not"));
    }
}

fn check_signature(seal: &SealRow, keys: &[String], proof: &mut AuditProof) {
    let signed = |key: &String| chain::signature(key, &seal.digest, seal.pruned)[..] == seal.signature[..];
    if !keys.iter().any(signed) {
        proof.problem(format!("seal {} is not signed with the key of this deployment", seal.number));
    }
}

fn check_anchor(seal: &SealRow, anchor: Option<&AuditAnchor>, proof: &mut AuditProof) {
    if anchor.is_some_and(|anchor| anchor.number == seal.number && anchor.digest != seal.digest) {
        proof.problem(format!("seal {} is not the one that the anchor was taken of", seal.number));
    }
}
