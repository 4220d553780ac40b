//! `medshare domain issue`.

use std::path::{Path, PathBuf};

use clap::Args;
use medshare_cli_terminal::whole_file::{NewFiles, must_be_new};
use medshare_crypto::kp_abe::{DomainSecret, KpKey};
use medshare_crypto::policy::Policy;
use rand_core::{OsRng, RngCore as _};
use serde_json::json;

use super::issued::Issued;
use super::owner::{self, OwnerArgs};
use super::public::Public;
use super::register::Register;
use crate::scheme::handed::{DOMAIN_KEY, contents};
use crate::scheme::letter;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;

#[derive(Debug, Args)]
pub struct IssueArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// What the key opens, e.g. "allergies@alice OR (history@alice AND emergency@alice)". Each label at most four times.
    #[arg(long)]
    policy: String,
    /// Public file of the party that gets the key, NAME.party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// File for the letter.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: &IssueArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy: Policy = args.policy.parse()?;
    must_be_new(&[&args.out])?;
    let domain = owner::read(&args.owner.key, secrets)?;
    let (public, holder) = (Public::read_of(&args.owner.public, &domain)?, PartyPublic::read(&args.to)?);
    let party = Party::read(&args.owner.party, secrets)?;
    let mut register = args.owner.read_register(&domain)?;
    let key = make_key(&domain, &public, &policy)?;
    enter_and_send(&mut register, (&args.owner.register, &domain), &key, (&party, &holder), &args.out)?;
    let results = vec![
        ("policy", json!(key.policy().to_string())),
        ("letter", json!(args.out.display().to_string())),
        ("keys given out", json!(register.issued.len())),
    ];
    output.print(&output.warned(names::told_in(&policy, results, output), register.warning(&public)))
}

/// A key for `policy` at the versions in force.
pub fn make_key(domain: &DomainSecret, public: &Public, policy: &Policy) -> anyhow::Result<KpKey> {
    let mut id = [0; 32];
    OsRng.fill_bytes(&mut id);
    Ok(domain.issue(policy, id, &public.versions(policy)?, &mut OsRng)?)
}

/// Writes a key into its domain's register, and then the letter with it: a key that is not in the register could never be revoked. The letter is written
/// before, but not in its place: where it cannot be, the register stays as it was.
pub fn enter_and_send(
    register: &mut Register,
    (path, domain): (&Path, &DomainSecret),
    key: &KpKey,
    (party, holder): (&Party, &PartyPublic),
    out: &Path,
) -> anyhow::Result<()> {
    // Before anything is written.
    holder.sealing.to_seal_to()?;
    let letter = letter::seal(party, holder, &contents(DOMAIN_KEY, &key.policy().to_string(), &key.to_bytes()))?;
    let letter = NewFiles::create(&[out])?.write(&[&letter])?;
    register.issued.push(Issued { id: key.id(), holder: holder.clone(), policy: key.policy().clone() });
    register.write(path, &domain.public())?;
    letter.finish()
}
