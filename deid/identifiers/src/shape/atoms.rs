//! A text taken apart into numbers, words and marks.

use std::borrow::Cow;

/// What an atom is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII digits in a row.
    Number,
    /// Letters in a row; a Chinese or Japanese character is a word of its own.
    Word,
    /// One character of another kind, spaces too.
    Mark,
}

/// A part of a text that is not divided further.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// The byte at which it begins.
    pub(super) start: usize,
}

impl Atom<'_> {
    /// The byte behind it.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// In lower case.
    pub(super) fn lower(&self) -> Cow<'_, str> {
        let is_lower = self.text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        if is_lower { Cow::Borrowed(self.text) } else { Cow::Owned(self.text.to_lowercase()) }
    }

    /// A number of at most so many digits.
    pub(super) fn number(&self, most_digits: usize) -> Option<u32> {
        (self.kind == Kind::Number && self.text.len() <= most_digits.min(9)).then(|| self.text.parse().ok()).flatten()
    }

    /// Whether it is this mark.
    pub(super) fn is(&self, marks: &str) -> bool {
        self.kind == Kind::Mark && marks.contains(self.text)
    }
}

/// The atoms of a text, in order and without gaps.
pub(super) fn atoms(text: &str) -> Vec<Atom<'_>> {
    let mut atoms: Vec<Atom<'_>> = Vec::with_capacity(text.len() / 3 + 1);
    for (start, c) in text.char_indices() {
        let kind = kind_of(c);
        let end = start + c.len_utf8();
        match atoms.last_mut() {
            Some(last)
                if last.kind == kind && kind != Kind::Mark && !is_alone(c) && !last.text.starts_with(is_alone) =>
            {
                last.text = text.get(last.start..end).unwrap_or(last.text);
            }
            _ => atoms.push(Atom { kind, text: text.get(start..end).unwrap_or(""), start }),
        }
    }
    atoms
}

fn kind_of(c: char) -> Kind {
    match c {
        '0'..='9' => Kind::Number,
        // The ordinal signs of Spanish, Italian and Portuguese stand for no word.
        'º' | 'ª' => Kind::Mark,
        _ if c.is_alphabetic() || is_accent(c) => Kind::Word,
        _ => Kind::Mark,
    }
}

/// Combining accents.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

fn is_alone(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
