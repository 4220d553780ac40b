//! `medshare domain revoke`: all keys of one party end, those of the others are made anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use medshare_cli_terminal::whole_file::must_be_new;
use medshare_cli_terminal::{Failure, note};
use medshare_crypto::kp_abe::{DomainSecret, LabelPublic};
use medshare_crypto::policy::{AttributeName, Policy};
use serde_json::json;

use super::issue::{Entered, enter, make_key};
use super::issued::Issued;
use super::kept::{Kept, Unkept};
use super::letters::{Letters, letter_path, letters_folder};
use super::owner::OwnerArgs;
use super::public::{Public, append};
use super::register::Register;
use super::under_way::UnderWay;
use super::versions::Versions;
use crate::scheme::failure::told;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;

#[derive(Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// Public file of the party whose keys end.
    #[arg(long, value_name = "FILE")]
    holder: PathBuf,
    /// Give it a key with this policy in their place.
    #[arg(long)]
    policy: Option<String>,
    /// Public file of the node that stores the files.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// New folder for the letters: `files.letter` for the node, `update-KEY.letter` for each party that stays (KEY is its verifying key),
    /// `key.letter` with the new key.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(args: &RevokeArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let new_policy: Option<Policy> = args.policy.as_ref().map(|text| text.parse()).transpose()?;
    let party = Party::read(&args.owner.party, secrets)?;
    let (holder, node) = (PartyPublic::read(&args.holder)?, PartyPublic::read(&args.to)?);
    let (mut kept, public, mut register) = args.owner.domain.read(secrets)?;
    let domain = kept.domain();
    // Of what was revoked before: this revocation gives nothing away.
    let warning = register.warning(&domain.public());
    let begun = begun(register.under_way.take(), &holder)?;
    let goes_on_with = !begun.ending.is_empty();
    // A party is its verifying key: it may have had another key to be written to.
    let (ending, staying): (Vec<Issued>, Vec<Issued>) = std::mem::take(&mut register.issued)
        .into_iter()
        .partition(|issued| issued.holder.verifying == holder.verifying);
    register.issued = staying;
    let ending: Vec<Issued> = begun.ending.into_iter().chain(ending).collect();
    if ending.is_empty() {
        bail!(Failure::argument("the register has no key of that party").hint(NO_KEY));
    }
    if holder.shares_a_key(&node) {
        let message = "--holder and --to are one party, who would move its ended key on by the node's letter";
        bail!(Failure::argument(message).hint("--to names the node that stores the files"));
    }
    if let Some(policy) = &new_policy {
        // What is wrong with it is told before anything changes.
        make_key(domain, &register, policy)?;
        holder.sealing.to_seal_to()?;
    }
    let raised = raise((domain, &register), &ending, &begun.raised)?;
    let renewed = register.raise(raised.iter().map(|(_, new)| (new.label().clone(), new.version())));
    let ended = ending.len();

    let staying: Vec<&Issued> = register.issued.iter().filter(|key| renewed.contains(&key.id)).collect();
    let letters = Letters::seal(&args.out, (&party, &node), domain, &raised, &staying)?;
    let before = raised.iter().map(|(from, new)| (new.label().clone(), *from)).collect();
    let half_done = letters_folder(&args.out)?;
    // First the register: the versions are this revocation's from here on, and nobody's who stays in another. A letter that stood in its place before would outlive a
    // command that is killed.
    let begun = letters.room(&args.out).and_then(|room| {
        register.under_way = Some(UnderWay { ending, raised: before });
        kept.keep(&register).map(|()| room).map_err(|unkept| unkept.or_entered(AGAIN))
    });
    let room = begun.inspect_err(|_| drop(std::fs::remove_dir_all(&args.out)))?;
    // What follows is not undone, and where it breaks off the next run goes on: it makes the same versions, and the letters anew.
    drop((half_done, room));
    // From here on files are encrypted under the new versions, and the new key is made for them.
    put_in_force((&args.owner.domain.public, &public), &kept, &raised).map_err(goes_on)?;
    let mut written = letters.write().map_err(goes_on)?;
    // The new key is one of the party's until the last change: whoever goes on from here ends it with the others, whether its letter came to be or not.
    if let Some(policy) = &new_policy {
        let letter = letter_path(&args.out, "key");
        let key = make_key(kept.domain(), &register, policy);
        let entered = key.and_then(|key| enter(&mut register, &mut kept, &key, (&party, &holder), &letter));
        entered.and_then(Entered::hand_out).map_err(goes_on)?;
        written.push(letter.display().to_string());
    }
    register.under_way = None;
    kept.keep(&register).map_err(|unkept| ended_or_goes_on(unkept, &args.out))?;
    let mut results = vec![
        ("keys ended", json!(ended)),
        ("labels", json!(raised.iter().map(|(_, new)| new.label().as_str()).collect::<Vec<_>>())),
        ("letters", json!(written)),
    ];
    if goes_on_with {
        results.push(("finished", json!(FINISHED)));
    }
    if !letters.unwritten.is_empty() {
        results.push(("not written to", json!(letters.unwritten.iter().map(ToString::to_string).collect::<Vec<_>>())));
        if !output.json {
            note(NOT_WRITTEN_TO);
        }
    }
    let typed = new_policy.iter().flat_map(Policy::leaves).map(AttributeName::as_str);
    output.print(&output.warned(names::told(typed, results, output), warning))
}

