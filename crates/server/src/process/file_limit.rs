//! How many files the system lets this process open, of which every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What else is open: databases, log, listener, pictures, and the workers' own.
const OTHERS: u64 = 256;

/// Raises the limit for as many connections as are `wanted`, and gives how many there may be; fewer are told.
pub(crate) fn connections(wanted: usize) -> usize {
    let needed = (wanted as u64).saturating_add(OTHERS);
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.current.unwrap_or(u64::MAX);
    if allowed >= needed {
        return wanted;
    }
    let raised = limit.maximum.unwrap_or(u64::MAX).min(needed);
    let now = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => raised,
        Err(_) => allowed,
    };
    let possible = possible(wanted, now);
    if possible < wanted {
        let hint = "raise the limit (LimitNOFILE=, ulimit -n) or lower server.max_connections";
        tracing::warn!(max_connections = possible, wanted, open_files = now, hint, "fewer connections than configured");
    }
    possible
}

/// How many connections are left of so many files: with few files, half of them.
fn possible(wanted: usize, files: u64) -> usize {
    let left = files.saturating_sub(OTHERS).max(files / 2).max(1);
    wanted.min(usize::try_from(left).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_other_files() {
        assert_eq!(possible(10_000, 20_000), 10_000);
        assert_eq!(possible(10_000, 4_096), 3_840);
        assert_eq!(possible(10_000, 256), 128);
        assert_eq!(possible(10, 256), 10);
        assert_eq!(possible(10, 0), 1);
    }
}
