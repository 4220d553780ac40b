//! The guides of the schemes quote messages, with what is done about each: a program that says something else would leave their reader without help.

use regex::Regex;
use std::path::{Path, PathBuf};

const GUIDES: &[&str] = &["abe", "abe-with-nodes", "aggregate", "personal-domain", "signatures"];
/// Where what these commands say is written.
const SOURCES: &[&str] = &["cli/schemes/src", "cli/terminal/src", "crypto/src"];
const HEADING: &str = "## When something is refused";

/// The sources in a folder, one behind the other.
fn walk(folder: PathBuf, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands in sources as it is printed: lines that go on are one, and comments are none.
fn printed(sources: &str) -> String {
    let without_comments = Regex::new(r"(?m)^\s*//.*$").unwrap().replace_all(sources, "");
    Regex::new(r"\\\n\s*").unwrap().replace_all(&without_comments, "").into_owned()
}

/// The messages in a guide's table.
fn quoted(guide: &str) -> Vec<String> {
    let (_, table) = guide.split_once(HEADING).unwrap();
    let row = Regex::new(r"(?m)^\| `([^`|]*)`").unwrap();
    row.captures_iter(table).map(|found| found[1].to_owned()).collect()
}

/// The words of a message that no source has. Names, numbers and what follows a mark of omission are filled in when it is printed.
fn unsaid(message: &str, sources: &str) -> Vec<String> {
    let filled_in = Regex::new(r#"…|\d+|"[^"]*"|medshare (?:abe|domain|aggregate)\b|^warning: "#).unwrap();
    let words = filled_in.split(message).map(|words| words.trim_matches([' ', ':', ';', ',']));
    words.filter(|words| words.len() > 3 && !sources.contains(words)).map(str::to_owned).collect()
}

#[test]
fn every_message_that_a_guide_of_the_schemes_explains_is_one_that_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = String::new();
    SOURCES.iter().for_each(|folder| walk(root.join(folder), &mut sources));
    let sources = printed(&sources);
    let (mut read, mut wrong) = (0, Vec::new());
    for guide in GUIDES {
        let text = std::fs::read_to_string(root.join(format!("docs/guide/{guide}.md"))).unwrap();
        for message in quoted(&text) {
            read += 1;
            wrong.extend(unsaid(&message, &sources).into_iter().map(|words| format!("{guide}: {words}")));
        }
    }
    assert!(read > 60, "the tables are read as they are written: {read}");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_message_in_other_words_is_missed() {
    let source = "the domain has no label {name}; it has {known}";
    assert_eq!(unsaid("the domain has no label …; it has …", source), Vec::<String>::new());
    assert_eq!(unsaid("the domain knows no label …", source), ["the domain knows no label"]);
}
