//! `medshare key passphrase`.

use crate::answer::Answer;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::passphrase::PassphraseArgs;
use crate::scheme::output::write_over;
use clap::Args;
use medshare_crypto::keyfile::{KdfCost, KeyFile};
use medshare_genesis::key_files::{KeyError, Protection, read};
use rand_core::OsRng;
use serde_json::json;
use std::path::PathBuf;

/// Put a key file under another passphrase.
///
/// The key itself stays the same, of whatever kind it is. The file is written anew beside its place and then takes it; copies of the old
/// file still open with the old passphrase. A passphrase that somebody may have seen together with the file calls for a new key.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// Key file.
    file: PathBuf,
    /// File whose first line is the new passphrase.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub fn run(args: &ChangeArgs) -> Result<Answer, Failure> {
    let unusable = |source| KeyError::KeyFile { path: args.file.clone(), source };
    let (kind, public, payload) = args.passphrase.open(&args.file, |path, phrase| {
        let file = read(path)?;
        let payload = file.open(file.kind(), phrase).map_err(unusable)?;
        Ok((file.kind().to_owned(), file.public().to_owned(), payload))
    })?;
    let Protection::Passphrase(new) = PassphraseArgs::of_file(args.new_passphrase_file.clone()).protection()? else {
        return Err(Failure::argument("there is no new passphrase"));
    };
    let file = KeyFile::encrypt(&kind, &public, &payload, &new, KdfCost::interactive(), &mut OsRng);
    let text = file.map_err(unusable)?.to_text();
    write_over(&args.file, &text).map_err(|e| Failure::new(Exit::Failure, "output", format!("{e:#}")))?;
    let changed = json!({"file": args.file.display().to_string(), "kind": kind, "public": public});
    Answer::new(&changed, format!("changed the passphrase of {}", args.file.display()))
}
