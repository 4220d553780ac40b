//! The text of a report in its two parts: what the contract states, and what the requestor wrote behind it.

use medshare_contract_abi::ReportKind;

/// Stands between the two (the contract `usage` puts it there).
const BETWEEN: &str = "; comment: ";
/// Behind a statement about a violation.
const VERDICT: &str = ": violation";
/// The code of a statement that is not the standard contract's: its words are handed on as they are.
const OTHER: &str = "other";

/// The code of the statement, and the words that are for people.
#[must_use]
pub fn parts(kind: Option<ReportKind>, text: &str) -> (String, Option<String>) {
    let (stated, comment) = text.split_once(BETWEEN).map_or((text, None), |(stated, comment)| (stated, Some(comment)));
    let words = stated.strip_suffix(VERDICT).unwrap_or(stated);
    match kind {
        Some(kind) if kind.statement() == words => (words.replace(' ', "-"), comment.map(str::to_owned)),
        _ => (OTHER.to_owned(), Some(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_contract_abi::Action;

    #[test]
    fn statement_and_comment_are_told_apart_and_nothing_is_lost() {
        let copied = Some(ReportKind::Action(Action::Copy));
        for (kind, text, statement, comment) in [
            (copied, "data copied: violation; comment: for my laptop", "data-copied", Some("for my laptop")),
            (copied, "data copied: violation", "data-copied", None),
            (copied, "data copied; comment: a; comment: b", "data-copied", Some("a; comment: b")),
            (copied, "data read: violation", "other", Some("data read: violation")),
            (copied, "she took it home", "other", Some("she took it home")),
            (None, "data copied: violation", "other", Some("data copied: violation")),
        ] {
            assert_eq!(parts(kind, text), (statement.to_owned(), comment.map(str::to_owned)), "{text}");
        }
    }
}
