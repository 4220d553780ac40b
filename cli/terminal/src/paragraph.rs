//! Sentences in the width that there is.

use console::Term;

/// Where there is no terminal.
const COLUMNS: usize = 80;
/// Narrower, words would stand one below the other.
const MIN_COLUMNS: usize = 8;

/// How wide the terminal is that the answer goes to.
#[must_use]
pub fn columns() -> usize {
    let terminal = Term::stdout();
    if terminal.is_term() { usize::from(terminal.size().1) } else { COLUMNS }
}

/// Lines as wide as the terminal, broken between words, behind this indent.
#[must_use]
pub fn paragraph(text: &str, indent: &str) -> String {
    broken(text, indent, columns()).join("\n")
}

/// Lines of at most so many columns, as far as the words allow.
pub fn broken(text: &str, indent: &str, columns: usize) -> Vec<String> {
    let room = columns.saturating_sub(indent.len()).max(MIN_COLUMNS);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= room => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter().map(|line| format!("{indent}{line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_fit() {
        let silent = "no quorum: 3 nodes decide together, 1 answers; silent: ".to_owned() + &"HOSPITAL-A, ".repeat(20);
        for (columns, indent) in [(40, ""), (80, "  ")] {
            let lines = broken(&silent, indent, columns);
            assert!(lines.iter().all(|line| line.chars().count() <= columns && line.starts_with(indent)), "{lines:?}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&lines.join(" ")), words(&silent));
        }
        assert_eq!(broken("", "", 80), [""; 0]);
    }
}
