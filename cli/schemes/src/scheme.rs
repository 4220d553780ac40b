//! What the commands of the cryptographic schemes share: they work on files, on one machine, without a network.

pub mod address;
pub mod failure;
pub mod file;
pub mod handed;
pub mod input;
pub mod letter;
pub mod moved;
pub mod names;
pub mod output;
pub mod party;
pub mod secrets;
pub mod stored;
pub mod text_file;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{make_folder, must_be_new};

use failure::told;
use output::Output;
use secrets::Protection;

/// Options of every command of the schemes.
#[derive(Debug, Args)]
struct CommonArgs {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// A file whose first line is the passphrase of the key files; else MEDSHARE_PASSPHRASE, else the terminal asks.
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Write new key files unencrypted: for tests, and for disks that are encrypted as a whole.
    #[arg(long, global = true)]
    insecure_plaintext: bool,
}

/// A noun of the schemes: its verb, with what every command is given.
#[derive(Debug, Args)]
pub struct Noun<Verb: Subcommand> {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    common: CommonArgs,
}

impl<Verb: Subcommand> Noun<Verb> {
    /// Runs the verb, told how key files are protected and how results are printed.
    ///
    /// # Errors
    /// What its errors mean to people.
    pub fn run(self, verb: impl FnOnce(Verb, &Protection, Output) -> anyhow::Result<()>) -> Result<(), Failure> {
        let CommonArgs { json, passphrase_file, insecure_plaintext } = self.common;
        let secrets = Protection::new(passphrase_file, insecure_plaintext);
        verb(self.verb, &secrets, Output { json }).map_err(told)
    }
}

/// Longest file name that is made of a name, in bytes: file systems take 255, with extensions.
const MAX_FILE_NAME: usize = 120;

/// Names may have any character; file names only harmless ones, and not too many.
fn file_name(name: &str) -> String {
    let harmless = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    let mut file = String::new();
    for character in name.chars() {
        // Hidden files, and what looks like an option.
        let awkward = file.is_empty() && matches!(character, '.' | '-');
        let character = if harmless(character) && !awkward { character } else { '_' };
        if file.len() + character.len_utf8() > MAX_FILE_NAME {
            break;
        }
        file.push(character);
    }
    file
}

/// Where the files of something new go, NAME.EXTENSION each. The folder is made where it is missing.
pub fn new_files<const FILES: usize>(
    folder: &Path,
    name: &str,
    extensions: [&str; FILES],
) -> anyhow::Result<[PathBuf; FILES]> {
    names::check(name)?;
    files_of(folder, name, extensions)
}

/// The same for something that has its name already.
pub fn files_of<const FILES: usize>(
    folder: &Path,
    name: &str,
    extensions: [&str; FILES],
) -> anyhow::Result<[PathBuf; FILES]> {
    let files = extensions.map(|extension| folder.join(format!("{}.{extension}", file_name(name))));
    must_be_new(&files.each_ref().map(PathBuf::as_path))?;
    make_folder(folder).with_context(|| Failure::output(format!("cannot make the folder {}", folder.display())))?;
    Ok(files)
}
