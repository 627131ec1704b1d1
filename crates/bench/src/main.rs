//! Tools of `scripts/`: the loads that `scripts/kill-test` cuts off and `scripts/cluster-test` checks, and what `scripts/bench` measures against: the production server on an embedded database, and in the same process a bare
//! actix route that returns a constant of the same size. Not part of the product.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measuring tool"
)]

mod bcrypt_rate;
mod history;
mod http;
mod kill;
mod serve;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve::serve(std::env::args().skip(2)),
        Some("bcrypt") => bcrypt_rate::measure(),
        Some("history") => history::run(std::env::args().skip(2)),
        Some("kill") => kill::run(std::env::args().skip(2)),
        _ => {
            eprintln!(
                "dragoman-bench serve [DATABASE [ACCOUNTS]] | bcrypt | kill DRAGOMAN ROUNDS [DATABASE] | history SECONDS FAULTS CLUSTER PASSWORD REPLICA..."
            );
            std::process::exit(2);
        }
    }
}
