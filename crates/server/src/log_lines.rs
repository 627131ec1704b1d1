//! Log lines on their way to standard error: collected, and written by a thread of their own in batches, so that a request
//! neither waits for a slow terminal nor wakes a thread.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// So much may wait for a slow terminal or pipe. Beyond it lines are dropped, and counted: a log must not stop a login.
const MOST_WAITING: usize = 2 << 20;
/// How long lines are collected after the first: short enough for a person at a terminal, long enough for a hundred requests.
const COLLECTING: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    /// The thread sleeps until somebody wakes it.
    sleeps: bool,
    is_closed: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

impl Shared {
    /// No code runs under the lock that could leave what it guards half changed.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the lines of this process are collected.
#[derive(Clone)]
pub struct LogLines(Arc<Shared>);

impl Write for LogLines {
    /// Takes one line whole or not at all.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.lines.len() + line.len() > MOST_WAITING {
            waiting.dropped += 1;
        } else {
            waiting.lines.extend_from_slice(line);
        }
        if waiting.sleeps {
            waiting.sleeps = false;
            self.0.wake.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogLines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Dropped, it writes out what is waiting.
pub struct LogThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for LogThread {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic there has said so itself, and nobody is left to tell.
            let _ = thread.join();
        }
    }
}

/// Starts the thread that writes what is collected to `out`.
pub fn start(out: impl Write + Send + 'static) -> io::Result<(LogLines, LogThread)> {
    let shared = Arc::new(Shared::default());
    let theirs = Arc::clone(&shared);
    let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || write_out(&theirs, out))?;
    Ok((LogLines(Arc::clone(&shared)), LogThread { shared, thread: Some(thread) }))
}

fn write_out(shared: &Shared, mut out: impl Write) {
    let mut batch = Vec::new();
    loop {
        let mut waiting = shared.lock();
        while waiting.lines.is_empty() && waiting.dropped == 0 && !waiting.is_closed {
            waiting.sleeps = true;
            waiting = shared.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.sleeps = false;
        if !waiting.is_closed {
            let collected = shared.wake.wait_timeout_while(waiting, COLLECTING, |waiting| !waiting.is_closed);
            waiting = collected.unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::swap(&mut batch, &mut waiting.lines);
        let (dropped, is_closed) = (std::mem::take(&mut waiting.dropped), waiting.is_closed);
        drop(waiting);
        if batch.is_empty() && dropped == 0 && is_closed {
            return;
        }
        if dropped > 0 {
            batch.extend_from_slice(format!("{{\"dropped_log_lines\":{dropped}}}\n").as_bytes());
        }
        // Where standard error is gone there is nobody to tell.
        let _ = out.write_all(&batch).and_then(|()| out.flush());
        batch.clear();
        // A flood leaves no lasting trace in memory.
        batch.shrink_to(1 << 16);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    type Batches = Arc<Mutex<Vec<Vec<u8>>>>;

    struct Gate {
        written: Batches,
        open: Receiver<()>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.open.recv();
            self.written.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gate() -> (Gate, Batches, Sender<()>) {
        let (sender, open) = channel();
        let written = Batches::default();
        (Gate { written: Arc::clone(&written), open }, written, sender)
    }

    #[test]
    fn lines_leave_together_in_their_order_and_none_is_lost_at_the_end() {
        let (out, written, open) = gate();
        drop(open);
        let (lines, thread) = start(out).unwrap();
        let expected: String = (0..100).map(|number| format!("line {number}\n")).collect();
        for line in expected.split_inclusive('\n') {
            assert_eq!(lines.clone().write(line.as_bytes()).unwrap(), line.len());
        }
        drop(thread);
        let written = written.lock().unwrap();
        assert_eq!(written.concat(), expected.as_bytes());
        assert!(written.len() <= 3, "{} batches", written.len());
    }

    #[test]
    fn a_terminal_that_takes_nothing_costs_lines_and_says_so_but_stops_nobody() {
        let (out, written, open) = gate();
        let (mut lines, thread) = start(out).unwrap();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        for _ in 0..3 * MOST_WAITING / line.len() {
            lines.write_all(&line).unwrap();
        }
        drop(open);
        drop(thread);
        let written = written.lock().unwrap().concat();
        assert!(written.len() <= 2 * MOST_WAITING + 200, "{}", written.len());
        let tail = String::from_utf8_lossy(&written[written.len() - 60..]).into_owned();
        assert!(tail.contains("dropped_log_lines"), "{tail}");
    }
}
