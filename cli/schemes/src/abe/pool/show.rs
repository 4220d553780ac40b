//! `medshare abe pool show`: what of a pool could be used, and of which versions of the attributes it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use medshare_crypto::abe::AttributeVersion;
use medshare_crypto::policy::Policy;
use serde_json::{Value, json};

use super::look::{Look, look};
use super::spent::{SpentArgs, Standing};
use super::{prefix, stock};
use crate::abe::bundle::{perhaps_misspelt, read_in_force};
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::Party;
use crate::scheme::secrets::Protection;

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Folder of the pool.
    pool: PathBuf,
    /// Your party's key file, NAME.party.key: the pool is this party's, and nobody else reads what is in it.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// Public file of an authority: of its attributes, only sets of the version in force count. Can be given several times.
    #[arg(long, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// The policy whose sets are counted; without it, all are.
    #[arg(long)]
    policy: Option<String>,
    #[command(flatten)]
    spent: SpentArgs,
}

pub fn show(args: &ShowArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy = args.policy.as_deref().map(str::parse::<Policy>).transpose()?;
    let prefix = policy.as_ref().map_or_else(String::new, |policy| prefix(policy.hash()));
    let in_force = read_in_force(&args.public)?;
    let known = (!args.public.is_empty()).then_some(&in_force);
    let (party, spent) = (Party::read(&args.party, secrets)?, args.spent.of(&args.party));
    let mut usable: BTreeMap<(String, Vec<AttributeVersion>), u64> = BTreeMap::new();
    let mut not_used = Vec::new();
    for path in stock(&args.pool, &prefix)? {
        let looked = look(&path, &party, policy.as_ref(), known);
        let why = match looked.map_err(|error| perhaps_misspelt(error, &args.public))? {
            Look::Gone => continue,
            Look::Usable(set) => match spent.standing(&set.shares)? {
                Standing::Taken => {
                    let of = (set.rows.policy()?.to_string(), set.versions);
                    *usable.entry(of).or_default() += 1;
                    continue;
                }
                Standing::Spent => "it went into a file before".to_owned(),
                Standing::Unknown => format!("it did not come in under the list {}", spent.folder().display()),
            },
            Look::Others => "it is another party's set, or a letter".to_owned(),
            Look::Earlier(why) | Look::Later(why) | Look::Useless(why) => why,
        };
        not_used.push(format!("{}: {why}", path.display()));
    }
    let results = vec![("sets", json!(usable.values().sum::<u64>())), ("not used", json!(not_used))];
    let of = usable.into_iter().map(|((policy, versions), sets)| stocked(&policy, &versions, sets));
    let results = match &policy {
        Some(policy) => names::told_in(policy, results, output),
        None => results,
    };
    output.print_with_rows(&results, "of", of.collect())
}

/// Sets of one policy and the same versions: a line for people, an object for machines.
fn stocked(policy: &str, versions: &[AttributeVersion], sets: u64) -> (String, Value) {
    let words: Vec<String> = versions.iter().map(|of| format!("{} version {}", of.attribute, of.version)).collect();
    let objects: Vec<Value> = versions
        .iter()
        .map(|of| json!({"attribute": of.attribute.as_str(), "generation": of.generation, "version": of.version}))
        .collect();
    let line = format!("{policy}: {sets}, with {}", words.join(", "));
    (line, json!({"policy": policy, "sets": sets, "versions": objects}))
}
