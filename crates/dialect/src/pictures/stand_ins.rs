//! Pictures for names that an operator has not supplied (medusa 3.9). Drawn for dragoman, 256 by 256 pixels.

use std::ops::Range;

use bytes::Bytes;

use super::Facts;

/// A built-in picture.
#[derive(Debug, Clone, Copy)]
pub struct StandIn {
    /// The name under which it is found.
    pub name: &'static str,
    file: &'static [u8],
}

/// `admin.jpg`, the avatar of every new medusa account, and `admin.png`.
pub const ADMIN: &[StandIn] = &[
    StandIn { name: "admin.jpg", file: include_bytes!("stand_ins/admin.jpg") },
    StandIn { name: "admin.png", file: include_bytes!("stand_ins/admin.png") },
];

/// 2026-01-01: one date in all replicas, or clients would fetch it again at each.
const DRAWN: i64 = 1_767_225_600;

impl StandIn {
    pub(super) fn facts(&self) -> Facts {
        Facts { size: self.file.len() as u64, modified: DRAWN }
    }

    pub(super) fn bytes(&self, range: Option<Range<u64>>) -> Bytes {
        let all = Bytes::from_static(self.file);
        let Some(range) = range else { return all };
        let position = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(all.len());
        let (start, end) = (position(range.start), position(range.end));
        if start < end { all.slice(start..end) } else { Bytes::new() }
    }
}
