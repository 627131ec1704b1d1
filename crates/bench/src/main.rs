//! Two tools of `scripts/`: the load that `scripts/kill-test` cuts off, and what `scripts/bench` measures against: the production server on an embedded database, and in the same process a bare
//! actix route that returns a constant of the same size. Not part of the product.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measuring tool"
)]

mod bcrypt_rate;
mod http;
mod kill;
mod serve;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve::serve(),
        Some("bcrypt") => bcrypt_rate::measure(),
        Some("kill") => kill::run(std::env::args().skip(2)),
        _ => {
            eprintln!("dragoman-bench serve | bcrypt | kill DRAGOMAN ROUNDS [DATABASE]");
            std::process::exit(2);
        }
    }
}
