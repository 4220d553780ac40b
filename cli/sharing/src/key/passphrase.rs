//! `medshare key passphrase`.

use crate::key_file::open;
use crate::told::Told as _;
use clap::Args;
use medshare_cli_terminal::lock::{AsRead, Lock};
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_cli_terminal::whole_file::write_over;
use medshare_cli_terminal::{Answer, Failure};
use medshare_crypto::keyfile::{KdfCost, KeyFile};
use medshare_genesis::key_files::{KeyError, read};
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
    #[arg(value_name = "KEY-FILE")]
    file: PathBuf,
    /// File whose first line is the new passphrase.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub fn run(args: &ChangeArgs) -> Result<Answer, Failure> {
    let unusable = |source| KeyError::KeyFile { path: args.file.clone(), source };
    let as_read = AsRead::of(&args.file);
    let (kind, public, payload) = open(&args.passphrase, &args.file, |path, phrase| {
        let file = read(path)?;
        let payload = file.open(file.kind(), phrase).map_err(unusable)?;
        Ok((file.kind().to_owned(), file.public().to_owned(), payload))
    })?;
    let new = PassphraseArgs::of(Some(args.new_passphrase_file.clone())).of_new_key_file()?;
    let file = KeyFile::encrypt(&kind, &public, &payload, &new, KdfCost::interactive(), &mut OsRng);
    let text = file.map_err(|source| unusable(source).told())?.to_text();
    let lock = Lock::of(&args.file)?;
    as_read.must_still_be_in(&args.file)?;
    write_over(&args.file, &text, &lock)?;
    let changed = json!({"file": args.file.display().to_string(), "kind": kind, "public": public});
    Answer::new(&changed, format!("changed the passphrase of {}", args.file.display()))
}
