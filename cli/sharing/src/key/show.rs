//! `medshare key show`.

use crate::key_file::open;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::passphrase::PassphraseArgs;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_crypto::seal::SealingSecretKey;
use medshare_genesis::key_files::read;
use medshare_genesis::keys::{AuthorityKeys, NodeKeys, OwnerKeys, RequestorKeys, StoredKeys as _};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Show what a key file holds.
///
/// Without --open only what stands in the open: anybody can have changed it. With --open the file is decrypted, and the public
/// keys are shown that belong to the secrets in it.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Key file.
    file: PathBuf,
    /// Decrypt the file and show its public keys.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Public halves of a key file.
#[derive(Serialize)]
pub struct PublicKeys {
    kind: &'static str,
    /// RID, OID, NID or name of an authority.
    id: String,
    verifying_key: String,
    #[serde(flatten)]
    sealing: Option<Sealing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_keys: Option<String>,
}

/// The key that something is sealed to: 2,432 digits for machines, and what people compare.
#[derive(Serialize)]
struct Sealing {
    sealing_key: String,
    sealing_key_fingerprint: String,
}

impl Sealing {
    fn of(key: &SealingSecretKey) -> Option<Self> {
        let key = key.public_key();
        Some(Self { sealing_key: key.to_string(), sealing_key_fingerprint: key.fingerprint().to_string() })
    }
}

impl PublicKeys {
    pub fn of_requestor(keys: &RequestorKeys) -> Self {
        Self {
            kind: "requestor",
            id: keys.id().to_string(),
            verifying_key: keys.signing.verifying_key().to_string(),
            sealing: Sealing::of(&keys.sealing),
            attribute_keys: None,
        }
    }

    pub fn of_owner(keys: &OwnerKeys) -> Self {
        Self {
            kind: "owner",
            id: keys.id().to_string(),
            verifying_key: keys.signing.verifying_key().to_string(),
            sealing: None,
            attribute_keys: None,
        }
    }

    pub fn of_authority(keys: &AuthorityKeys) -> Self {
        Self {
            kind: "authority",
            id: keys.secret.name().to_string(),
            verifying_key: keys.signing.verifying_key().to_string(),
            sealing: None,
            attribute_keys: Some(hex::encode(keys.secret.public().to_bytes())),
        }
    }

    fn of_node(keys: &NodeKeys) -> Self {
        Self {
            kind: "node",
            id: keys.id().to_string(),
            verifying_key: keys.signing.verifying_key().to_string(),
            sealing: Sealing::of(&keys.sealing),
            attribute_keys: None,
        }
    }
}

impl fmt::Display for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "kind           {}", self.kind)?;
        writeln!(f, "{:<14} {}", id_word(self.kind), self.id)?;
        write!(f, "verifying key  {}", self.verifying_key)?;
        if let Some(Sealing { sealing_key_fingerprint, .. }) = &self.sealing {
            write!(f, "\nsealing key    fingerprint {sealing_key_fingerprint}")?;
        }
        Ok(())
    }
}

/// What the id of a kind of key is called.
fn id_word(kind: &str) -> &'static str {
    match kind {
        "requestor" => "RID",
        "owner" => "OID",
        "node" => "NID",
        _ => "name",
    }
}

#[derive(Serialize)]
struct Header {
    file: String,
    kind: String,
    /// RID, OID, NID or name of an authority.
    id: String,
    encrypted: bool,
}

pub fn run(args: &ShowArgs) -> Result<Answer, Failure> {
    let header = read(&args.file).map_err(Told::told)?;
    if args.open {
        return opened(args, header.kind());
    }
    let shown = Header {
        file: args.file.display().to_string(),
        kind: header.kind().to_owned(),
        id: header.public().to_owned(),
        encrypted: header.is_encrypted(),
    };
    let protection = if shown.encrypted { "passphrase" } else { "none: whoever reads the file has the key" };
    let text =
        format!("kind        {}\n{:<11} {}\nprotection  {protection}", shown.kind, id_word(&shown.kind), shown.id);
    Answer::new(&shown, text)
}

fn opened(args: &ShowArgs, kind: &str) -> Result<Answer, Failure> {
    let (path, passphrase) = (&args.file, &args.passphrase);
    let keys = match kind {
        "requestor" => PublicKeys::of_requestor(&open(passphrase, path, RequestorKeys::load)?),
        "owner" => PublicKeys::of_owner(&open(passphrase, path, OwnerKeys::load)?),
        "authority" => PublicKeys::of_authority(&open(passphrase, path, AuthorityKeys::load)?),
        "node" => PublicKeys::of_node(&open(passphrase, path, NodeKeys::load)?),
        _ => {
            let message =
                format!("{} holds a key of kind {kind:?}, whose public half --open does not show", path.display());
            let failure = Failure::new(Exit::Key, "wrong-kind", message);
            return Err(failure.hint("it is in the public file that was made with the key"));
        }
    };
    Answer::new(&keys, keys.to_string())
}
