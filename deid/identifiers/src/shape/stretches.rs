//! Stretches of a text that a number may fill: from one border of words to another, of letters, digits and what stands between them.

/// Bytes of the longest written number: an IBAN of 34 in groups of four.
const LONGEST: usize = 42;
/// Letters in a row in a number at most; longer ones are words.
const MOST_LETTERS: usize = 8;
/// A stretch with fewer digits is no number of a person's.
const LEAST_DIGITS: usize = 4;

/// A part of a text and its form: `0` for every digit, `A` for every letter, everything else as it is.
#[derive(Debug)]
pub(super) struct Stretch<'a> {
    pub(super) text: &'a str,
    pub(super) form: &'a str,
    pub(super) start: usize,
    pub(super) digits: usize,
    /// What stands before it.
    pub(super) before: &'a str,
}

impl Stretch<'_> {
    /// The byte behind it.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Letters, as capitals, and digits.
    pub(super) fn compact(&self) -> Vec<u8> {
        self.text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase()).collect()
    }
}

/// Gives every stretch of a text to `visit`.
pub(super) fn visit_stretches(text: &str, mut visit: impl FnMut(&Stretch<'_>)) {
    let bytes = text.as_bytes();
    let mut form = String::with_capacity(LONGEST);
    for start in 0..bytes.len() {
        let (Some(first), Some(before)) = (bytes.get(start), text.get(..start)) else { continue };
        if !(first.is_ascii_alphanumeric() || matches!(first, b'+' | b'(')) || !is_border(before, *first) {
            continue;
        }
        form.clear();
        let (mut digits, mut letters) = (0, 0);
        for (at, byte) in bytes.iter().enumerate().skip(start).take(LONGEST) {
            match byte {
                b'0'..=b'9' => {
                    form.push('0');
                    (digits, letters) = (digits + 1, 0);
                }
                b'A'..=b'Z' | b'a'..=b'z' => {
                    form.push('A');
                    letters += 1;
                }
                b' ' if form.ends_with(' ') => break,
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' => {
                    form.push(char::from(*byte));
                    letters = 0;
                }
                b'+' if at == start || form.len() == 6 => form.push('+'),
                _ => break,
            }
            // Words end a number.
            if letters > MOST_LETTERS || (digits == 0 && form.len() > 2 * MOST_LETTERS) {
                break;
            }
            let (Some(own), Some(after)) = (text.get(start..=at), text.get(at + 1..)) else { continue };
            if digits >= LEAST_DIGITS && (byte.is_ascii_alphanumeric() || *byte == b')') && ends_before(*byte, after) {
                visit(&Stretch { text: own, form: &form, start, digits, before });
            }
        }
    }
}

/// Whether a number may begin behind `before`: no word goes on, and no longer number.
fn is_border(before: &str, first: u8) -> bool {
    let mut chars = before.chars().rev();
    match chars.next() {
        None => true,
        Some(c) if c.is_alphanumeric() => first == b'(' && !c.is_ascii_digit() || is_cjk(c),
        Some('.' | '-' | '_' | ',') => !chars.next().is_some_and(|c| c.is_ascii_digit()),
        Some('/') => !chars.next().is_some_and(|c| c.is_ascii_digit()) || first == b'+',
        Some('(') => first != b'(',
        Some(_) => true,
    }
}

/// Whether a number may end before `after`. An extension (`x23`) may follow.
fn ends_before(last: u8, after: &str) -> bool {
    let mut chars = after.chars();
    let (next, second) = (chars.next(), chars.next());
    let digit_follows = second.is_some_and(|c| c.is_ascii_digit());
    match next {
        None => true,
        Some('x' | 'X') if last.is_ascii_digit() && digit_follows => true,
        Some(c) if c.is_alphanumeric() => last == b')' || is_cjk(c),
        Some('.' | '-' | '_' | ',') => !digit_follows,
        Some(_) => true,
    }
}

/// Chinese is written without spaces between words.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}')
}
