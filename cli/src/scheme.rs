//! What the commands of the cryptographic schemes share: they work on files, on one machine, without a network.

pub mod handed;
pub mod input;
pub mod letter;
pub mod output;
pub mod party;
pub mod secrets;
pub mod stored;
pub mod text_file;

use std::path::PathBuf;

use clap::Args;

use output::Output;
use secrets::Protection;

/// Options of every command of the schemes.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// A file whose first line is the passphrase of the key files. Without it MEDSHARE_PASSPHRASE is used.
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Write new key files unencrypted: for tests, and for disks that are encrypted as a whole.
    #[arg(long, global = true)]
    insecure_plaintext: bool,
}

impl CommonArgs {
    /// How key files are protected, and how results are printed.
    pub fn parts(self) -> (Protection, Output) {
        let secrets = Protection { passphrase_file: self.passphrase_file, insecure_plaintext: self.insecure_plaintext };
        (secrets, Output { json: self.json })
    }
}

/// Names may have any character; file names only harmless ones.
pub fn file_name(name: &str) -> String {
    let harmless = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    name.chars().map(|character| if harmless(character) { character } else { '_' }).collect()
}
