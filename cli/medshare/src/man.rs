//! `medshare man`: the help of every command as manual pages.

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use medshare_cli_terminal::interrupt::undo_if_interrupted;
use medshare_cli_terminal::whole_file::hand_out_at;
use medshare_cli_terminal::{Answer, EXIT_CODES, Failure, io_words, shell};
use std::io;
use std::path::{Path, PathBuf};

/// Print the manual page of `medshare`, or store those of all commands.
///
/// There is a page for every noun and every verb, such as medshare-request-submit(1).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare man | man -l -
  medshare man --out ~/.local/share/man/man1 && man medshare-request-submit")]
pub struct ManArgs {
    /// Folder for the pages of all commands; it is made where it is missing, and what has their names in it is replaced.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The pages of `command`.
///
/// # Errors
/// When the folder cannot be written.
pub fn run(args: &ManArgs, command: Command) -> Result<Answer, Failure> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.out else {
        let page = page(&command).map_err(|e| unwritten(Path::new("the page"), &e))?;
        let text = String::from_utf8_lossy(&page).into_owned();
        return Answer::raw(&serde_json::json!({"page": text}), page);
    };
    let mut pages = Vec::new();
    collect(&command, folder, &mut pages)?;
    let is_new = !folder.exists();
    let made = folder.clone();
    // One with something in it is not removed.
    let remove = move || {
        if is_new {
            drop(std::fs::remove_dir(made))
        }
    };
    let _half_done = undo_if_interrupted(remove);
    std::fs::create_dir_all(folder).map_err(|e| unwritten(folder, &e))?;
    hand_out_at(&pages)?;
    let names: Vec<_> = pages.iter().filter_map(|(path, _)| Some(path.file_name()?.to_string_lossy())).collect();
    let text = format!("{} pages in {}", names.len(), shell::path(folder));
    Answer::new(&serde_json::json!({"folder": folder, "pages": names}), text)
}

/// The page of a command, then those of its verbs, each with its place.
fn collect(command: &Command, folder: &Path, pages: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<(), Failure> {
    let path = folder.join(Man::new(command.clone()).get_filename());
    let page = page(command).map_err(|e| unwritten(&path, &e))?;
    pages.push((path, page));
    command.get_subcommands().filter(|verb| !verb.is_hide_set()).try_for_each(|verb| collect(verb, folder, pages))
}

/// One page. Examples stand as they are typed, which paragraphs of a manual do not.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone()).manual("MeDShare").date("");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_subcommands().any(|verb| !verb.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut end = Roff::default();
    verbatim(&mut end, "EXAMPLES", examples.strip_prefix("Examples:\n").unwrap_or(&examples));
    verbatim(&mut end, "EXIT STATUS", EXIT_CODES.strip_prefix("Exit codes:\n").unwrap_or(EXIT_CODES));
    end.to_writer(&mut page)?;
    Ok(in_ascii(&String::from_utf8_lossy(&page)).into_bytes())
}

/// Other characters by their numbers, which every formatter reads, whatever encoding it expects.
fn in_ascii(page: &str) -> String {
    let mut ascii = String::with_capacity(page.len());
    for character in page.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            ascii.push_str(&format!("\\[u{:04X}]", u32::from(character)));
        }
    }
    ascii
}

/// A section whose lines are kept.
fn verbatim(page: &mut Roff, heading: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    page.control("SH", [heading]);
    page.control("nf", []);
    for line in text.lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::output(format!("cannot write {}: {}", path.display(), io_words(error)))
}
