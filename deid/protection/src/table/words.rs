//! The words that a column's name is made of.

/// The words of a column's name, in lower case: split at punctuation and at capitals inside; a word with a number behind it also without,
/// so that `phone2` is a phone.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && previous_lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase();
    }
    let bare = |word: &String| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        (bare.len() < word.len()).then(|| bare.to_owned())
    };
    let numbered: Vec<String> = words.iter().filter_map(bare).collect();
    words.extend(numbered);
    words.retain(|word| !word.is_empty());
    words
}
