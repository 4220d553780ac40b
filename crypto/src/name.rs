//! What a name may be written with, so that what looks like one name is one.
//!
//! Names are compared byte by byte. So a name is in normalization form C (UAX 15: é is one character, not e with an accent behind it), and
//! every character in it shows: none is invisible, turns the writing direction, or is without a meaning in the Unicode that this was built
//! with. Other names are refused, not converted: whoever signed or encrypted under one meant these bytes. Letters of several scripts may look
//! like others ("DОCTOR" with a Cyrillic О): that is legitimate in some names, so it is told ([`mixed_scripts`], UTS 39) and not refused.
//!
//! This is for names that are made here, typed here, or shown for the first time. What somebody has written down is read by a rule without tables
//! ([`crate::policy`]): builds with other tables of Unicode (those of these crates are pinned, the compiler's are not) must not disagree on that.

use core::fmt;

use unicode_normalization::is_nfc;
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::GeneralSecurityProfile as _;
use unicode_security::MixedScript as _;
use unicode_security::general_security_profile::IdentifierType;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeceptiveName {
    /// The same name can be written with other characters.
    #[error(
        "it is not in composed characters (Unicode's form NFC), so that another name looks the same: write é as one character"
    )]
    NotComposed,
    /// A character that does not show, steers the writing, or has no meaning.
    #[error("it has a character that does not show (U+{:04X})", u32::from(*character))]
    Invisible {
        /// The character.
        character: char,
    },
}

/// Refuses a name that looks like another one because of how it is written.
///
/// # Errors
/// When it is not in composed form, or a character of it does not show.
pub fn check(text: &str) -> Result<(), DeceptiveName> {
    if let Some(character) = text.chars().find(|character| !shows(*character)) {
        return Err(DeceptiveName::Invisible { character });
    }
    if is_nfc(text) { Ok(()) } else { Err(DeceptiveName::NotComposed) }
}

/// Whether a character is seen by whoever reads a name. Of blanks only the common one is told from others.
fn shows(character: char) -> bool {
    use IdentifierType::{Default_Ignorable, Deprecated, Not_Character};
    let hidden = match character.identifier_type() {
        None | Some(Default_Ignorable | Deprecated | Not_Character) => true,
        Some(_) => character.is_control() || (character.is_whitespace() && character != ' '),
    };
    // A braille cell without dots, and marks of annotations.
    !hidden && !matches!(character, '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a character is a letter or digit with a form of its own: not a full-width, circled or raised one of another.
pub(crate) fn is_letter_or_digit(character: char) -> bool {
    use IdentifierType::{Not_NFKC, Not_XID};
    let is_plain = !matches!(character.identifier_type(), Some(Not_NFKC | Not_XID));
    is_plain && character.is_alphanumeric() && shows(character)
}

/// A part of a name with letters of several scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedScripts {
    /// The part.
    pub part: String,
    /// The scripts' names, in the order in which they come.
    pub scripts: Vec<&'static str>,
}

impl fmt::Display for MixedScripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has letters of {}: another name may look the same", self.part, self.scripts.join(" and "))
    }
}

/// The parts of a name, between `@` and blanks, that mix scripts which are not written together (Japanese, Korean and Chinese are).
#[must_use]
pub fn mixed_scripts(name: &str) -> Vec<MixedScripts> {
    let parts = name.split(['@', ' ']).filter(|part| !part.is_single_script());
    parts.map(|part| MixedScripts { part: part.to_owned(), scripts: scripts(part) }).collect()
}

fn scripts(part: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    let own = part.chars().map(|character| character.script());
    for script in own.filter(|script| !matches!(script, Script::Common | Script::Inherited)) {
        if !names.contains(&script.full_name()) {
            names.push(script.full_name());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_one_or_refused() {
        for name in ["DOCTOR", "Ärztin", "医師", "कखग", "Dr. Müller, Ward 3", "Врач", "의사"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        // é of two characters, Å as a unit of length, a syllable of its letters.
        for name in ["e\u{301}", "\u{212b}", "\u{1100}\u{1161}"] {
            assert_eq!(check(name), Err(DeceptiveName::NotComposed), "{name}");
        }
        let fillers = ['\u{3164}', '\u{115f}', '\u{ffa0}', '\u{2800}'];
        let steering = ['\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}', '\u{200b}', '\u{ad}', '\u{e0041}', '\u{fe0f}'];
        let blanks = ['\u{a0}', '\u{2003}', '\u{3000}', '\t', '\n', '\0', '\u{85}', '\u{2028}'];
        let meaningless = ['\u{378}', '\u{e000}', '\u{ffff}', '\u{10fffd}'];
        for character in [fillers.as_slice(), &steering, &blanks, &meaningless].concat() {
            let name = format!("DOC{character}TOR");
            assert_eq!(check(&name), Err(DeceptiveName::Invisible { character }), "{name:?}");
        }
    }

    #[test]
    fn parts_that_mix_scripts_are_told() {
        for name in ["DOCTOR@HOSPITAL-3", "医師@HOSPITAL", "Врач Müller", "東京タワーの", "김金", "ÄRZTIN@Ö"]
        {
            assert_eq!(mixed_scripts(name), [], "{name}");
        }
        let mixed = mixed_scripts("D\u{41e}CTOR@HOSPITAL");
        assert_eq!(mixed[0].to_string(), "DОCTOR has letters of Latin and Cyrillic: another name may look the same");
        assert_eq!(mixed.len(), 1);
    }
}
