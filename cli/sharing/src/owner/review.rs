//! `medshare owner review`.

use super::decided::{Decided, NotMade};
use super::judged::{Judging, as_listed, newer};
use super::meant::PackageArgs;
use super::revoke::ALL_ATTRIBUTES;
use super::undecided::{has_ended, still_open};
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use crate::typed_id::TypedId;
use crate::waiting::{Again, while_deciding};
use clap::{Args, ValueEnum};
use medshare_agent::client::ClientError;
use medshare_agent::clock;
use medshare_cli_terminal::{Answer, Failure};
use medshare_crypto::hash::Hash32;
use medshare_ledger::entry::{self, Entry, OwnerDecision};
use medshare_ledger::id::{BlockId, SideBlockId};
use medshare_ledger::permission_proof::PermissionStanding;
use medshare_ledger::rejection::Rejection;
use serde_json::json;

/// Decide about a package after a violation.
///
/// After a re-grant the authorities issue their attributes again, and the requestor can open the package again: at once where they have
/// done so since access ended. What was open stays closed. After a
/// retrieval it never opens again, and the agent destroys its keys the next time it is used. Where access had not ended before, a retrieval
/// takes all attributes of the requestor too, as `owner revoke` does.
///
/// A decision judges the package's last violation and those before it. Which one that is, --violation says; without it the violations are
/// shown, and you are asked. It is refused when a newer one was recorded meanwhile, but for a retrieval, which holds and leaves the newer
/// one to another decision.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    #[command(flatten)]
    package: PackageArgs,
    /// What is decided.
    #[arg(long, value_enum)]
    decision: Decision,
    /// Last violation that was looked at, by its side-block as `owner violations` shows it: nothing is signed when the ledger has a
    /// newer one. Where nobody can be asked, a package with violations needs it.
    #[arg(long, value_name = "SIDE-BLOCK")]
    violation: Option<TypedId<SideBlockId>>,
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
    /// Take the data back: keys and copies must be destroyed. Without a violation it takes all attributes of the requestor, too.
    Retrieve,
    /// Leave access revoked, or take note of a violation that came after that.
    Uphold,
}

impl Decision {
    const fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Regrant => "regrant",
            Self::Retrieve => "retrieve",
            Self::Uphold => "uphold",
        }
    }

    const fn of_ledger(self) -> entry::Decision {
        match self {
            Self::Review => entry::Decision::Review,
            Self::Regrant => entry::Decision::Regrant,
            Self::Retrieve => entry::Decision::Retrieve,
            Self::Uphold => entry::Decision::Uphold,
        }
    }
}

pub fn run(args: &ReviewArgs, context: &Context) -> Result<Answer, Failure> {
    let (facts, node) = (context.facts()?, context.node()?);
    let keys = args.key.owner(context)?;
    let word = args.decision.word();
    let decision = args.decision.of_ledger();
    let meant = args.package.meant(&node, &keys)?;
    let block = meant.block;
    let package = Decided { node: &node, facts: &facts, block };
    let before = package.standing().map_err(Told::told)?;
    still_open(Some(decision), &before, &facts)?;
    meant.confirm(&format!("the decision {word}"), context.json())?;
    let judging =
        Judging { node: &node, keys: &keys, block, word, typed: args.violation.as_ref(), json: context.json() };
    // it was asked, which takes its time
    let last = package.standing().map_err(Told::told)?.last_violation();
    judging.looked_at(last)?;
    let judged = last.unwrap_or(Hash32::ZERO);
    let signed = |sequence| {
        let at = clock::now();
        let (network, owner) = (facts.network(), keys.id());
        let decision = OwnerDecision { network, owner, parent: block, sequence, decision, judged, at };
        let signature = keys.signing.sign(&decision);
        Entry::OwnerDecision(decision, signature)
    };
    let decide = || package.make(signed);
    let decided = while_deciding(context, &node, "waiting until it is on the ledger", Again::Nothing, decide);
    let decided = decided.map_err(|error| told(error, &package))?;
    let status = decided.standing.word();
    let judged = last.map(|last| SideBlockId::under(block, &last).to_string());
    let made = json!({
        "block": block.to_string(),
        "decision": word,
        "judged": judged,
        "sequence": decided.taken.sequence,
        "entry": decided.taken.entry.to_string(),
        "height": decided.taken.height,
        "status": status,
    });
    let next = match args.decision {
        Decision::Regrant => {
            "\nnext: the authorities issue their attributes again, where they have not since access ended; then the \
                              requestor opens the package again"
                .to_owned()
        }
        Decision::Retrieve => taken_along(has_ended(&before)) + &left_over(&decided.standing, block, last).unwrap_or_default(),
        Decision::Uphold => "\nthe package stays closed; before the requestor can request data again, the authorities issue their attributes again".to_owned(),
        Decision::Review => String::new(),
    };
    let text = format!(
        "decided {word}{} about the package of block {block}: it is {}{next}",
        decided.taken.place(),
        status.unwrap_or_default()
    );
    Answer::new(&made, text)
}

/// What a retrieval takes besides the package. Where access had ended, the attributes went then.
fn taken_along(had_ended: bool) -> String {
    if had_ended { String::new() } else { format!("\n{ALL_ATTRIBUTES}") }
}

/// What is left to decide after a retrieval: it holds, and leaves a violation that came after the one that it judged.
fn left_over(after: &PermissionStanding, block: BlockId, judged: Option<Hash32>) -> Option<String> {
    let last = after.last_violation().filter(|last| Some(*last) != judged)?;
    let newer = as_listed(&SideBlockId::under(block, &last));
    Some(format!(
        "\nnext: side-block {newer} is a violation that came meanwhile: look at it with `medshare owner violations`, then \
         decide uphold"
    ))
}

fn told(error: NotMade, package: &Decided<'_>) -> Failure {
    let older = Rejection::JudgesOlderViolation.code();
    match error {
        NotMade::Refused(ClientError::Rejected { status }) if status.code == older => {
            newer(package.block, package.standing().ok().and_then(|standing| standing.last_violation()))
        }
        error => error.told(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retrieval_of_what_had_not_ended_says_that_it_takes_all_attributes() {
        assert!(taken_along(false).contains("all attributes"));
        assert!(taken_along(true).is_empty());
    }
}
