//! Templates by their digests, and those that this node holds for others with what it found when it checked them.

use medshare_crypto::hash::{Hash32, sha256};
use medshare_deid::Template;
use medshare_ledger::codec;
use medshare_node_refusal::Refusal;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Most bytes of templates that are kept; a larger one is sent and checked each time.
const MAX_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Digest by which nodes know a template.
#[must_use]
pub fn template_digest(template: &Template) -> Hash32 {
    sha256(&codec::encode(template))
}

/// A template and the digests of the conditions under which it passed.
#[derive(Clone)]
struct Kept {
    digest: Hash32,
    template: Arc<Template>,
    passed: Vec<Hash32>,
}

/// The templates used last.
#[derive(Default)]
pub struct Templates(Mutex<VecDeque<Kept>>);

impl Templates {
    /// The template with this digest, if it is kept.
    #[must_use]
    pub fn get(&self, digest: &Hash32) -> Option<Arc<Template>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|one| one.digest == *digest)?;
        let found = kept.remove(place)?;
        let template = Arc::clone(&found.template);
        kept.push_front(found);
        Some(template)
    }

    /// Keeps a template; those used longest ago make room.
    pub fn keep(&self, digest: Hash32, template: &Arc<Template>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.digest != digest);
        kept.push_front(Kept { digest, template: Arc::clone(template), passed: Vec::new() });
        let mut total = 0usize;
        kept.retain(|one| {
            total = total.saturating_add(one.template.max_rendered_len());
            total <= MAX_KEPT_BYTES
        });
    }

    /// Checks a template under these conditions, once: `check` runs only if the template did not pass it before.
    ///
    /// # Errors
    /// What `check` says.
    pub fn pass(
        &self,
        digest: &Hash32,
        conditions: Hash32,
        check: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let find = |kept: &VecDeque<Kept>| kept.iter().position(|one| one.digest == *digest);
        {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if find(&kept).and_then(|place| kept.get(place)).is_some_and(|one| one.passed.contains(&conditions)) {
                return Ok(());
            }
        }
        check()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = find(&kept).and_then(|place| kept.get_mut(place)) {
            one.passed.push(conditions);
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use medshare_deid::prepared::TemplateFile;

    fn template(bytes: usize) -> Arc<Template> {
        let file = TemplateFile { name: "a".to_owned(), text: vec![0; bytes], slots: Vec::new() };
        Arc::new(Template { files: vec![file] })
    }

    fn digest(number: u8) -> Hash32 {
        Hash32::from_bytes([number; 32])
    }

    #[test]
    fn the_template_used_longest_ago_makes_room() {
        let templates = Templates::default();
        let third = MAX_KEPT_BYTES / 3;
        (1..=3).for_each(|number| templates.keep(digest(number), &template(third)));
        templates.get(&digest(1)).unwrap();
        templates.keep(digest(4), &template(third));
        let kept = (1..=4).filter(|number| templates.get(&digest(*number)).is_some());
        assert_eq!(kept.collect::<Vec<_>>(), [1, 3, 4]);
        templates.keep(digest(5), &template(MAX_KEPT_BYTES + 1));
        assert!(templates.get(&digest(5)).is_none());
    }

    #[test]
    fn a_check_is_made_once_for_each_template_and_condition_and_again_after_it_failed() {
        let templates = Templates::default();
        templates.keep(digest(1), &template(1));
        let checks = std::cell::Cell::new(0);
        let passes = |number, conditions, good| {
            let check = || {
                checks.set(checks.get() + 1);
                if good { Ok(()) } else { Err(Refusal::not_found("anything")) }
            };
            templates.pass(&digest(number), digest(conditions), check).is_ok()
        };
        assert!(!passes(1, 1, false));
        assert!(passes(1, 1, true) && passes(1, 1, false));
        assert_eq!(checks.get(), 2);
        assert!(!passes(1, 2, false) && !passes(2, 1, false));
        assert_eq!(checks.get(), 4);
    }
}
