//! `medshare signature issue`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::NewFiles;
use medshare_crypto::policy::AttributeName;
use serde_json::json;

use super::authority;
use super::mediator::FOR;
use crate::scheme::handed::{MEDIATOR_KEY, SIGNER_KEY, contents};
use crate::scheme::letter;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::{Protection, joined};

#[derive(Debug, Args)]
pub struct IssueArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who signs, as the authority knows the person, e.g. a staff number. Issue under the same name to add attributes later.
    #[arg(long)]
    user: String,
    /// An attribute that the signer can claim, e.g. DOCTOR@HOSPITAL-A. Can be given several times.
    #[arg(long = "attribute", required = true, value_name = "ATTRIBUTE")]
    attributes: Vec<String>,
    /// The mediator, one that the public file names, e.g. ACTIVE@CLOUD-C.
    #[arg(long)]
    mediator: String,
    /// The authority's public file, NAME.signing.public.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The authority's key file as a party: signs the letters.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The signer's public file as a party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The mediator's public file as a party.
    #[arg(long, value_name = "FILE")]
    to_mediator: PathBuf,
    /// What the files begin with: OUT.signer.letter and OUT.mediator.letter.
    #[arg(long, value_name = "PREFIX")]
    out: String,
}

pub fn run(args: &IssueArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (signer_letter, mediator_letter) =
        (PathBuf::from(format!("{}.signer.letter", args.out)), PathBuf::from(format!("{}.mediator.letter", args.out)));
    let letters = NewFiles::create(&[&signer_letter, &mediator_letter])?;
    ensure!((1..=256).contains(&args.user.len()), Failure::argument("a signer's name has 1 to 256 bytes"));
    names::check(&args.user)?;
    let mediator = names::attribute(&args.mediator)?;
    let attributes: BTreeSet<AttributeName> =
        args.attributes.iter().map(|text| names::new_attribute(text)).collect::<anyhow::Result<_>>()?;
    let public = authority::read_public(&args.public)?;
    let authority = authority::read(&args.key, secrets)?;
    authority::belongs(&public, &authority, &args.public)?;
    if !public.mediators().contains(&mediator) {
        let file = args.public.display();
        let message = format!(
            "{mediator} is none of the mediators that {file} names, so that signatures with it would not count"
        );
        bail!(Failure::argument(message).hint("`medshare signature publish` names mediators"));
    }
    let (to, to_mediator) = (PartyPublic::read(&args.to)?, PartyPublic::read(&args.to_mediator)?);
    if to.shares_a_key(&to_mediator) {
        let message = "signer and mediator are one party, who would mediate for herself whatever is revoked";
        bail!(Failure::argument(message).hint("--to-mediator names another party than --to"));
    }
    let party = Party::read(&args.party, secrets)?;
    let (signer, mediating) = authority.issue(args.user.as_bytes(), &attributes, &mediator);
    let claimed: Vec<&str> = attributes.iter().map(AttributeName::as_str).collect();
    let signers = letter::seal(&party, &to, &contents(SIGNER_KEY, &claimed.join(", "), &signer.to_bytes()))?;
    // The mediator's part says whose letters it answers.
    let part = joined(&[to.verifying.as_bytes(), &mediating.to_bytes()]);
    let about = format!("{mediator}{FOR}{}", args.user);
    let mediators = letter::seal(&party, &to_mediator, &contents(MEDIATOR_KEY, &about, &part))?;
    letters.write(&[&signers, &mediators])?.finish()?;
    let results = vec![
        ("user", json!(args.user)),
        ("attributes", json!(claimed)),
        ("mediator", json!(mediator.as_str())),
        ("letters", json!([signer_letter.display().to_string(), mediator_letter.display().to_string()])),
    ];
    output.print(&names::told(claimed.into_iter().chain([args.user.as_str(), mediator.as_str()]), results, output))
}
