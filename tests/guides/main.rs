//! The guides as readers follow them: every command of their `console` blocks is typed, and must do what the guide shows.
//!
//! What may differ from what is shown stands in `shape.rs`. After a change of what commands print, `MEDSHARE_WRITE_GUIDES=1 cargo test -p
//! medshare-scenarios --test guides` puts what they print now into the guides, for somebody to read, with the times and heights of that
//! run everywhere; a `?` in place of an output is filled in like that, too. `cargo test … --test guides auditor` follows one guide, and
//! those that its reader has followed before.
//!
//! Ports are those that the guides show: 27000 and 27100 and some behind them must be free.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong should stop where it went wrong"
)]

mod guide;
mod journey;
mod own;
mod shape;
mod shell;

use journey::{Journey, Start};
use libtest_mimic::{Arguments, Trial};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// Guides that are followed one after the other in one folder. One network runs at a time, and one command on files beside it: more
/// than two cores have time for would let a network's start and the steps of the demo run out of theirs.
const JOURNEYS: [(Start, &[&str]); 7] = [
    (Start::Clone, &["README.md"]),
    (
        Start::Clone,
        &[
            "docs/guide/README.md",
            "docs/guide/researcher.md",
            "docs/guide/owner.md",
            "docs/guide/authority.md",
            "docs/guide/auditor.md",
            "docs/guide/operator.md",
        ],
    ),
    (Start::Desk, &["docs/guide/abe.md", "docs/guide/abe-with-nodes.md"]),
    (Start::Desk, &["docs/guide/signatures.md"]),
    (Start::Desk, &["docs/guide/personal-domain.md"]),
    (Start::Desk, &["docs/guide/aggregate.md"]),
    (Start::Desk, &["docs/guide/de-identification.md"]),
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut arguments = Arguments::from_args();
    let mut journeys = Vec::new();
    let turns: [Arc<Mutex<()>>; 2] = Default::default();
    let mut trials = own::trials(root, JOURNEYS.iter().map(|(_, guides)| *guides).collect());
    for (start, guides) in JOURNEYS {
        let journey: Arc<Mutex<Option<Journey>>> = Arc::default();
        for (position, guide) in guides.iter().enumerate() {
            let (journey, turn) = (Arc::clone(&journey), Arc::clone(&turns[usize::from(start == Start::Clone)]));
            let paths = move || guides.iter().map(|guide| root.join(guide)).collect();
            trials.push(Trial::test(*guide, move || {
                let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                let mut journey = journey.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(journey.get_or_insert_with(|| Journey::new(start, paths())).reach(position)?)
            }));
        }
        journeys.push(journey);
    }
    // they mostly wait: for their turns, and for heights
    arguments.test_threads.get_or_insert(trials.len());
    let conclusion = libtest_mimic::run(&arguments, trials);
    for journey in journeys {
        // ends what its commands have started
        drop(journey.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
    conclusion.exit_code()
}
