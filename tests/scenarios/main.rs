//! What crosses crates, on networks of real processes: one network for each file, which ends with its last test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a scenario that goes wrong should stop where it went wrong"
)]

mod attacks;
mod entries;
mod http;
mod outages;
mod packages;
mod races;
mod reports;
mod requests;
mod sources;
mod starting;
mod world;

use medshare_scenarios::runner::run;
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&[
        attacks::suite,
        entries::suite,
        http::suite,
        outages::suite,
        packages::suite,
        races::suite,
        reports::suite,
        requests::suite,
        sources::suite,
        starting::suite,
    ])
}
