//! Which violation a decision judges, and that somebody looked at it.

use super::violations::VIOLATIONS;
use crate::told::Told;
use crate::typed_id::TypedId;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::confirm::confirmed_below;
use medshare_cli_terminal::text::short_tail;
use medshare_cli_terminal::{Exit, Failure, TableArgs};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::ViolationView;
use medshare_genesis::keys::OwnerKeys;
use medshare_ledger::id::{BlockId, SideBlockId};
use medshare_ledger::rejection::Rejection;

/// A decision that is to be made.
#[derive(Clone, Copy)]
pub struct Judging<'a> {
    pub node: &'a NodeClient,
    pub keys: &'a OwnerKeys,
    pub block: BlockId,
    /// What is decided.
    pub word: &'static str,
    /// The violation that was looked at, where one is named.
    pub typed: Option<&'a TypedId<SideBlockId>>,
    pub json: bool,
}

impl Judging<'_> {
    /// Goes on only where somebody looked at the package's last violation, as it is proven: she names it, or it is shown and she says so.
    ///
    /// # Errors
    /// When nobody did, or the owner's node does not list it.
    pub fn looked_at(&self, last: Option<Hash32>) -> Result<(), Failure> {
        let Self { node, keys, block, word, typed, json } = *self;
        let newest = last.map(|last| SideBlockId::under(block, &last));
        if newest.is_none() && typed.is_none() {
            return Ok(());
        }
        let list = || {
            let mut listed = node.owner_violations(&keys.signing).map_err(Told::told)?;
            listed.retain(|violation| violation.block.parse().ok() == Some(block));
            Ok::<_, Failure>(listed)
        };
        if let Some(typed) = typed {
            if newest.is_some_and(|newest| typed.is(&newest)) {
                return Ok(());
            }
            let named = typed.among_all("the violations of this package", || Ok(ids(&list()?)))?;
            return if newest == Some(named) { Ok(()) } else { Err(newer(block, last)) };
        }
        let listed = list()?;
        let Some(newest) = newest.filter(|newest| ids(&listed).contains(newest)) else {
            return Err(newer(block, last));
        };
        let shown = VIOLATIONS.table(&listed, TableArgs { wide: false });
        let last_listed = as_listed(&newest);
        let question = format!("Shall the decision {word} be about what is listed, to side-block {last_listed}?");
        let answer = if json { None } else { confirmed_below(&shown, &question)? };
        if answer == Some(true) {
            return Ok(());
        }
        let message = format!(
            "the decision {word} would judge side-block {last_listed}, a violation that nobody said to have looked at; nothing was sent"
        );
        let failure = Failure::new(Exit::Unconfirmed, UNSEEN, message).detail("violation", newest.to_string());
        Err(failure.hint(format!("look at it with `medshare owner violations`, then add --violation {newest}")))
    }
}

/// Nobody said that a violation was looked at.
const UNSEEN: &str = "unseen-violation";

/// A side-block as `owner violations` shows it.
pub fn as_listed(side_block: &SideBlockId) -> String {
    short_tail(&side_block.to_string())
}

fn ids(violations: &[ViolationView]) -> Vec<SideBlockId> {
    violations.iter().filter_map(|violation| violation.side_block.parse().ok()).collect()
}

/// A violation that nobody judged yet: a person has to look at it.
pub fn newer(block: BlockId, last: Option<Hash32>) -> Failure {
    let rejection = Rejection::JudgesOlderViolation;
    let failure = Failure::new(Exit::Refused, "rejected", format!("the decision does not count: {rejection}"))
        .detail("rejection", rejection.code());
    match last.map(|last| SideBlockId::under(block, &last)) {
        Some(newest) => {
            let shown = as_listed(&newest);
            let hint = format!(
                "look at side-block {shown} with `medshare owner violations`, then decide again, with --violation {newest}"
            );
            failure.detail("violation", newest.to_string()).hint(hint)
        }
        None => failure.hint("`medshare owner violations` lists them; look, then decide again"),
    }
}
