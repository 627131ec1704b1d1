//! How many bcrypt verifications this machine does on all cores at once, with nothing around them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const COST: u32 = 10;
const RUN: Duration = Duration::from_secs(5);

/// Prints verifications a second.
pub fn measure() {
    let hash = Arc::new(bcrypt::hash("bench-password", COST).unwrap());
    let verified = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let cores = thread::available_parallelism().unwrap().get();
    let threads = (0..cores).map(|_| {
        let (hash, verified) = (Arc::clone(&hash), Arc::clone(&verified));
        thread::spawn(move || {
            while begun.elapsed() < RUN {
                assert!(bcrypt::verify("bench-password", &hash).unwrap());
                verified.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    println!("{:.2}", verified.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64());
}
