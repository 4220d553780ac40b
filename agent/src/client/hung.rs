//! Nodes that did not answer in time: whoever waited for one once is not kept waiting by it again while others answer.

use super::NodeUrl;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nodes that did not answer in time, or not fast enough.
#[derive(Debug, Default)]
pub(super) struct Hung(Mutex<Vec<NodeUrl>>);

impl Hung {
    /// Notes a node; whether it was not among them before.
    pub(super) fn note(&self, node: &NodeUrl) -> bool {
        let mut nodes = self.nodes();
        let is_news = !nodes.contains(node);
        if is_news {
            nodes.push(node.clone());
        }
        is_news
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<NodeUrl> {
        self.nodes().clone()
    }

    /// `nodes` in their order, but these behind the others.
    pub(super) fn last(&self, nodes: &[NodeUrl]) -> Vec<NodeUrl> {
        let hung = self.nodes();
        let (behind, before): (Vec<NodeUrl>, Vec<NodeUrl>) =
            nodes.iter().cloned().partition(|node| hung.contains(node));
        [before, behind].concat()
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<NodeUrl>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
