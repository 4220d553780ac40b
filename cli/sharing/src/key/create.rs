//! `medshare key create`.

use super::show::PublicKeys;
use crate::told::Told;
use clap::{Args, ValueEnum};
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_cli_terminal::{Answer, Failure};
use medshare_genesis::key_files::Protection;
use medshare_genesis::keys::{AuthorityKeys, OwnerKeys, RequestorKeys, StoredKeys as _};
use medshare_ledger::id::Label;
use rand_core::OsRng;
use serde::Serialize;
use std::path::PathBuf;

/// Make a key file.
///
/// The passphrase comes from --passphrase-file, from MEDSHARE_PASSPHRASE, or is asked for in the terminal.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the key is for.
    #[arg(long, value_enum, default_value_t = Kind::Requestor)]
    kind: Kind,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Name of the authority, the part of its attributes behind @.
    #[arg(long, required_if_eq("kind", "authority"))]
    name: Option<Label>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Do not encrypt the file: whoever reads it has the key.
    #[arg(long, conflicts_with = "passphrase_file")]
    insecure_plaintext: bool,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Asks for data and opens packages.
    Requestor,
    /// Registers requestors and decides about violations.
    Owner,
    /// Issues attributes.
    Authority,
}

#[derive(Serialize)]
struct Created<'a> {
    file: String,
    #[serde(flatten)]
    keys: &'a PublicKeys,
    encrypted: bool,
}

pub fn run(args: &CreateArgs) -> Result<Answer, Failure> {
    let protection = if args.insecure_plaintext {
        Protection::InsecurePlaintext
    } else {
        Protection::Passphrase(args.passphrase.of_new_key_file()?)
    };
    let (path, rng) = (&args.out, &mut OsRng);
    let keys = match (args.kind, &args.name) {
        (Kind::Requestor, _) => {
            let keys = RequestorKeys::generate(rng);
            keys.save(path, &protection, rng).map_err(Told::told)?;
            PublicKeys::of_requestor(&keys)
        }
        (Kind::Owner, _) => {
            let keys = OwnerKeys::generate(rng);
            keys.save(path, &protection, rng).map_err(Told::told)?;
            PublicKeys::of_owner(&keys)
        }
        (Kind::Authority, name) => {
            let keys = name.as_ref().and_then(|name| AuthorityKeys::generate(name, rng));
            let keys = keys.ok_or_else(|| Failure::argument("--name cannot name an authority"))?;
            keys.save(path, &protection, rng).map_err(Told::told)?;
            PublicKeys::of_authority(&keys)
        }
    };
    let created = Created { file: path.display().to_string(), keys: &keys, encrypted: !args.insecure_plaintext };
    let text = format!("made {}\n{keys}", path.display());
    Answer::new(&created, text)
}
