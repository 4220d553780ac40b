//! Texts as their readers see them: characters that look alike are one, those that cannot be seen are none.
//!
//! Full-width and mathematical forms, digits of other scripts, dashes, spaces and quotation marks become those of ASCII, and so do Cyrillic
//! and Greek letters that look like Latin ones (a choice from Unicode's confusables.txt). Only shapes are looked for in the result.

use std::borrow::Cow;

/// The zeros of scripts whose ten digits follow one another.
const ZEROS: [u32; 14] =
    [0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0];

/// Letters that look like the Latin one behind them.
const LOOK_ALIKES: &str = "АAВBЕEЅSІIЈJКKМMНHОOРPСCТTУYХXаaеeоoрpсcуyхxѕsіiјjΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXοo";

/// The text as it is seen.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.chars().filter_map(seen).collect()) }
}

fn seen(c: char) -> Option<char> {
    let code = u32::from(c);
    Some(match c {
        _ if c.is_ascii() => c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => {
            return None;
        }
        // Signs of vowels, and the line that makes Arabic words longer.
        '\u{640}' | '\u{64B}'..='\u{65F}' => return None,
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}' => return None,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(code - 0xFEE0)?,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        '\u{3002}' | '\u{FF61}' => '.',
        '\u{2018}' | '\u{2019}' | '\u{2032}' | '\u{2BC}' => '\'',
        '\u{201C}' | '\u{201D}' | '\u{2033}' => '"',
        '\u{2044}' | '\u{2215}' => '/',
        '\u{2DA}' => '\u{B0}',
        '\u{1D7CE}'..='\u{1D7FF}' => char::from_digit((code - 0x1D7CE) % 10, 10)?,
        '\u{1D400}'..='\u{1D6A3}' => math_letter((code - 0x1D400) % 52)?,
        '\u{370}'..='\u{52F}' => look_alike(c),
        _ if c.is_whitespace() => ' ',
        _ => ZEROS
            .iter()
            .find(|zero| (**zero..**zero + 10).contains(&code))
            .and_then(|zero| char::from_digit(code - zero, 10))
            .unwrap_or(c),
    })
}

fn math_letter(place: u32) -> Option<char> {
    char::from_u32(if place < 26 { u32::from(b'A') + place } else { u32::from(b'a') + place - 26 })
}

fn look_alike(c: char) -> char {
    let mut pairs = LOOK_ALIKES.chars();
    while let (Some(strange), Some(latin)) = (pairs.next(), pairs.next()) {
        if strange == c {
            return latin;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_one_and_what_is_unseen_is_none() {
        for (strange, plain) in [
            ("９８７－６２－４３１４", "987-62-4314"),
            ("987‑62–4314", "987-62-4314"),
            ("2020\u{200B}-05\u{AD}-03\u{FEFF}", "2020-05-03"),
            ("٢٠٢٠-٠٥-٠٣", "2020-05-03"),
            ("𝟐𝟎𝟐𝟎 𝐀𝐛", "2020 Ab"),
            ("АВ 12\u{A0}34", "AB 12 34"),
            ("5 µg, β-Blocker, 10⁹/l", "5 µg, β-Blocker, 10⁹/l"),
        ] {
            assert_eq!(folded(strange), plain);
        }
    }
}
