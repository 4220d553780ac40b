//! Files that a letter moves to another version: what came of each, and how the command ends.

use std::path::{Path, PathBuf};

use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::abe::UpdateError;
use serde_json::{Value, json};

use super::failure::told;
use super::output::Output;
use super::stored::left_as_it_is;

/// What comes of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Something in it moves.
    pub moved: bool,
    /// Why something in it stays that the letter may be for.
    pub left: Option<UpdateError>,
}

/// How the letter stands to what stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is not for this.
    NotConcerned,
    /// This moved before.
    MovedBefore,
    /// This should have moved, and did not.
    Missed,
}

impl Outcome {
    pub const MOVED: Self = Self { moved: true, left: None };

    pub fn left(reason: UpdateError) -> Self {
        Self { moved: false, left: Some(reason) }
    }

    /// What comes of a file with this one and `other` in it: of two reasons, the one that says more.
    pub fn with(self, other: Self) -> Self {
        let left = self.left.into_iter().chain(other.left).max_by_key(weight);
        let moved = self.moved || other.moved;
        // A file with something that moved has more than that in it.
        Self { moved, left: left.filter(|reason| !moved || weight(reason) > 0) }
    }
}

/// How much a reason says of what somebody can do about it.
const fn weight(reason: &UpdateError) -> u8 {
    match reason {
        UpdateError::OtherAttribute { .. } => 0,
        UpdateError::OtherVersion { from, found } if *found > *from => 1,
        UpdateError::OtherVersion { .. } | UpdateError::OtherGeneration { .. } => 2,
        UpdateError::OtherUser => 3,
        UpdateError::Rows(_) => 4,
    }
}

const fn standing(reason: &UpdateError) -> Standing {
    match weight(reason) {
        0 => Standing::NotConcerned,
        1 => Standing::MovedBefore,
        _ => Standing::Missed,
    }
}

/// What is said of a reason.
fn words(reason: &UpdateError) -> String {
    match reason {
        UpdateError::OtherUser => {
            "the authority sent no update for this person, or the key is of an earlier build: then it is issued again"
                .to_owned()
        }
        UpdateError::OtherVersion { from, found } if found < from => {
            format!("{reason}: apply the letters before this one first")
        }
        other => other.to_string(),
    }
}

/// What came of the files so far.
#[derive(Default)]
struct Report<'a> {
    moved: Vec<&'a PathBuf>,
    left: Vec<(&'a PathBuf, String)>,
    is_missed: bool,
    moved_before: bool,
}

/// Moves files. All are looked at before the first is touched: with one among them that is damaged or of another kind, none is. Then each in which something
/// moves is applied to, which says what came of it: another command may have been there meanwhile.
///
/// # Errors
/// When a file cannot be read or written, and when one stays as it is that the letter was for, or nothing has to do with it. The failure names what
/// moved and what did not.
pub fn move_all(
    files: &[PathBuf],
    output: Output,
    look: impl Fn(&Path) -> anyhow::Result<Outcome>,
    apply: impl Fn(&Path) -> anyhow::Result<Outcome>,
) -> anyhow::Result<()> {
    let mut looked = Vec::with_capacity(files.len());
    for path in files {
        looked.push(look(path).map_err(|error| untouched(told(error), files))?);
    }
    let mut report = Report::default();
    for (done, (path, outcome)) in files.iter().zip(looked).enumerate() {
        match if outcome.moved { apply(path) } else { Ok(outcome) } {
            Ok(outcome) => report.add(path, outcome),
            Err(error) => return Err(report.broken_off(told(error), files.get(done..).unwrap_or_default()).into()),
        }
    }
    report.end(output)
}

/// A failure before anything was done.
fn untouched(failure: Failure, files: &[PathBuf]) -> Failure {
    if files.len() < 2 {
        return failure;
    }
    let message = format!("{failure}\nno file was moved: all are looked at first");
    failure.saying(message).detail("moved", json!([])).detail("not_moved", names(files.iter()))
}

fn names<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Value {
    files.map(|file| file.display().to_string()).collect::<Vec<_>>().into()
}

fn list<'a>(files: impl Iterator<Item = &'a PathBuf>) -> String {
    let names: Vec<String> = files.map(|file| file.display().to_string()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl<'a> Report<'a> {
    fn add(&mut self, path: &'a PathBuf, Outcome { moved, left }: Outcome) {
        if moved {
            self.moved.push(path);
        }
        if let Some(reason) = left {
            self.is_missed |= standing(&reason) == Standing::Missed;
            self.moved_before |= standing(&reason) == Standing::MovedBefore;
            self.left.push((path, words(&reason)));
        }
    }

    /// The failure of one file, with what was done before it and what was not.
    fn broken_off(&self, failure: Failure, rest: &[PathBuf]) -> Failure {
        let moved = list(self.moved.iter().copied());
        let message = format!("{failure}\nmoved: {moved}\nnot moved: {}", list(rest.iter()));
        self.detailed(failure.saying(message)).detail("not_moved", names(rest.iter()))
    }

    fn detailed(&self, failure: Failure) -> Failure {
        let left: Vec<Value> = self.left.iter().cloned().map(|left| left_as_it_is(left).1).collect();
        failure.detail("moved", names(self.moved.iter().copied())).detail("left_as_they_are", left)
    }

    fn end(self, output: Output) -> anyhow::Result<()> {
        let nothing = self.moved.is_empty() && !self.moved_before;
        if self.is_missed || nothing {
            let what = if nothing { "nothing was moved" } else { "not everything was moved" };
            let moved = list(self.moved.iter().copied());
            let left: String =
                self.left.iter().map(|(path, reason)| format!("\n{}: {reason}", path.display())).collect();
            let failure = Failure::new(Exit::Refused, "not-moved", format!("{what}\nmoved: {moved}{left}"));
            return Err(self.detailed(failure).into());
        }
        let left = self.left.into_iter().map(left_as_it_is).collect();
        output.print_with_rows(&[("moved", names(self.moved.into_iter()))], "left as they are", left)
    }
}
