//! The words that a column's name is made of.

use super::letters::folded;

/// The words of a column's name, folded: split at punctuation and at capitals inside; a word with a number behind it also without, so that
/// `phone2` is a phone.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = words_in_order(name);
    let numbered: Vec<String> = words.iter().filter_map(|word| without_number(word)).map(str::to_owned).collect();
    words.extend(numbered);
    words
}

/// The same as they stand. The Arabic article does not count.
pub(super) fn words_in_order(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut previous_lower, mut previous_upper) = (false, false);
    let mut following = name.chars().skip(1);
    for c in name.chars() {
        // The last capital of several begins a word: `GPName`.
        let next_lower = following.next().is_some_and(char::is_lowercase);
        let begins = c.is_uppercase() && (previous_lower || (previous_upper && next_lower));
        let is_mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}');
        if !is_mark && (!c.is_alphanumeric() || begins) {
            words.push(String::new());
        }
        if (c.is_alphanumeric() || is_mark)
            && let Some(word) = words.last_mut()
        {
            word.push(c);
        }
        (previous_lower, previous_upper) = (c.is_lowercase(), c.is_uppercase());
    }
    let without_article = |word: String| match word.strip_prefix("ال") {
        Some(rest) if rest.chars().count() >= 2 => rest.to_owned(),
        _ => word,
    };
    words.iter().map(|word| without_article(folded(word))).filter(|word| !word.is_empty()).collect()
}

/// A word without the number behind it.
pub(super) fn without_number(word: &str) -> Option<&str> {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    (!bare.is_empty() && bare.len() < word.len()).then_some(bare)
}