/// What is told where it breaks off behind the first change.
const AGAIN: &str = "the revocation is under way: the same command, with another folder for --out, finishes it; until then no key is given out";
/// What is told of one that broke off.
const FINISHED: &str =
    "a revocation that broke off; its letters are made anew here, and those in the folder of before are left there";
/// What is told where nothing is found that could end.
const NO_KEY: &str = "was it given to another party file? If a revocation of this one ended early, it is complete: its letters lie in the --out of then, and count";

fn goes_on(error: anyhow::Error) -> anyhow::Error {
    told(error).hint(AGAIN).into()
}

/// Where the last change breaks off: once the register has it, nothing is missing.
fn ended_or_goes_on(unkept: Unkept, out: &Path) -> anyhow::Error {
    if unkept.is_entered {
        let out = out.display();
        unkept.or_entered(&format!(
            "the keys have ended; the letters are in {out}, and count: nothing is to be done again"
        ))
    } else {
        goes_on(unkept.into())
    }
}

/// What is to be done for parties that stay and are known by public files of before alone.
const NOT_WRITTEN_TO: &str = "warning: some parties that stay are in the register with a key of a build before, which nothing is sealed to any more, and \
     got no letter: their keys open nothing under the raised labels until `medshare domain issue` gives them anew, to the public files \
     that they make with `medshare party publish`";

/// What was done of the revocation of this party before, which broke off.
fn begun(under_way: Option<UnderWay>, holder: &PartyPublic) -> anyhow::Result<UnderWay> {
    let begun = under_way.unwrap_or_default();
    match begun.holder() {
        Some(other) if other != holder.verifying => bail!(begun.broke_off()),
        _ => Ok(begun),
    }
}

/// Every label that the ending keys name: its version before, also where that was `begun`, and what is in force from now on. That is above the
/// versions in force, but for what `begun` put there, and above every version that an ending key has.
fn raise(
    (domain, register): (&DomainSecret, &Register),
    ending: &[Issued],
    begun: &Versions,
) -> anyhow::Result<Vec<(u32, LabelPublic)>> {
    let labels: BTreeSet<AttributeName> = ending.iter().flat_map(|issued| issued.policy.attributes()).collect();
    let raise = |label: AttributeName| {
        let (in_force, begun) =
            (register.in_force.get(&label).copied().unwrap_or_default(), begun.get(&label).copied());
        let held = ending.iter().filter_map(|issued| issued.versions.get(&label)).max().copied();
        let below = begun.unwrap_or(in_force).max(held.unwrap_or_default());
        let to = below.checked_add(1).context("a label has no versions left")?.max(in_force);
        Ok((begun.unwrap_or(in_force), domain.label_public(&label, to)?))
    };
    labels.into_iter().map(raise).collect()
}

/// Writes the labels into the public file that it does not have at their new version yet, with every version on the way there.
fn put_in_force(
    (path, public): (&Path, &Public),
    kept: &Kept<'_>,
    raised: &[(u32, LabelPublic)],
) -> anyhow::Result<()> {
    let mut new = Vec::with_capacity(raised.len());
    for (from, label) in raised {
        let published = public.label(label.label()).map_or(*from, LabelPublic::version);
        for version in published..label.version() {
            new.push(kept.domain().label_public(label.label(), version.saturating_add(1))?);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    append(path, &new, kept.lock()).with_context(|| Failure::output(format!("cannot write {}", path.display())))
}
