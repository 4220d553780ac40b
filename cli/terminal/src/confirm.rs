//! Questions before something that cannot be taken back.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::shown;
use console::Term;
use medshare_node_causes::io_words;
use std::io::IsTerminal as _;

/// Asks for a `yes`; `None` where there is nobody to ask.
///
/// # Errors
/// When the terminal cannot be read.
pub fn confirmed(question: &str) -> Result<Option<bool>, Failure> {
    confirmed_below("", question)
}

/// The same below lines that the question is about.
///
/// # Errors
/// When the terminal cannot be read.
pub fn confirmed_below(lines: &str, question: &str) -> Result<Option<bool>, Failure> {
    let terminal = Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let above = lines.lines().map(|above| format!("{}\n", shown::line(above))).collect::<String>();
    let mut line = String::new();
    let asked = terminal.write_str(&format!("{above}{} Type yes to go on: ", shown::line(question)));
    asked.and_then(|()| std::io::stdin().read_line(&mut line)).map_err(|e| {
        Failure::new(Exit::Failure, "terminal", format!("the terminal cannot be read: {}", io_words(&e)))
    })?;
    Ok(Some(line.trim() == "yes"))
}
