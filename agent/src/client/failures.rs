//! What the nodes of one call said that did not serve it, and which of that is told.

use super::{ClientError, NodeUrl, Unreached};

/// Code with which a node says that it serves other owners; the next one may be the right one.
const OTHER_NODE: &str = "other-node";

/// What was said so far, in the order in which the nodes were asked.
#[derive(Default)]
pub(super) struct Failures {
    tried: Vec<Unreached>,
    others: Vec<(NodeUrl, ClientError)>,
    /// The first no.
    refused: Option<ClientError>,
    /// The first that cannot serve now.
    unavailable: Option<ClientError>,
    /// The first that is no node of this network, or speaks another language.
    strange: Option<ClientError>,
}

impl Failures {
    /// A node that could not be asked.
    pub(super) fn unreached(&mut self, node: Unreached) {
        self.tried.push(node);
    }

    /// A node that cannot serve now.
    pub(super) fn unavailable(&mut self, said: ClientError) {
        self.unavailable.get_or_insert(said);
    }

    /// A node that says no: it may be the one that lies, or the one that does not know yet.
    pub(super) fn refused(&mut self, node: &NodeUrl, said: ClientError) {
        if said.code() == Some(OTHER_NODE) {
            self.others.push((node.clone(), said));
        } else {
            self.refused.get_or_insert(said);
        }
    }

    /// A node that does not belong here.
    pub(super) fn strange(&mut self, error: ClientError) {
        self.strange.get_or_insert(error);
    }

    /// Whether some node said something about the matter.
    pub(super) const fn has_refusal(&self) -> bool {
        self.refused.is_some()
    }

    /// What is told: what says most about the matter, of the first node that says it.
    pub(super) fn told(mut self) -> ClientError {
        if let Some(told) = self.refused.or(self.unavailable).or(self.strange) {
            return told;
        }
        if self.tried.is_empty()
            && let Some((_, refused)) = self.others.pop()
        {
            return refused;
        }
        let others: Vec<NodeUrl> = self.others.into_iter().map(|(node, _)| node).collect();
        if others.is_empty() {
            ClientError::Unreachable { tried: self.tried }
        } else {
            ClientError::OwnersNode { tried: self.tried, others }
        }
    }
}
