//! `medshare domain create | label`, and the files of a domain's owner.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{removed_if_interrupted, write_beside};
use medshare_crypto::kp_abe::{DomainSecret, LabelPublic};
use medshare_crypto::policy::{AttributeName, AuthorityName};
use rand_core::OsRng;
use serde_json::json;

use super::public::{append, full_name, text};
use super::register::{self, Register};
use crate::scheme::output::Output;
use crate::scheme::secrets::{Protection, damaged};
use crate::scheme::{names, new_files};

/// Kind of a domain's key file.
const KIND: &str = "domain";

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The domain's name, e.g. alice.
    name: String,
    /// A label, e.g. allergies. Can be given several times.
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// Folder for the three files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The domain's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The domain's public file, which gets the new lines.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Labels, e.g. prescriptions.
    #[arg(required = true)]
    labels: Vec<String>,
}

/// What the owner works with.
#[derive(Debug, Args)]
pub struct OwnerArgs {
    /// The domain's key file.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The domain's public file.
    #[arg(long, value_name = "FILE")]
    pub public: PathBuf,
    /// The register of the keys that were given out, as `medshare domain create` made it; it is kept up to date.
    #[arg(long, value_name = "FILE")]
    pub register: PathBuf,
    /// The register is this domain's, though it does not say so. For one of an earlier build, once.
    #[arg(long)]
    pub own_register: bool,
    /// The owner's key file as a party: signs the letters.
    #[arg(long, value_name = "FILE")]
    pub party: PathBuf,
}

impl OwnerArgs {
    /// The register of this domain.
    pub fn read_register(&self, domain: &DomainSecret) -> anyhow::Result<Register> {
        register::read(&self.register, &domain.public(), self.own_register)
    }
}

pub fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let name = AuthorityName::typed(&args.name).context("that is no name for a domain")?;
    let domain = DomainSecret::generate(name, &mut OsRng);
    let labels = publics(&domain, &args.labels)?;
    let [key, public, register] = new_files(&args.out, &args.name, ["key", "public", "register"])?;
    register::make(&register, &domain.public())?;
    let _half_done = removed_if_interrupted(&register);
    secrets
        .write(&key, KIND, domain.name().as_str(), &domain.to_bytes())
        .and_then(|()| write_beside(&key, &public, &text(&domain.public(), &labels)))
        .inspect_err(|_| drop(std::fs::remove_file(&register)))?;
    let results = vec![
        ("domain", json!(domain.name().as_str())),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
        ("register", json!(register.display().to_string())),
        ("labels", whole(&labels)),
    ];
    let given = labels.iter().map(|label| label.label().attribute());
    output.print(&names::told(given.chain([domain.name().as_str()]), results, output))
}

pub fn add_labels(args: &LabelArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let domain = read(&args.key, secrets)?;
    let known = super::public::Public::read_of(&args.public, &domain)?;
    for label in &args.labels {
        let name = full_name(domain.name(), label)?;
        // A second line at version 0 would undo a revocation.
        let is_new = known.label(&name).is_err();
        anyhow::ensure!(is_new, Failure::argument(format!("the domain has the label {name} already")));
    }
    let labels = publics(&domain, &args.labels)?;
    append(&args.public, &labels)?;
    let given = labels.iter().map(|label| label.label().attribute());
    output.print(&names::told(given, vec![("labels", whole(&labels))], output))
}

/// Reads a domain's key file.
pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<DomainSecret> {
    let bytes = secrets.open(path, KIND)?;
    DomainSecret::from_bytes(&bytes).with_context(|| damaged(path))
}

fn publics(domain: &DomainSecret, labels: &[String]) -> anyhow::Result<Vec<LabelPublic>> {
    let mut publics: Vec<LabelPublic> = Vec::with_capacity(labels.len());
    for label in labels {
        let name = full_name(domain.name(), label)?;
        // The domain's own name may be of an earlier build.
        AttributeName::typed(&format!("{}@X", name.attribute())).with_context(|| format!("{label:?} is no label"))?;
        // Named twice, it is one.
        if publics.iter().all(|known| *known.label() != name) {
            publics.push(domain.label_public(&name, 0)?);
        }
    }
    Ok(publics)
}

fn whole(labels: &[LabelPublic]) -> serde_json::Value {
    json!(labels.iter().map(|label| label.label().as_str()).collect::<Vec<_>>())
}
