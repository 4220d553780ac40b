//! A reader's way through guides that follow one another: one folder, one shell, one set of ids.

use crate::guide::{Guide, Step};
use crate::shape::Ids;
use crate::shell::Shell;
use medshare_scenarios::program::medshare;
use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Where the reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// In a fresh clone that was built: the program is where the build left it.
    Clone,
    /// In an empty folder, with the program on the path.
    Desk,
}

/// `scripts/demo` without the release build before it, and with fewer patients.
const DEMO: &str = "#!/bin/sh\nexec \"$(dirname \"$0\")/../target/release/medshare\" demo --patients 60 \"$@\"\n";
/// What a system has.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A journey as far as it has come.
pub struct Journey {
    guides: Vec<PathBuf>,
    outcomes: Vec<Result<(), String>>,
    ids: Ids,
    shell: Shell,
    // behind the shell, which stands in it
    folder: TempDir,
}

impl Journey {
    /// A journey through these guides.
    pub fn new(start: Start, guides: Vec<PathBuf>) -> Self {
        let folder = tempfile::Builder::new().prefix("medshare-guides-").tempdir().unwrap();
        let clone = if start == Start::Clone { folder.path().to_owned() } else { folder.path().join(".medshare") };
        for part in ["target/release", "scripts"] {
            std::fs::create_dir_all(clone.join(part)).unwrap();
        }
        let built = clone.join("target/release");
        symlink(medshare(), built.join("medshare")).unwrap();
        let demo = clone.join("scripts/demo");
        std::fs::write(&demo, DEMO).unwrap();
        std::fs::set_permissions(&demo, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = if start == Start::Clone { PATH.to_owned() } else { format!("{}:{PATH}", built.display()) };
        let shell = Shell::start(folder.path(), &path);
        Self { guides, outcomes: Vec::new(), ids: Ids::default(), shell, folder }
    }

    /// How the guide at this position fares, after those before it.
    ///
    /// # Errors
    /// The first command that does not do what the guide shows.
    pub fn reach(&mut self, position: usize) -> Result<(), String> {
        while self.outcomes.len() <= position {
            let next = self.guides[self.outcomes.len()].clone();
            let outcome = match self.outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
                Some(before) => Err(format!("not reached, because of {}", before.lines().next().unwrap_or_default())),
                None => Guide::read(&next).and_then(|guide| self.follow(&guide)),
            };
            self.outcomes.push(outcome);
        }
        self.outcomes[position].clone()
    }

    /// Types the commands of a guide, up to the first that does not do what is shown.
    fn follow(&mut self, guide: &Guide) -> Result<(), String> {
        let writes = std::env::var_os("MEDSHARE_WRITE_GUIDES").is_some();
        let mut written = Vec::new();
        let mut try_all = || {
            for (position, step) in guide.steps.iter().enumerate() {
                let next = guide.steps.get(position + 1).map(|step| step.command.as_str());
                let at = |reason| format!("{}:{}\n$ {}\n{reason}", guide.path.display(), step.line, step.command);
                let printed = self.follow_step(step, next).map_err(at)?;
                match self.ids.compare(&step.shown, &printed) {
                    _ if step.shown.is_empty() => (),
                    Some((ids, renewed)) => {
                        self.ids = ids;
                        if renewed != step.shown {
                            written.push((position, renewed));
                        }
                    }
                    None if writes => {
                        let home = self.folder.path().display().to_string();
                        let line = |line: &String| self.ids.as_in_guide(line).replace(&home, "…");
                        let lines: Vec<String> = printed.iter().map(line).collect();
                        written.push((position, lines));
                    }
                    None => return Err(at(difference(step, &printed))),
                }
            }
            Ok(())
        };
        let outcome = try_all();
        if writes && !written.is_empty() {
            std::fs::write(&guide.path, guide.text_with(&written)).map_err(|e| e.to_string())?;
        }
        outcome
    }

    /// Types a command; returns what it printed if it ended as it should.
    fn follow_step(&mut self, step: &Step, next: Option<&str>) -> Result<Vec<String>, String> {
        let mut said = self.shell.run(&self.ids.substitute(&step.command)?)?;
        // That a command has waited for some seconds is of the machine, not of the guide.
        let is_wait = |line: &String| line.contains(": waiting ") && line.ends_with(" s)");
        if !step.shown.iter().any(is_wait) {
            said.lines.retain(|line| !is_wait(line));
        }
        let fails = step.shown.iter().any(|line| line.starts_with("error: "));
        // where the guide asks for the exit code next, that answer says what it must be
        if next != Some("echo $?") && fails != (said.code != 0) {
            return Err(format!("ended with {}\n{}", said.code, said.lines.join("\n")));
        }
        Ok(said.lines)
    }
}

fn difference(step: &Step, printed: &[String]) -> String {
    let mut text = "the guide shows\n".to_owned();
    for line in &step.shown {
        writeln!(text, "    {line}").unwrap();
    }
    text += "and it printed\n";
    for line in printed {
        writeln!(text, "    {line}").unwrap();
    }
    text + "or one thing has two ids in the guide. MEDSHARE_WRITE_GUIDES=1 puts what it printed into the guide"
}

impl Drop for Journey {
    fn drop(&mut self) {
        for network in networks(self.folder.path(), 3) {
            // what does not run any more needs no stop
            drop(Command::new(medshare()).args(["network", "stop"]).arg(network).output());
        }
    }
}

/// Folders of networks whose nodes were started.
fn networks(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let folders = |of: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(of).map(|entries| entries.filter_map(Result::ok));
        entries.map(|e| e.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()).unwrap_or_default()
    };
    if folders(&folder.join("nodes")).iter().any(|home| home.join("node.pid").is_file()) {
        return vec![folder.to_owned()];
    }
    if depth == 0 { vec![] } else { folders(folder).iter().flat_map(|f| networks(f, depth - 1)).collect() }
}
