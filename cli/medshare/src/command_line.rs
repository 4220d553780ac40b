//! The command line as it is taken and explained: every noun shows the options that it uses, in lines that fit a narrow terminal.

use crate::{Asking, Cli};
use clap::{Arg, Command, CommandFactory as _, Subcommand as _};

/// The option of every command that nouns which ask no node use, too.
const JSON: &str = "json";
/// Columns of a narrow terminal.
pub const COLUMNS: usize = 80;
/// How a usage line begins, and how one goes on.
const USAGE: &str = "Usage: ";
const INDENT: &str = "         ";

/// The command line. Where an option of every command would change nothing it is taken, so that it may stand before any noun, and not
/// shown.
pub fn command() -> Command {
    let cli = Cli::command();
    let is_unused = |option: &&Arg| option.is_global_set() && option.get_id() != JSON;
    let unused: Vec<Arg> = cli.get_arguments().filter(is_unused).map(|option| option.clone().hide(true)).collect();
    let ask = Asking::has_subcommand;
    cli.mut_subcommands(|noun| if ask(noun.get_name()) { noun } else { noun.args(unused.clone()) })
}

/// The same with usage lines that are broken where they are longer than a narrow terminal is wide. It costs the time to build all commands,
/// so it is for what is printed only.
pub fn in_narrow_lines() -> Command {
    let mut cli = command();
    cli.build();
    narrow(cli)
}

fn narrow(command: Command) -> Command {
    let mut command = command.mut_subcommands(narrow);
    let usage = command.render_usage().to_string();
    if usage.lines().all(|line| line.chars().count() <= COLUMNS) {
        return command;
    }
    let usage = usage.strip_prefix(USAGE).unwrap_or(&usage).lines().map(broken).collect::<Vec<_>>().join("\n");
    command.override_usage(usage)
}

/// A usage in lines; those behind the first are set in.
fn broken(usage: &str) -> String {
    let (mut lines, mut column) = (String::new(), USAGE.len());
    for part in parts(usage) {
        let width = part.chars().count();
        if lines.is_empty() {
            column += width;
        } else if column + 1 + width <= COLUMNS {
            lines.push(' ');
            column += 1 + width;
        } else {
            lines.push('\n');
            lines.push_str(INDENT);
            column = INDENT.len() + width;
        }
        lines.push_str(part);
    }
    lines
}

/// What of a usage stays in one line: a word, an option with its value, alternatives in their brackets.
fn parts(usage: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, character) in usage.char_indices() {
        match character {
            '<' | '[' => depth += 1,
            '>' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => {
                let (part, rest) = (usage.get(begin..at).unwrap_or_default(), usage.get(at + 1..).unwrap_or_default());
                let is_option_before_its_value = part.starts_with("--") && !part.contains(' ') && rest.starts_with('<');
                if !is_option_before_its_value {
                    parts.push(part);
                    begin = at + 1;
                }
            }
            _ => {}
        }
    }
    parts.push(usage.get(begin..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does this with a command and with those below it.
    fn each(command: &Command, look_at: &mut impl FnMut(&Command)) {
        look_at(command);
        command.get_subcommands().for_each(|verb| each(verb, look_at));
    }

    /// The usages of all commands, by the commands' names.
    fn usages(mut cli: Command) -> Vec<(String, String)> {
        cli.build();
        let mut usages = Vec::new();
        each(&cli, &mut |command| {
            let usage = command.clone().render_usage().to_string();
            usages.push((command.get_bin_name().unwrap_or_default().to_owned(), usage));
        });
        usages
    }

    #[test]
    fn no_usage_is_wider_than_a_narrow_terminal_and_none_loses_a_word() {
        let words = |usage: &str| usage.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let whole = usages(command());
        assert!(whole.iter().any(|(_, usage)| usage.chars().count() > COLUMNS), "none is too long");
        for ((name, usage), (_, before)) in usages(in_narrow_lines()).iter().zip(&whole) {
            assert!(usage.lines().all(|line| line.chars().count() <= COLUMNS), "{name}: {usage}");
            assert_eq!(words(usage), words(before), "{name}");
        }
    }

    #[test]
    fn options_of_every_command_are_shown_by_the_nouns_that_use_them_and_taken_by_all() {
        let mut cli = command();
        cli.build();
        for noun in cli.get_subcommands().filter(|noun| noun.get_name() != "help") {
            each(noun, &mut |verb| {
                let shown =
                    |id: &str| verb.get_arguments().any(|option| option.get_id() == id && !option.is_hide_set());
                let is_alone = !Asking::has_subcommand(noun.get_name());
                for option in ["genesis", "nodes", "ca"] {
                    let name = verb.get_bin_name().unwrap_or_default();
                    let is_help = name.split(' ').any(|word| word == "help");
                    assert!(is_help || shown(option) != is_alone, "{name}: {option}");
                }
            });
        }
        let typed = ["medshare", "man", "--out", "pages", "--genesis", "genesis.toml"];
        assert!(command().try_get_matches_from(typed).is_ok());
    }

    #[test]
    fn an_option_stays_with_its_value_and_alternatives_with_each_other() {
        let usage = "medshare x [OPTIONS] --to <RID> <--a <A>|--b> <FILE>...";
        assert_eq!(parts(usage), ["medshare", "x", "[OPTIONS]", "--to <RID>", "<--a <A>|--b>", "<FILE>..."]);
    }
}
