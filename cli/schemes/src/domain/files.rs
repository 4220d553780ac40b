//! `medshare domain encrypt | decrypt | inspect`.

use std::path::{Path, PathBuf};

use clap::Args;
use medshare_cli_terminal::lock::AsRead;
use medshare_crypto::domain_file::{open_file, seal_file};
use medshare_crypto::kp_abe::{KpCiphertext, KpKey};
use medshare_crypto::policy::AttributeName;
use rand_core::OsRng;
use serde_json::json;

use super::key::DomainKey;
use super::public::{Public, full_name};
use super::whose;
use crate::scheme::file::{ENCRYPT, InspectArgs, Passage, PlainFileArgs, SealedFileArgs};
use crate::scheme::handed::{DOMAIN_KEY, read};
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{read_header, sizes};

#[derive(Debug, Args)]
pub struct EncryptArgs {
    /// The domain's public file.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// A label of the record, e.g. allergies. Can be given several times.
    #[arg(long = "label", required = true, value_name = "LABEL")]
    labels: Vec<String>,
    /// The owner's register, where it is she who encrypts: an older public file is refused, and so is everything while a revocation is under way.
    #[arg(long, value_name = "FILE")]
    register: Option<PathBuf>,
    /// The domain's key file, beside --register: shows whether somebody else wrote to the register, and whether it is an older copy. Without it, the register is
    /// believed.
    #[arg(long, value_name = "FILE", requires = "register")]
    key: Option<PathBuf>,
    #[command(flatten)]
    file: PlainFileArgs,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
    /// Your key file, as `medshare party accept` made it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    file: SealedFileArgs,
}

pub fn encrypt(args: &EncryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let PlainFileArgs { input, out } = &args.file;
    let read_key = |path: &Path| anyhow::Ok((AsRead::of(path), DomainKey::read(path, secrets)?));
    let key = args.key.as_deref().map(read_key).transpose()?;
    let public = match &key {
        Some((_, key)) => Public::read_of(&args.public, &key.secret)?,
        None => Public::read(&args.public)?,
    };
    if let Some(path) = &args.register {
        let mut register = match &key {
            Some((_, key)) => whose::read_of(path, key, false)?,
            None => whose::read(path, &public.domain)?,
        };
        register.compare(&args.public, &public.in_force(), false)?;
        if let Some(((as_read, key), path)) = key.as_ref().zip(args.key.as_deref()) {
            // Once more: a revocation may have ended while somebody looked for the passphrase.
            if as_read.is_still_in(path) {
                register.is_not_before(key)?;
            } else {
                register.is_not_before(&DomainKey::read(path, secrets)?)?;
            }
        }
        register.is_at_rest()?;
        public.is_as_in(&register)?;
    }
    let mut labels = Vec::with_capacity(args.labels.len());
    for label in &args.labels {
        labels.push(public.label(&full_name(public.domain.name(), label)?)?.clone());
    }
    let passage = Passage::between(input, out, output)?;
    let bytes = passage.through(ENCRYPT, |from, to| seal_file(&public.domain, &labels, from, to, &mut OsRng))?;
    let named: Vec<&str> = labels.iter().map(|label| label.label().as_str()).collect();
    let results = vec![("file", json!(out.display().to_string())), ("labels", json!(named)), ("bytes", json!(bytes))];
    output.print(&names::told(named, results, output))
}

pub fn decrypt(args: &DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let SealedFileArgs { input, out } = &args.file;
    let key = read(&args.key, DOMAIN_KEY, secrets, KpKey::from_bytes)?;
    let bytes = Passage::between(input, out, output)?.through("open", |from, to| open_file(&key, from, to))?;
    output.print(&[("file", json!(out.display().to_string())), ("bytes", json!(bytes))])
}

pub fn inspect(args: &InspectArgs, output: Output) -> anyhow::Result<()> {
    let header = read_header::<KpCiphertext>(&args.input)?;
    let [inside, stored] = sizes(&args.input, &header)?;
    let labels: Vec<&str> = header.capsule().labels().map(AttributeName::as_str).collect();
    output.print(&[("labels", json!(labels)), ("record", json!(header.record().to_string())), inside, stored])
}
