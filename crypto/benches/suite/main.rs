//! `scripts/bench crypto`: our schemes beside `rabe`, charm and the bare operations, in one run.
//!
//! Prints a table, or with `--json` an array of flat objects. `--quick` measures 10, 50, 100 and 1,000 attributes only; `--plots DIR` draws the
//! two plots. Every value is the best of ten runs, ours and others', in processor time of
//! one thread, because other work on the machine only ever makes a run slower; where it is of another number, `runs` says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench that goes wrong should stop where it went wrong"
)]

mod baselines;
mod measure;
mod medshare;
mod paths;
mod plain_rw15;
mod plot;
mod stream;

use std::io::Write as _;
use std::path::PathBuf;

use measure::Results;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let plots = arguments.iter().skip_while(|argument| *argument != "--plots").nth(1).map(PathBuf::from);
    let mut sizes: Vec<usize> = if has("--quick") { vec![10, 50, 100] } else { (10..=100).step_by(10).collect() };
    sizes.push(1_000);

    let mut results = Results::default();
    medshare::floor(&mut results);
    for size in &sizes {
        let world = medshare::World::new(*size);
        medshare::scheme(&mut results, &world);
        paths::measure(&mut results, &world);
        plain_rw15::measure(&mut results, *size);
    }
    paths::large_public_file(&mut results);
    medshare::other_schemes(&mut results);
    stream::seal(&mut results);
    baselines::rabe(&mut results, &sizes);
    baselines::charm(&mut results, &sizes);

    let mut out = std::io::stdout().lock();
    if has("--json") {
        out.write_all(results.to_json().as_bytes()).unwrap();
    } else {
        out.write_all(results.to_table().as_bytes()).unwrap();
    }
    if let Some(folder) = plots {
        plot::draw(&results, &folder).unwrap();
    }
}
