//! Text that others wrote, as a terminal may see it: what would start another line, move the cursor or turn the writing direction is spelled
//! out.
//!
//! Whatever this crate prints passes here. A command that puts a word of a node's or a file's into a text of lines makes a [`line`] of it
//! first, so that it starts none.

use medshare_exchange::printable::steers;

/// A text that stays on its line.
#[must_use]
pub fn line(text: &str) -> String {
    spelled_out(text, |_| false)
}

/// A text of several lines.
#[must_use]
pub fn lines(text: &str) -> String {
    spelled_out(text, |character| matches!(character, '\n' | '\t'))
}

/// A text of several lines, of which only the first begins at the edge: none passes for something else that is said.
pub(crate) fn indented(text: &str) -> String {
    lines(text.trim_end()).replace('\n', "\n  ")
}

/// A JSON document that says the same, in characters that steer nothing. Within ASCII, JSON itself spells them out.
#[must_use]
pub fn json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if !character.is_ascii_control() && steers(character) {
            // All of them are in the basic plane.
            shown.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else if character == '\u{7f}' {
            shown.push_str("\\u007f");
        } else {
            shown.push(character);
        }
    }
    shown
}

fn spelled_out(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) && !is_kept(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2J\rb\u{202e}c\u{9b}d\u{7f}\nhint: e";

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert_eq!(line(HOSTILE), r"a\u{1b}[2J\rb\u{202e}c\u{9b}d\u{7f}\nhint: e");
        assert_eq!(lines(HOSTILE), "a\\u{1b}[2J\\rb\\u{202e}c\\u{9b}d\\u{7f}\nhint: e");
        assert_eq!(indented("a\nhint: e\n"), "a\n  hint: e");
        assert_eq!(line("Zoë, 東京: \"…\" – שלום"), "Zoë, 東京: \"…\" – שלום");
    }

    #[test]
    fn a_document_says_the_same_in_characters_that_steer_nothing() {
        let value = serde_json::json!({ "key\u{85}": [HOSTILE, "é"] });
        let shown = json(&format!("{value:#}"));
        assert!(shown.chars().all(|character| character == '\n' || !steers(character)), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
