//! tar archives: the members, as parts of the file.

use crate::LegacyError;
use crate::input::Input;
use crate::reader::Context;
use std::path::Path;

/// A member of an archive.
pub(crate) struct Member {
    pub name: String,
    pub offset: u64,
    pub length: u64,
}

/// The size of everything's unit.
const BLOCK: usize = 512;
/// More members than any export has.
const MOST_MEMBERS: usize = 10_000;

/// Whether the first block is a header: its sum is right.
pub(crate) fn is_archive(start: &[u8]) -> bool {
    start.get(..BLOCK).is_some_and(|header| header.first() != Some(&0) && checksum(header))
}

/// All members that are files.
pub(crate) fn members(path: &Path, context: &Context) -> Result<Vec<Member>, LegacyError> {
    let mut input = Input::open(path, &context.unwatched())?;
    let mut members = Vec::new();
    loop {
        let header = input.ahead(BLOCK)?.get(..BLOCK).map(<[u8]>::to_vec);
        let Some(header) = header.filter(|header| header.first() != Some(&0)) else { return Ok(members) };
        if !checksum(&header) || members.len() >= MOST_MEMBERS {
            return Err(input.malformed("a damaged header of an archive member"));
        }
        let length = octal(header.get(124..136).unwrap_or_default());
        let name = header.get(..100).unwrap_or_default();
        let name = String::from_utf8_lossy(name).trim_end_matches('\0').to_owned();
        input.take(BLOCK);
        let offset = input.offset();
        if matches!(header.get(156), Some(b'0' | 0)) {
            members.push(Member { name, offset, length });
        }
        input.skip(length.div_ceil(BLOCK as u64) * BLOCK as u64)?;
    }
}

fn checksum(header: &[u8]) -> bool {
    let sum: u64 =
        header.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) }).sum();
    octal(header.get(148..156).unwrap_or_default()) == sum
}

fn octal(digits: &[u8]) -> u64 {
    let digits = digits.iter().skip_while(|byte| **byte == b' ').take_while(|byte| (b'0'..=b'7').contains(*byte));
    digits.take(12).fold(0, |number, digit| number << 3 | u64::from(digit - b'0'))
}
