//! Templates by their digests, and those that this node holds for others because they passed its check.
//!
//! Each node has a shelf of its own, counted by the memory that is taken, so that one that fills its own pushes nobody else's off.

use medshare_crypto::hash::{Hash32, sha256};
use medshare_deid::Template;
use medshare_ledger::codec;
use medshare_ledger::id::NodeId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most bytes that are kept for one node; a larger template is sent and checked each time.
const MAX_BYTES_OF_ONE: usize = 64 * 1024 * 1024;
/// Most templates that are kept for one node: it has a data set or some.
const MAX_TEMPLATES_OF_ONE: usize = 64;
/// Most bytes that are kept for all; whoever has the most gives room first.
const MAX_BYTES_OF_ALL: usize = 256 * 1024 * 1024;
/// Conditions under which one template is known to have passed.
const MAX_CONDITIONS: usize = 8;

/// Digest by which nodes know a template.
#[must_use]
pub fn template_digest(template: &Template) -> Hash32 {
    sha256(&codec::encode(template))
}

/// A template and the digests of the conditions under which it passed with whatever pseudonyms.
struct Kept {
    digest: Hash32,
    template: Arc<Template>,
    passed: VecDeque<Hash32>,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.template.occupied_len().saturating_add(size_of::<Self>() + MAX_CONDITIONS * size_of::<Hash32>())
    }
}

/// One node's, those used last in front.
#[derive(Default)]
struct Shelf(VecDeque<Kept>);

impl Shelf {
    fn bytes(&self) -> usize {
        self.0.iter().map(Kept::bytes).fold(0, usize::saturating_add)
    }

    /// Takes a template to the front, if it is here.
    fn take_up(&mut self, digest: &Hash32) -> Option<&mut Kept> {
        let place = self.0.iter().position(|one| one.digest == *digest)?;
        let found = self.0.remove(place)?;
        self.0.push_front(found);
        self.0.front_mut()
    }
}

/// The templates used last.
#[derive(Default)]
pub struct Templates(Mutex<HashMap<NodeId, Shelf>>);

impl Templates {
    /// The template with this digest, if it is kept for the node.
    #[must_use]
    pub fn get(&self, node: NodeId, digest: &Hash32) -> Option<Arc<Template>> {
        let mut shelves = self.lock();
        shelves.get_mut(&node)?.take_up(digest).map(|kept| Arc::clone(&kept.template))
    }

    /// Whether the node's template passed under these conditions, with pseudonyms that are all different.
    #[must_use]
    pub fn has_passed(&self, node: NodeId, digest: &Hash32, conditions: &Hash32) -> bool {
        let mut shelves = self.lock();
        let kept = shelves.get_mut(&node).and_then(|shelf| shelf.take_up(digest));
        kept.is_some_and(|kept| kept.passed.contains(conditions))
    }

    /// Keeps a template that passed for a node, with the conditions that this is true of for all pseudonyms. Those that it used longest
    /// ago make room.
    pub fn keep(&self, node: NodeId, digest: Hash32, template: &Arc<Template>, conditions: Option<Hash32>) {
        if template.occupied_len() > MAX_BYTES_OF_ONE {
            return;
        }
        let mut shelves = self.lock();
        let shelf = shelves.entry(node).or_default();
        if shelf.take_up(&digest).is_none() {
            shelf.0.push_front(Kept { digest, template: Arc::clone(template), passed: VecDeque::new() });
        }
        if let (Some(kept), Some(conditions)) = (shelf.0.front_mut(), conditions)
            && !kept.passed.contains(&conditions)
        {
            kept.passed.truncate(MAX_CONDITIONS - 1);
            kept.passed.push_front(conditions);
        }
        while shelf.bytes() > MAX_BYTES_OF_ONE || shelf.0.len() > MAX_TEMPLATES_OF_ONE {
            shelf.0.pop_back();
        }
        while shelves.values().map(Shelf::bytes).sum::<usize>() > MAX_BYTES_OF_ALL {
            let Some(fullest) = shelves.values_mut().max_by_key(|shelf| shelf.bytes()) else { break };
            fullest.0.pop_back();
        }
    }

    /// Bytes that are kept for a node.
    #[cfg(test)]
    pub(crate) fn bytes_of(&self, node: NodeId) -> usize {
        self.lock().get(&node).map_or(0, Shelf::bytes)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<NodeId, Shelf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_deid::prepared::TemplateFile;

    const ONE: NodeId = NodeId::from_bytes([1; 16]);

    fn template(bytes: usize) -> Arc<Template> {
        let file = TemplateFile { name: "a".to_owned(), text: vec![0; bytes], slots: Vec::new() };
        Arc::new(Template { files: vec![file] })
    }

    fn digest(number: u8) -> Hash32 {
        Hash32::from_bytes([number; 32])
    }

    fn kept_of(templates: &Templates, node: NodeId) -> Vec<u8> {
        (1..=9).filter(|number| templates.get(node, &digest(*number)).is_some()).collect()
    }

    #[test]
    fn the_template_used_longest_ago_makes_room() {
        let templates = Templates::default();
        let third = MAX_BYTES_OF_ONE / 3 - 4096;
        (1..=3).for_each(|number| templates.keep(ONE, digest(number), &template(third), None));
        assert!(templates.get(ONE, &digest(1)).is_some());
        templates.keep(ONE, digest(4), &template(third), None);
        assert_eq!(kept_of(&templates, ONE), [1, 3, 4]);
        templates.keep(ONE, digest(5), &template(MAX_BYTES_OF_ONE + 1), None);
        assert!(templates.get(ONE, &digest(5)).is_none());
        assert!(templates.bytes_of(ONE) <= MAX_BYTES_OF_ONE);
    }

    #[test]
    fn a_node_that_fills_its_shelf_leaves_the_others_theirs() {
        let templates = Templates::default();
        let little = NodeId::from_bytes([0xff; 16]);
        templates.keep(little, digest(1), &template(1024), None);
        for node in 0..6 {
            let greedy = NodeId::from_bytes([node; 16]);
            (2..=9).for_each(|number| templates.keep(greedy, digest(number), &template(MAX_BYTES_OF_ONE / 4), None));
        }
        assert_eq!(kept_of(&templates, little), [1]);
        let all: usize = templates.lock().values().map(Shelf::bytes).sum();
        assert!(all <= MAX_BYTES_OF_ALL, "{all}");
    }

    #[test]
    fn what_passed_is_known_by_node_template_and_conditions_and_the_oldest_are_forgotten() {
        let templates = Templates::default();
        templates.keep(ONE, digest(1), &template(1), Some(digest(1)));
        templates.keep(ONE, digest(2), &template(1), None);
        let passed = |node, template, conditions| templates.has_passed(node, &digest(template), &digest(conditions));
        assert!(passed(ONE, 1, 1));
        assert!(!passed(ONE, 1, 2) && !passed(ONE, 2, 1) && !passed(NodeId::from_bytes([2; 16]), 1, 1));
        for conditions in 2..=200 {
            templates.keep(ONE, digest(1), &template(1), Some(digest(conditions)));
        }
        assert!(passed(ONE, 1, 200) && !passed(ONE, 1, 1));
        assert!(templates.bytes_of(ONE) < 2048);
    }
}
