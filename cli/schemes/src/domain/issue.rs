//! `medshare domain issue`.

use std::path::{Path, PathBuf};

use clap::Args;
use medshare_cli_terminal::whole_file::{NewFiles, make_room, must_be_new};
use medshare_crypto::kp_abe::{DomainSecret, KpKey};
use medshare_crypto::policy::Policy;
use rand_core::{OsRng, RngCore as _};
use serde_json::json;
use zeroize::Zeroizing;

use super::issued::Issued;
use super::kept::Kept;
use super::owner::OwnerArgs;
use super::register::Register;
use crate::scheme::failure::told;
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
    let (party, holder) = (Party::read(&args.owner.party, secrets)?, PartyPublic::read(&args.to)?);
    let (mut domain, _, mut register) = args.owner.domain.read(secrets)?;
    register.is_at_rest()?;
    let key = make_key(domain.domain(), &register, &policy)?;
    enter(&mut register, &mut domain, &key, (&party, &holder), &args.out)?
        .hand_out()
        .map_err(|error| told(error).hint(ENTERED))?;
    let results = vec![
        ("policy", json!(key.policy().to_string())),
        ("letter", json!(args.out.display().to_string())),
        ("keys in force", json!(register.issued.len())),
    ];
    output.print(&output.warned(names::told_in(&policy, results, output), register.warning(&domain.domain().public())))
}

/// A key for `policy` at the versions in force.
pub fn make_key(domain: &DomainSecret, register: &Register, policy: &Policy) -> anyhow::Result<KpKey> {
    let mut id = [0; 32];
    OsRng.fill_bytes(&mut id);
    Ok(domain.issue(policy, id, &register.versions(policy)?, &mut OsRng)?)
}

/// What is told where nothing but the letter is missing.
const ENTERED: &str = "the key is in the register, and came into no letter: the same command makes another; `medshare domain revoke` ends both";

/// A key that is in the register, in a letter that stands nowhere yet.
pub struct Entered {
    letter: NewFiles,
    text: Zeroizing<String>,
}

impl Entered {
    /// Puts the letter in its place.
    pub fn hand_out(self) -> anyhow::Result<()> {
        self.letter.write(&[&self.text])?.finish()
    }
}

/// Writes a key of the versions in force into its domain's register, and then the letter with it: a key that is not in the register could never be revoked.
/// What the letter needs is there before: where it cannot be written, the register stays as it was.
pub fn enter(
    register: &mut Register,
    kept: &mut Kept<'_>,
    key: &KpKey,
    (party, holder): (&Party, &PartyPublic),
    out: &Path,
) -> anyhow::Result<Entered> {
    // Before anything is written.
    holder.sealing.to_seal_to()?;
    let text = letter::seal(party, holder, &contents(DOMAIN_KEY, &key.policy().to_string(), &key.to_bytes()))?;
    let (letter, _room) = (NewFiles::create(&[out])?, make_room(out, text.len())?);
    let (policy, versions) = (key.policy().clone(), register.versions(key.policy())?);
    register.issued.push(Issued { id: key.id(), holder: holder.clone(), policy, versions });
    kept.keep(register).map_err(|unkept| unkept.or_entered(ENTERED))?;
    Ok(Entered { letter, text })
}
