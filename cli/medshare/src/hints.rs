//! Every command that the program and its guides tell somebody to type is one that it takes.

use super::command_line::command;
use clap::Command;
use std::fs;
use std::path::{Path, PathBuf};

/// Where texts for people stand.
const SOURCES: [&str; 10] =
    ["agent", "cli", "contracts", "exchange", "genesis", "ledger", "node", "deid", "docs/guide", "README.md"];
/// How a command begins in a text.
const OPENED: &str = "`medshare ";

fn cli() -> Command {
    let mut cli = command();
    cli.build();
    cli
}

/// The files with texts: sources without their tests, and guides.
fn texts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut open, mut found): (Vec<PathBuf>, Vec<PathBuf>) =
        (SOURCES.map(|source| root.join(source)).to_vec(), Vec::new());
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "target", "benches"].contains(&name.as_str()) {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if name != "hints.rs" && (name.ends_with(".rs") || name.ends_with(".md")) {
            found.push(path);
        }
    }
    found
}

/// A text in which strings and helps of several lines are one; without comments, which nobody is shown.
fn joined(text: &str) -> String {
    let mut joined = String::new();
    for line in text.lines().map(|line| line.trim_start().trim_start_matches("///")) {
        if line.starts_with("//") {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(begun) => joined.push_str(begun),
            None => {
                joined.push_str(line);
                joined.push(' ');
            }
        }
    }
    joined
}

/// The words of a command; what is filled in where it is printed stands for one word.
fn words(command: &str) -> Vec<String> {
    let mut filled = String::new();
    let mut depth = 0_u32;
    for character in command.chars() {
        match character {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                filled.push('X');
            }
            _ if depth == 0 => filled.push(character),
            _ => {}
        }
    }
    // of alternatives the first
    let first = |word: &str| word.trim_matches('\'').split('|').next().unwrap_or_default().to_owned();
    filled.split_whitespace().map(first).collect()
}

/// Why a command is none that the program takes, as far as its words say.
fn wrong(cli: &Command, words: &[String]) -> Option<String> {
    let (mut command, mut rest) = (cli, words);
    while let Some((word, behind)) = rest.split_first() {
        let Some(verb) = command.find_subcommand(word) else { break };
        (command, rest) = (verb, behind);
    }
    let mut places = 0;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--") else {
            places += 1;
            continue;
        };
        if option == "help" {
            return None;
        }
        let Some(known) = command.get_arguments().find(|known| known.get_long() == Some(option)) else {
            return Some(format!("{} has no option --{option}", command.get_name()));
        };
        let values: Vec<String> = known.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        let value = if known.get_action().takes_values() { words.next() } else { None };
        if let Some(value) = value.filter(|value| !values.is_empty() && *value != "X" && !values.contains(value)) {
            return Some(format!("--{option} takes no {value}"));
        }
    }
    let most = command
        .get_positionals()
        .map(|place| place.get_num_args().map_or(1, |count| count.max_values()))
        .fold(0_usize, usize::saturating_add);
    let is_pattern = rest.first().is_some_and(|word| ["NOUN", "VERB"].contains(&word.as_str()));
    (places > most && !is_pattern).then(|| format!("{} takes {most} words, not {places}", command.get_name()))
}

#[test]
fn every_command_that_is_named_in_a_text_is_one_with_the_options_that_it_has() {
    let cli = cli();
    let (mut found, mut wrongs) = (0, Vec::new());
    for path in texts() {
        let text = joined(&fs::read_to_string(&path).unwrap());
        for named in text.split(OPENED).skip(1).filter_map(|rest| rest.split('`').next()) {
            let named = named.replace(" …", "");
            found += 1;
            if let Some(why) = wrong(&cli, &words(&named)) {
                wrongs.push(format!("{}: `medshare {named}`: {why}", path.display()));
            }
        }
    }
    assert!(found > 150, "{found} commands were found");
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    let wrong_ones =
        ["package frob", "owner review X --decision grant", "audit block A B", "request list --deadline X"];
    assert!(wrong_ones.iter().all(|one| wrong(&cli, &words(one)).is_some()), "the test sees what is wrong");
}

/// Of two ways of which one is needed, `required_unless_present` tells one only to whoever gave neither; a group that is required tells both.
#[test]
fn what_is_needed_in_one_of_several_ways_is_a_group() {
    let one_sided = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("required_unless");
    let found: Vec<PathBuf> = texts().into_iter().filter(one_sided).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// The lines of examples below a command's help, continued ones whole.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default().replace("\\\n", " ");
    let own = help.lines().filter_map(|line| line.strip_prefix("  medshare ")).map(str::to_owned);
    own.chain(command.get_subcommands().flat_map(examples)).collect()
}

#[test]
fn every_example_in_a_help_is_taken_as_it_stands() {
    let (cli, examples) = (cli(), examples(&command()));
    assert!(examples.len() > 40, "{examples:?}");
    for example in examples {
        let mut command = vec!["medshare".to_owned()];
        let mut quoted = String::new();
        for word in example.split_whitespace().take_while(|word| !["|", ">", "&&"].contains(word)) {
            quoted.push_str(word);
            if quoted.matches('\'').count() % 2 == 1 {
                quoted.push(' ');
                continue;
            }
            command.push(match quoted.trim_matches('\'') {
                "RID" => "ab".repeat(16),
                "BLOCK" => "cd".repeat(32),
                word => word.to_owned(),
            });
            quoted.clear();
        }
        let taken = cli.clone().try_get_matches_from(&command);
        assert!(taken.is_ok(), "medshare {example}: {}", taken.unwrap_err());
    }
}
