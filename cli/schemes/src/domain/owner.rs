//! `medshare domain create | label | publish`, and the files of a domain's owner.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use medshare_cli_terminal::whole_file::{hand_out, hand_out_over, removed_if_interrupted, write_beside};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::kp_abe::{DomainSecret, LabelPublic};
use medshare_crypto::policy::{AttributeName, AuthorityName};
use rand_core::OsRng;
use serde_json::json;

use super::kept::{DomainArgs, Kept};
use super::key::DomainKey;
use super::public::{Public, append, full_name, text};
use super::register;
use super::versions::Versions;
use crate::scheme::output::Output;
use crate::scheme::secrets::Protection;
use crate::scheme::{names, new_files};

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
    #[command(flatten)]
    domain: DomainArgs,
    /// Labels, e.g. prescriptions.
    #[arg(required = true)]
    labels: Vec<String>,
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    #[command(flatten)]
    domain: DomainArgs,
}

/// What the owner works with.
#[derive(Debug, Args)]
pub struct OwnerArgs {
    #[command(flatten)]
    pub domain: DomainArgs,
    /// The owner's key file as a party: signs the letters.
    #[arg(long, value_name = "FILE")]
    pub party: PathBuf,
}

pub fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let name = AuthorityName::typed(&args.name).context("that is no name for a domain")?;
    let domain = DomainKey { secret: DomainSecret::generate(name, &mut OsRng), written: 1, raised: 0 };
    let labels = publics(&domain.secret, &args.labels)?;
    let [key, public, register] = new_files(&args.out, &args.name, ["key", "public", "register"])?;
    register::make(&register, &domain, &labels)?;
    let _half_done = removed_if_interrupted(&register);
    domain
        .write(&key, secrets)
        .and_then(|()| write_beside(&key, &public, &text(&domain.secret.public(), &labels)))
        .inspect_err(|_| drop(std::fs::remove_file(&register)))?;
    let name = domain.secret.name().as_str();
    let results = vec![
        ("domain", json!(name)),
        ("key file", json!(key.display().to_string())),
        ("public file", json!(public.display().to_string())),
        ("register", json!(register.display().to_string())),
        ("labels", whole(&labels)),
    ];
    let given = labels.iter().map(|label| label.label().attribute());
    output.print(&names::told(given.chain([name]), results, output))
}

/// What is told where nothing but the key file does not know of new labels.
const ADDED: &str = "public file and register have the labels: nothing is to be done again";

pub fn add_labels(args: &LabelArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (mut kept, known, mut register) = args.domain.read(secrets)?;
    let domain = kept.domain();
    register.is_at_rest()?;
    for label in &args.labels {
        let name = full_name(domain.name(), label)?;
        // A second line at version 0 would undo a revocation.
        let is_new = known.label(&name).is_err();
        anyhow::ensure!(is_new, Failure::argument(format!("the domain has the label {name} already")));
    }
    let labels = publics(domain, &args.labels)?;
    let public = domain.public();
    append(&args.domain.public, &labels, kept.lock())?;
    register.raise(labels.iter().map(|label| (label.label().clone(), label.version())));
    kept.keep(&register).map_err(|unkept| unkept.or_entered(ADDED))?;
    let given = labels.iter().map(|label| label.label().attribute());
    let results = names::told(given, vec![("labels", whole(&labels))], output);
    output.print(&output.warned(results, register.warning(&public)))
}

/// Writes the public file anew, from the key and the versions that the register knows; of one that is older, labels that it does not know.
pub fn publish(args: &PublishArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let DomainArgs { public, own_register, .. } = &args.domain;
    let (mut kept, mut register) = Kept::read(&args.domain, secrets)?;
    let domain = kept.domain();
    let is_there = public.exists();
    if *own_register && !is_there {
        let message = format!("there is no public file {}", public.display());
        let hint = "--own-register goes with the newest that was handed out, which says what is in force";
        anyhow::bail!(Failure::new(Exit::Failure, "no-public-file", message).hint(hint));
    }
    let published = if is_there { Public::read_of(public, domain)?.in_force() } else { Versions::new() };
    register.learn(public, &published, *own_register)?;
    register.is_not_before(kept.key())?;
    let mut lines = Vec::new();
    for (label, version) in &register.in_force {
        for version in 0..=*version {
            lines.push(domain.label_public(label, version)?);
        }
    }
    let domain = domain.public();
    kept.keep(&register)?;
    let text = text(&domain, &lines);
    if is_there {
        hand_out_over(public, &text, kept.lock())?
    } else {
        hand_out(public, &text)?
    }
    let labels: Vec<_> =
        register.in_force.iter().map(|(label, version)| format!("{label} version {version}")).collect();
    let results = vec![("public file", json!(public.display().to_string())), ("labels", json!(labels))];
    output.print(&output.warned(results, register.warning(&domain)))
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
