//! Characters that stand for nothing but themselves.

/// Whether a character steers what shows it: starts a line, moves a cursor, sets colours, turns the direction of writing. None has a place in
/// a name.
#[must_use]
pub fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_turns_or_breaks_steers_and_letters_of_any_script_do_not() {
        for character in ['\u{1b}', '\n', '\0', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{200f}'] {
            assert!(steers(character), "{character:?}");
        }
        for character in ['a', ' ', 'é', 'ß', '東', 'ש', 'ع', '\u{301}', '…', '–'] {
            assert!(!steers(character), "{character:?}");
        }
    }
}
