//! Files that were cut, changed or made to do harm: one clear line, and nothing written.

use dragoman_backup::{Archive, BackupError, check};
use dragoman_store::rows::Table;
use dragoman_store::throwaway::Throwaway;
use sha2::{Digest, Sha256};

use crate::filled::filled;
use crate::restoring::backed_up;

fn read(file: &[u8], tables: &[Table]) -> Result<(), BackupError> {
    check(&mut Archive::open(file, None, tables)?).map(drop)
}

#[tokio::test]
async fn a_file_that_is_not_whole_is_refused() {
    let database = Throwaway::sqlite();
    let rows = filled(&database).await;
    let file = backed_up(&rows, None).await;
    read(&file, rows.tables()).unwrap();
    let places = (0..60).chain((60..file.len()).step_by(file.len() / 30)).chain(file.len() - 40..file.len());
    for place in places {
        let cut = read(&file[..place], rows.tables()).unwrap_err();
        assert!(matches!(cut, BackupError::Damaged(_) | BackupError::NoBackup), "cut at {place}: {cut}");
        let mut flipped = file.clone();
        flipped[place] ^= 0x10;
        let told = read(&flipped, rows.tables()).unwrap_err();
        assert!(!told.to_string().contains('\n'), "{told}");
    }
    let mut longer = file.clone();
    longer.push(0);
    assert!(matches!(read(&longer, rows.tables()), Err(BackupError::Damaged(_))));
    let mut newer = file.clone();
    newer[9] = 2;
    assert!(matches!(read(&newer, rows.tables()), Err(BackupError::Version(2))));
    assert!(matches!(read(b"PK", rows.tables()), Err(BackupError::NoBackup)));
    // A program that lacks a table.
    let foreign = read(&file, &rows.tables()[1..]).unwrap_err();
    assert!(foreign.to_string().contains("it has a table \"counters\""), "{foreign}");
}

/// The first block of a file with a body of one's own, and a chain that is right.
fn with_body(file: &[u8], kind: u8, length: u32, body: &[u8]) -> Vec<u8> {
    let head = &file[..43];
    let mut made = head.to_vec();
    made.push(kind);
    made.extend(length.to_be_bytes());
    made.extend(body);
    let chain = Sha256::new().chain_update(Sha256::digest(head)).chain_update(&made[43..]).finalize();
    made.extend(chain);
    made
}

#[tokio::test]
async fn a_file_that_claims_too_much_costs_nothing() {
    let database = Throwaway::sqlite();
    let file = backed_up(&filled(&database).await, None).await;
    let told = |made: &[u8]| read(made, &[]).unwrap_err().to_string();
    // A block of four gigabytes that is not there.
    assert!(told(&with_body(&file, 1, u32::MAX, b"")).contains("larger than blocks can be"));
    // One that says it unpacks to four gigabytes.
    assert!(told(&with_body(&file, 1, 6, b"\xff\xff\xff\xff\x03\0")).contains("unpacks to more"));
    // One that unpacks to more than it says: a megabyte of zeros in ten.
    let bomb = {
        use std::io::Write;
        let mut deflated = flate2::write::DeflateEncoder::new(vec![0, 0, 0, 10], flate2::Compression::best());
        deflated.write_all(&vec![0; 1 << 20]).unwrap();
        deflated.finish().unwrap()
    };
    assert!(told(&with_body(&file, 1, bomb.len() as u32, &bomb)).contains("cannot be unpacked"));
    assert!(told(&with_body(&file, 9, 0, b"")).contains("digest"));
}
