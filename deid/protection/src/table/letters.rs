//! Letters as headers and cells mean them: without case, accents and widths.

/// Letters with marks, each before the one that it counts as.
const MARKED: &str = "àaáaâaãaäaåaāaăaąaçcćcčcďdđdðdèeéeêeëeēeėeęeěeğgģgìiíiîiïiīiįiıiķkļlľlłlñnńnņnňnòoóoôoõoöoøoōoőoŕrřrśsşsšsșsţtťtțtùuúuûuüuūuůuűuųuýyÿyźzżzžz\
أاإاآاٱاةهىيﻻل";

/// A text in lower case and without marks.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            _ if c.is_ascii() => out.push(c),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            // Marks by themselves, vowels, and the line that makes words longer.
            '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}' => {}
            '\u{ff01}'..='\u{ff5e}' => {
                out.extend(char::from_u32(u32::from(c) - 0xfee0).map(|narrow| narrow.to_ascii_lowercase()))
            }
            _ => out.push(bare(c)),
        }
    }
    out
}

fn bare(c: char) -> char {
    let mut pairs = MARKED.chars();
    while let (Some(marked), Some(bare)) = (pairs.next(), pairs.next()) {
        if marked == c {
            return bare;
        }
    }
    c
}

/// Whether a text has Chinese in it, which puts no spaces between words.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_widths_do_not_count() {
        for (text, plain) in [
            ("Größe", "grosse"),
            ("Prénom", "prenom"),
            ("Pre\u{301}nom", "prenom"),
            ("ＩＤ", "id"),
            ("الجنسيّة", "الجنسيه"),
            ("姓名", "姓名"),
        ] {
            assert_eq!(folded(text), plain);
        }
    }
}
