//! `medshare abe revoke`: taking issued keys away, at the node that holds them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::lock::opened_and_locked;
use medshare_cli_terminal::whole_file::write_over;
use medshare_crypto::abe::ProxyKey;
use medshare_crypto::policy::AttributeName;
use serde_json::json;

use super::bundle::{issued_text, read_issued};
use crate::scheme::names;
use crate::scheme::output::Output;

/// Take issued keys away from a user.
///
/// At a node that holds a user's issued keys: without them it cannot transform for the user any more, who thus opens nothing new from
/// this moment. No file is touched. If a copy of the keys may exist elsewhere, move the attribute to a new version as well
/// (`medshare abe version raise`). What the user has opened before, she knows.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("taken").required(true).args(["all", "attributes"]))]
pub struct RevokeArgs {
    /// The user's issued keys; the file is changed.
    #[arg(long, value_name = "FILE")]
    issued: PathBuf,
    /// Take all of them: revokes the user.
    #[arg(long)]
    all: bool,
    /// Attributes to take, e.g. DOCTOR@HOSPITAL-A.
    #[arg(value_name = "ATTRIBUTE")]
    attributes: Vec<String>,
}

pub fn run(args: &RevokeArgs, output: Output) -> anyhow::Result<()> {
    let (keys, _, lock) = opened_and_locked(&args.issued, || read_issued(std::slice::from_ref(&args.issued)))?;
    let mut named = BTreeSet::new();
    for text in &args.attributes {
        let name: AttributeName = text.parse().with_context(|| format!("{text:?} is no attribute"))?;
        if !keys.iter().any(|key| *key.attribute() == name) {
            bail!(Failure::argument(format!("{} has no key for {name}", args.issued.display())));
        }
        named.insert(name);
    }
    // By reference: keys that moved would leave their K' behind.
    let (taken, left): (Vec<&ProxyKey>, Vec<&ProxyKey>) =
        keys.iter().partition(|key| args.all || named.contains(key.attribute()));
    write_over(&args.issued, &issued_text(left.iter().copied()), &lock)?;
    names::tell_earlier(taken.iter().map(|key| key.attribute()));
    let results = vec![("revoked", attributes(&taken)), ("left", attributes(&left))];
    output.print(&names::told(named.iter().map(AttributeName::as_str), results, output))
}

fn attributes(keys: &[&ProxyKey]) -> serde_json::Value {
    json!(keys.iter().map(|key| key.attribute().as_str()).collect::<Vec<_>>())
}
