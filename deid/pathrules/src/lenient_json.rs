//! JSON with comments and trailing commas.

/// Removes `//` and `/* */` comments, then commas before a closing bracket; lines stay lines.
pub(crate) fn without_comments(text: &str) -> String {
    let bare = outside_texts(text.strip_prefix('\u{feff}').unwrap_or(text), |rest| {
        if rest.starts_with("//") {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            Some(rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else {
            None
        }
    });
    let closes = |tail: &str| tail.trim_start().starts_with(['}', ']']);
    outside_texts(&bare, |rest| (rest.starts_with(',') && closes(rest.get(1..).unwrap_or_default())).then_some(1))
}

/// Copies a JSON text without the parts, outside quoted texts, for which `removed` gives a length; line ends stay.
fn outside_texts(text: &str, removed: impl Fn(&str) -> Option<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = if c == '"' {
            let end = end_of_text(rest);
            out.push_str(rest.get(..end).unwrap_or_default());
            end
        } else if let Some(length) = removed(rest) {
            out.extend(rest.get(..length).unwrap_or_default().matches('\n'));
            length
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// Where a quoted text that begins here ends.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(index, _)| index + 1)
}
