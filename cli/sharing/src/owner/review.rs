//! `medshare owner review`.

use super::meant::PackageArgs;
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use crate::waiting::while_deciding;
use clap::{Args, ValueEnum};
use medshare_agent::clock;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, Failure};
use medshare_ledger::entry::{self, Entry, OwnerDecision};
use serde_json::json;

/// Decide about a package after a violation.
///
/// After a re-grant the authorities issue their attributes again; then the requestor can open the package again. After a
/// retrieval it never opens again, and the agent destroys its keys the next time it is used.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    #[command(flatten)]
    package: PackageArgs,
    /// What is decided.
    #[arg(long, value_enum)]
    decision: Decision,
    #[command(flatten)]
    key: KeyFileArgs,
}

/// What an owner can decide.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Decision {
    /// Take the case up.
    Review,
    /// Give access back.
    Regrant,
    /// Take the data back: keys and copies must be destroyed.
    Retrieve,
    /// Leave access revoked.
    Uphold,
}

impl Decision {
    const fn of_ledger(self) -> (entry::Decision, &'static str) {
        match self {
            Self::Review => (entry::Decision::Review, "review"),
            Self::Regrant => (entry::Decision::Regrant, "regrant"),
            Self::Retrieve => (entry::Decision::Retrieve, "retrieve"),
            Self::Uphold => (entry::Decision::Uphold, "uphold"),
        }
    }
}

pub fn run(args: &ReviewArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let keys = args.key.owner()?;
    let (decision, word) = args.decision.of_ledger();
    let block = args.package.chosen(&node, &keys, &format!("the decision {word}"), context.json())?;
    let decision = OwnerDecision {
        network: facts.network(),
        owner: keys.id(),
        parent: block,
        sequence: node.owner_decisions(block).map_err(Told::told)?,
        decision,
        at: clock::now(),
    };
    let sequence = decision.sequence;
    let signature = keys.signing.sign(&decision);
    let entry = Entry::OwnerDecision(decision, signature);
    let what = "waiting until it is on the ledger";
    let decided = while_deciding(context, &node, what, || node.submit_entry(&entry)).map_err(Told::told)?;
    let permission = node.permission(block).map_err(Told::told)?;
    let made = json!({
        "block": block.to_string(),
        "decision": word,
        "sequence": sequence,
        "entry": decided.entry,
        "height": decided.height,
        "status": permission.status,
    });
    let height = decided.height.unwrap_or_default();
    let next = match args.decision {
        Decision::Regrant => {
            "\nnext: the authorities issue their attributes again, then the requestor opens the package"
        }
        Decision::Review | Decision::Retrieve | Decision::Uphold => "",
    };
    let text = format!(
        "decided {word} at height {height} about the package of block {block}: it is {}{next}",
        line(&permission.status)
    );
    Answer::new(&made, text)
}
