//! Decisions: one counts as made where its own entry is proven to stand on the ledger, whichever node hands the proof over.
//!
//! What nodes say may be a lie, and ends nothing. A quorum's certificate is no node's word: one honest node that can be reached is enough, and no
//! liar makes one up. A node that proves what was before is behind, or hands over something old. So a decision goes to one node after the other
//! until one of them proves it, and where none does, it is not told as made.

use super::statements::{Statements, Taken};
use crate::told::Told as _;
use medshare_agent::client::{Certified, ClientError, NodeClient, Unproven, is_of_now};
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Exit, Failure};
use medshare_ledger::entry::Entry;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::BlockId;
use medshare_ledger::permission_proof::PermissionStanding;

/// A package that is decided about, at these nodes.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    pub node: &'a NodeClient,
    pub facts: &'a NetworkFacts,
    pub block: BlockId,
}

/// A decision that is proven to be made.
pub struct Made {
    /// The statement that stands on the ledger.
    pub taken: Taken,
    /// How the package stands behind it.
    pub standing: PermissionStanding,
}

/// Why a decision is not known to be made.
pub enum NotMade {
    /// No node took it.
    Refused(ClientError),
    /// A node said that it took it, and none proves that.
    Unproven(Failure),
}

impl NotMade {
    /// The failure for people and programs.
    pub fn told(self) -> Failure {
        match self {
            Self::Refused(error) => error.told(),
            Self::Unproven(failure) => failure,
        }
    }
}

impl Decided<'_> {
    /// Where access to the package stands, as the first node proves it whose state is that of now; else the newest state that one proves.
    ///
    /// # Errors
    /// When none proves anything, or knows the package.
    pub fn standing(&self) -> Result<PermissionStanding, ClientError> {
        let (mut newest, mut failure) = (None::<PermissionStanding>, None);
        for one in self.node.each() {
            match self.proven(&one, Certified::NextHeight) {
                Ok(standing) if is_of_now(self.facts, standing.time) => return Ok(standing),
                Ok(standing) => newest = newest.filter(|newest| newest.height >= standing.height).or(Some(standing)),
                Err(error) => failure = Some(beside(failure, error)),
            }
        }
        newest.ok_or_else(|| failure.unwrap_or(ClientError::NoNode))
    }

    /// Hands a decision in, as `sign` makes it under the number that is proven to be next, to one node after the other until it is proven to stand
    /// on the ledger. Who could not be asked at first, or was behind, is asked once more.
    ///
    /// # Errors
    /// [`NotMade`] when no node took it, or none proves it.
    pub fn make(&self, sign: impl Fn(u32) -> Entry) -> Result<Made, NotMade> {
        let mut making =
            Making { statements: Statements::new(sign), handed_to: Vec::new(), is_taken: false, refusal: None };
        let (mut unproven, mut failure) = (Unproven::default(), None);
        for certified in [Certified::NextHeight, Certified::BusyHeight] {
            let is_again = certified == Certified::BusyHeight;
            unproven = Unproven::default();
            for one in self.node.each() {
                if is_again && one.has_hung() {
                    unproven.unasked.push(one.name());
                    continue;
                }
                match making.at(&one, || self.proven(&one, certified)) {
                    Ok(Some(made)) => return Ok(made),
                    Ok(None) => unproven.before.push(one.name()),
                    Err(error) => {
                        unproven.unasked.push(one.name());
                        failure = Some(beside(failure, error));
                    }
                }
            }
        }
        let Making { statements, is_taken, refusal, .. } = making;
        match (statements.last(), refusal) {
            (Some(last), refusal) if is_taken => {
                Err(NotMade::Unproven(self.failure(&last, unproven, refusal.as_ref())))
            }
            (_, refusal) => Err(NotMade::Refused(refusal.or(failure).unwrap_or(ClientError::NoNode))),
        }
    }

    fn proven(&self, one: &NodeClient, certified: Certified) -> Result<PermissionStanding, ClientError> {
        one.proven_permission(self.facts, self.block, certified)
    }

    fn failure(&self, last: &Taken, unproven: Unproven, refusal: Option<&ClientError>) -> Failure {
        let said = refusal.map_or_else(String::new, |refusal| format!("; one node said: {refusal}"));
        let message =
            format!("the decision was handed in, and no node proves that it stands on the ledger: {unproven}{said}");
        let Unproven { unasked, before } = unproven;
        Failure::new(Exit::Unreachable, "decision-unproven", line(&message))
            .detail("block", self.block.to_string())
            .detail("sequence", last.sequence)
            .detail("entry", last.entry.to_string())
            .detail("not_asked", unasked)
            .detail("not_shown_by", before)
            .hint("name more nodes with --node, and do it again in a moment: nothing is done twice; tell the network's operators if it stays so")
    }
}

/// A decision on its way.
struct Making<F> {
    statements: Statements<F>,
    /// The nodes that it was handed to, as they are named.
    handed_to: Vec<String>,
    /// Whether one of them said that it took it.
    is_taken: bool,
    /// What those said that did not.
    refusal: Option<ClientError>,
}

impl<F: Fn(u32) -> Entry> Making<F> {
    /// Whether a node proves it to be made, to which it is handed where it was not and the node does not.
    fn at(
        &mut self,
        one: &NodeClient,
        proven: impl Fn() -> Result<PermissionStanding, ClientError>,
    ) -> Result<Option<Made>, ClientError> {
        let standing = proven()?;
        let name = one.name();
        if self.statements.taken(&standing).is_some() || self.handed_to.contains(&name) {
            return Ok(self.made(one, standing));
        }
        self.handed_to.push(name);
        match self.statements.hand_in(one, standing.decisions, &proven) {
            Ok(()) => self.is_taken = true,
            Err(error) => self.refusal = Some(beside(self.refusal.take(), error)),
        }
        // what it answered may be false, and its answer lost
        Ok(self.made(one, proven()?))
    }

    /// The statement that a node proves to stand on the ledger. At which height, is its word.
    fn made(&self, one: &NodeClient, standing: PermissionStanding) -> Option<Made> {
        let taken = self.statements.taken(&standing)?;
        let told = one.entry(&taken.entry, 0).ok().and_then(|status| status.height);
        let height = told.filter(|height| *height < standing.height.0);
        Some(Made { taken: Taken { height, ..taken }, standing })
    }
}

fn beside(before: Option<ClientError>, error: ClientError) -> ClientError {
    match before {
        Some(before) => before.beside(error),
        None => error,
    }
}
