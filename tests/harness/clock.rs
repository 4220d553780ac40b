//! A node whose clock is wrong: its process asks a library that is loaded before the C library, so that nothing in the product
//! knows of it and nobody else's time changes.

use crate::network::Network;
use crate::program::medshare;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SOURCE: &str = include_str!("clock.c");

/// Why no process can be given another clock here, if none can.
pub fn impossible() -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder for a trial");
    let year = |ahead_s: &str| {
        let library = build(folder.path())?;
        let mut date = Command::new("date");
        let said = date.arg("+%Y").env("LD_PRELOAD", library).env("SCENARIO_CLOCK_AHEAD_S", ahead_s).output().ok()?;
        String::from_utf8_lossy(&said.stdout).trim().parse::<i64>().ok()
    };
    let ten_years_s = "315576000";
    match (year("0"), year(ten_years_s)) {
        (Some(now), Some(then)) if then - now >= 9 => None,
        _ => Some("NOT RUN: another clock takes `cc` and a system that loads libraries before others".to_owned()),
    }
}

/// The library, if there is a compiler for it.
fn build(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    std::fs::write(&source, SOURCE).ok()?;
    let mut compiler = Command::new("cc");
    let built =
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).stderr(Stdio::null()).status();
    built.is_ok_and(|status| status.success()).then_some(library)
}

impl Network {
    /// Starts a node again, with a clock that is ahead by so many seconds; behind, where that is negative.
    pub fn spawn_with_clock(&mut self, node: usize, ahead_s: i64) {
        let library = build(self.desk()).expect("there is a compiler");
        let mut program = Command::new(medshare());
        program.env("LD_PRELOAD", library).env("SCENARIO_CLOCK_AHEAD_S", ahead_s.to_string());
        self.spawn_by(node, program);
    }
}
