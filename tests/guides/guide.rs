//! A guide as a transcript: the commands of its `console` blocks, each with what it shows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a reader types, and what the guide says that she sees then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Line of the command in the guide, counting from 1.
    pub line: usize,
    /// The command; of several lines where it goes on.
    pub command: String,
    /// What is shown, without the empty lines at its end; nothing where the guide shows nothing.
    pub shown: Vec<String>,
    /// Lines of the guide that show it, counting from 0.
    pub shown_at: std::ops::Range<usize>,
}

/// A guide.
#[derive(Debug)]
pub struct Guide {
    pub path: PathBuf,
    pub lines: Vec<String>,
    pub steps: Vec<Step>,
}

/// Opens a block whose commands are typed and run.
const CONSOLE: &str = "console";
/// In the line that opens another block with commands: why no test runs them.
const NOT_RUN: &str = "not run: ";

impl Guide {
    /// Reads a guide.
    ///
    /// # Errors
    /// When it cannot be read, or has a command where nobody tries it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let steps = steps(&lines).map_err(|reason| format!("{}, {reason}", path.display()))?;
        Ok(Self { path: path.to_owned(), lines, steps })
    }

    /// The guide's text, with other lines shown after some of its commands.
    pub fn text_with(&self, shown: &[(usize, Vec<String>)]) -> String {
        let mut lines = self.lines.clone();
        for (step, new) in shown.iter().rev() {
            lines.splice(self.steps[*step].shown_at.clone(), new.iter().cloned());
        }
        lines.iter().fold(String::new(), |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        })
    }
}

/// The steps of all `console` blocks.
///
/// # Errors
/// A command in another block, which nobody tries, unless the block says why.
fn steps(lines: &[String]) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut block: Option<&str> = None;
    for (at, line) in lines.iter().enumerate() {
        let number = at + 1;
        match (block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some(kind),
            (None, None) if line.starts_with("    medshare ") || line.starts_with("    $ ") => {
                return Err(format!("line {number}: a command outside of a console block"));
            }
            (None, None) => (),
            (Some(_), Some(_)) => block = None,
            (Some(CONSOLE), None) => take(&mut steps, number, line, lines)?,
            (Some(kind), None) => {
                let is_command = line.starts_with("$ ") || line.starts_with("medshare ");
                if is_command && !kind.contains(NOT_RUN) {
                    return Err(format!(
                        "line {number}: a command in a block `{kind}`, which does not say why it is not run"
                    ));
                }
            }
        }
    }
    for step in &mut steps {
        while step.shown.last().is_some_and(String::is_empty) {
            step.shown.pop();
            step.shown_at.end -= 1;
        }
    }
    Ok(steps)
}

/// Takes a line of a `console` block: a command, the next line of one, or what is shown.
fn take(steps: &mut Vec<Step>, number: usize, line: &str, lines: &[String]) -> Result<(), String> {
    let previous = lines.get(number.wrapping_sub(2)).map_or("", String::as_str);
    if let Some(command) = line.strip_prefix("$ ") {
        steps.push(Step { line: number, command: command.to_owned(), shown: Vec::new(), shown_at: number..number });
        return Ok(());
    }
    let step =
        steps.last_mut().filter(|step| step.line < number).ok_or_else(|| format!("line {number}: no command"))?;
    let goes_on = step.shown.is_empty() && step.shown_at.end == number - 1;
    let next = line.strip_prefix("> ").or_else(|| previous.ends_with('\\').then_some(line));
    if let Some(next) = next.filter(|_| goes_on) {
        step.command = format!("{}\n{next}", step.command);
        step.shown_at = number..number;
        return Ok(());
    }
    step.shown.push(line.to_owned());
    step.shown_at.end = number;
    Ok(())
}

/// Files of documentation that show commands.
///
/// # Errors
/// As [`Guide::read`].
pub fn with_commands(root: &Path) -> Result<Vec<String>, String> {
    let mut found: Vec<String> = Vec::new();
    for folder in ["", "docs", "docs/guide"] {
        for entry in std::fs::read_dir(root.join(folder)).map_err(|e| e.to_string())? {
            let name = entry.map_err(|e| e.to_string())?.file_name();
            let path = Path::new(folder).join(name);
            if path.extension().is_some_and(|kind| kind == "md") && !Guide::read(&root.join(&path))?.steps.is_empty() {
                found.push(path.display().to_string());
            }
        }
    }
    Ok(found)
}
